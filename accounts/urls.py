"""Arrival, profile, login, and the people of a workspace."""

from django.urls import include, path

from accounts.views import arrival, profile

urlpatterns = [
    path("", arrival.home, name="home"),
    path("workspaces/", arrival.workspaces, name="workspaces"),
    path("w/<slug:workspace>/", arrival.enter, name="enter"),
    path("profile/", profile.profile, name="profile"),
    path("profile/theme/", profile.set_theme, name="set_theme"),
    path("account/", include("accounts.login_urls")),
]
