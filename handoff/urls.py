"""The workflow's pages, below /w/<workspace>/."""

from django.urls import include, path

from handoff.views import (
    decisions,
    erasures,
    exports,
    lead_page,
    leads,
    merges,
    moves,
    new_lead,
    queue,
    scorecard,
    touches,
)

urlpatterns = [
    path("funnel/", include("handoff.urls_funnel")),
    path("imports/", include("handoff.urls_imports")),
    path("queue/", queue.queue, name="queue"),
    path("queue/offers/", queue.queue_offers, name="queue_offers"),
    path("queue/leads/", queue.queue_leads, name="queue_leads"),
    path("queue/everyone/", queue.queue_everyone, name="queue_everyone"),
    path(
        "queue/everyone/offers/",
        queue.queue_everyone_offers,
        name="queue_everyone_offers",
    ),
    path("offers/<int:pk>/accept/", decisions.accept_offer, name="accept_offer"),
    path("offers/<int:pk>/reject/", decisions.reject_offer, name="reject_offer"),
    path("offers/<int:pk>/not-mine/", decisions.pass_offer, name="pass_offer"),
    path("offers/<int:pk>/withdraw/", decisions.withdraw_offer, name="withdraw_offer"),
    path("offers/<int:pk>/reoffer/", decisions.reoffer, name="reoffer"),
    path("leads/", leads.leads, name="leads"),
    path("leads/export.<str:form>", exports.export_leads, name="export_leads"),
    path("leads/new/", new_lead.new_lead, name="new_lead"),
    path("leads/new/known/", new_lead.new_lead_known, name="new_lead_known"),
    path("leads/<int:pk>/", lead_page.lead, name="lead"),
    path("leads/<int:pk>/erase/", erasures.erase_person, name="erase_person"),
    path("leads/<int:pk>/merge/", merges.merge_lead, name="merge_lead"),
    path("leads/<int:pk>/merge/<int:other>/", merges.merge_two, name="merge_two"),
    path("merges/<int:pk>/undo/", merges.undo_merge, name="undo_merge"),
    path("leads/<int:pk>/edit/", lead_page.edit_lead, name="edit_lead"),
    path("leads/<int:pk>/offer/", decisions.offer_lead, name="offer_lead"),
    path("leads/<int:pk>/panels/<slug:panel>/", lead_page.lead_panel, name="lead_panel"),
    path("leads/<int:pk>/timeline/", lead_page.lead_timeline, name="lead_timeline"),
    path("leads/<int:pk>/moves/<int:move>/score/", lead_page.score_then, name="score_then"),
    path("leads/<int:pk>/moves/<slug:to>/", moves.move_lead, name="move_lead"),
    path("leads/<int:pk>/touches/", touches.log_touch, name="log_touch"),
    path(
        "leads/<int:pk>/scorecard/<slug:question>/",
        scorecard.answer_question,
        name="answer_question",
    ),
]
