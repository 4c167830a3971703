"""Addresses of how the agreement is kept, and of what waits for a decision."""

from django.urls import path

from handoff.views import review_items

urlpatterns = [
    path("decisions/", review_items.review_items, name="review_items"),
    path("decisions/<int:pk>/decide/", review_items.decide_item, name="decide_item"),
]
