"""The portfolio, beside the workspaces: below /portfolio/."""

from django.urls import path

from handoff.views import portfolio

urlpatterns = [
    path("", portfolio.portfolio, name="portfolio"),
    path("export.<str:form>", portfolio.portfolio_export, name="portfolio_export"),
]
