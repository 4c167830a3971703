"""The dashboards, below /w/<workspace>/dashboards/."""

from django.urls import path

from handoff.views import dashboards

urlpatterns = [
    path("", dashboards.dashboards, name="dashboards"),
    path("<slug:page>/", dashboards.dashboard, name="dashboard"),
    path("<slug:page>.<str:form>", dashboards.dashboard_export, name="dashboard_export"),
    path("<slug:page>/panels/<slug:panel>/", dashboards.dashboard_panel, name="dashboard_panel"),
]
