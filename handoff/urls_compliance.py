"""Addresses of how the agreement is kept, and of what waits for a decision."""

from django.urls import path

from handoff.views import compliance, compliance_lists, review_items

urlpatterns = [
    path("compliance/", compliance.compliance, name="compliance"),
    path("compliance/export.csv", compliance_lists.export_compliance, name="export_compliance"),
    path("compliance/clocks/", compliance_lists.compliance_clocks, name="compliance_clocks"),
    path("compliance/untouched/", compliance_lists.untouched_leads, name="untouched_leads"),
    path("compliance/<slug:panel>/", compliance.compliance_panel, name="compliance_panel"),
    path("decisions/", review_items.review_items, name="review_items"),
    path("decisions/<int:pk>/decide/", review_items.decide_item, name="decide_item"),
]
