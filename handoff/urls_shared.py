"""Dashboards for whoever has a link, below /shared/; no login, no navigation."""

from django.urls import path

from handoff.views import shared_pages

urlpatterns = [
    path("<str:token>/", shared_pages.shared_page, name="shared_page"),
    path("<str:token>/panels/<slug:panel>/", shared_pages.shared_panel, name="shared_panel"),
]
