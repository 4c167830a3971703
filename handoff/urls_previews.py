"""Below /w/<workspace>/: what a draft would have done, and where its thresholds should lie."""

from django.urls import path

from handoff.views import previews, publish_outlook, thresholds

urlpatterns = [
    path("previews/", previews.previews, name="previews"),
    path("previews/start/", previews.preview_start, name="preview_start"),
    path("previews/<int:pk>/", previews.preview, name="preview"),
    path("previews/<int:pk>/progress/", previews.preview_progress, name="preview_progress"),
    path("previews/<int:pk>/stop/", previews.preview_stop, name="preview_stop"),
    path("versions/<int:pk>/outlook/", publish_outlook.publish_outlook, name="publish_outlook"),
    path("thresholds/", thresholds.thresholds, name="thresholds"),
    path("thresholds/weights.json", thresholds.thresholds_weights, name="thresholds_weights"),
    path("thresholds/apply/", thresholds.thresholds_apply, name="thresholds_apply"),
]
