"""Below /w/<workspace>/funnel/."""

from django.urls import path

from handoff.views import funnel

urlpatterns = [
    path("", funnel.funnel, name="funnel"),
    path("<slug:panel>/", funnel.funnel_panel, name="funnel_panel"),
]
