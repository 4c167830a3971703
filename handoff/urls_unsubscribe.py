"""The page that every mail of nurture ends with; anybody may open it."""

from django.urls import path

from handoff.views import unsubscribe

urlpatterns = [path("<str:token>/", unsubscribe.unsubscribe, name="unsubscribe")]
