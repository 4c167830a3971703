"""Below /api/."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts.access import public_view
from handoff import api, api_metrics, api_standing

urlpatterns = [
    path("v1/leads", api.leads, name="api_leads"),
    path("v1/leads/<int:pk>/standing", api_standing.standing, name="api_standing"),
    path("v1/metrics/<slug:by>", api_metrics.metrics, name="api_metrics"),
    path("v1/events", api.events, name="api_events"),
    # What the API can do is no secret; its scripts come as files, so that the policy stays strict.
    path("schema/", public_view(SpectacularAPIView.as_view()), name="api_schema"),
    path(
        "docs/",
        public_view(SpectacularSwaggerSplitView.as_view(url_name="api_schema")),
        name="api_docs",
    ),
]
