"""Routing as people see it in the portal: the fairness report and one's own availability."""

from django.urls import path

from handoff.views import availability, routing

urlpatterns = [
    path("routing/", routing.fairness_report, name="routing"),
    path("availability/", availability.availability, name="availability"),
    path("availability/takes/", availability.set_takes_offers, name="set_takes_offers"),
    path("availability/<int:pk>/remove/", availability.remove_absence, name="remove_absence"),
]
