"""Below /workspaces/."""

from django.urls import path

from handoff.views import workspaces

urlpatterns = [path("new/", workspaces.new_workspace, name="new_workspace")]
