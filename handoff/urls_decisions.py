"""Addresses of what becomes of an offer beyond its first answer."""

from django.urls import path

from handoff.views import bulk_decisions, decisions, rejections

urlpatterns = [
    path("offers/<int:pk>/undo/", decisions.undo_acceptance, name="undo_acceptance"),
    path("queue/everyone/decide/", bulk_decisions.decide_many, name="decide_many"),
    path("rejections/", rejections.rejections, name="rejections"),
    path("rejections/<int:pk>/review/", rejections.review_rejection, name="review_rejection"),
]
