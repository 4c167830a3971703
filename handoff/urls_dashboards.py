"""The dashboards, below /w/<workspace>/dashboards/."""

from django.urls import path

from handoff.views import dashboards, shared_pages

urlpatterns = [
    path("", dashboards.dashboards, name="dashboards"),
    path("shared/", shared_pages.shared_pages, name="shared_pages"),
    path("shared/<int:pk>/revoke/", shared_pages.revoke_shared_page, name="revoke_shared_page"),
    path("<slug:page>/share/", shared_pages.share_dashboard, name="share_dashboard"),
    path("<slug:page>/", dashboards.dashboard, name="dashboard"),
    path("<slug:page>.<str:form>", dashboards.dashboard_export, name="dashboard_export"),
    path("<slug:page>/panels/<slug:part>/", dashboards.dashboard_panel, name="dashboard_panel"),
]
