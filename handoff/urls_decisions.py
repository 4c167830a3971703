"""Addresses of what becomes of an offer beyond its first answer."""

from django.urls import path

from handoff.views import decisions

urlpatterns = [
    path("offers/<int:pk>/undo/", decisions.undo_acceptance, name="undo_acceptance"),
]
