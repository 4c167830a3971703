"""Arrival, profile, login, and the people of a workspace."""

from django.urls import include, path

from accounts.views import arrival, members, profile, tokens

of_workspace = [
    path("", arrival.enter, name="enter"),
    path("members/", members.members, name="members"),
    path("members/<int:member>/role/", members.change_role, name="change_role"),
    path("members/<int:member>/end/", members.end_membership, name="end_membership"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:token>/revoke/", tokens.revoke_token, name="revoke_token"),
]

urlpatterns = [
    path("", arrival.home, name="home"),
    path("workspaces/", arrival.workspaces, name="workspaces"),
    path("profile/", profile.profile, name="profile"),
    path("profile/theme/", profile.set_theme, name="set_theme"),
    path("account/", include("accounts.login_urls")),
    path("w/<slug:workspace>/", include(of_workspace)),
]
