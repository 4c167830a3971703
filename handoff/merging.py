"""Two leads are one person: their stories become one, and for 30 days can be told apart again.

`merge` and `undo` are one transaction each. What `merge_rules` decides is done here:

- Events, touches, moves, clocks, hand-offs, stays in nurture, tasks, scorecards and deals become
  the survivor's; so do the steps of nurture it was given, unless it was given the same one. An
  event that both have (same kind, address and second) counts once: the absorbed lead keeps its
  copy. What the absorbed lead said becomes the survivor's history, known since it was said, where
  the survivor says nothing itself or said nothing yet; the rest stays with it.
- Cycles count on: those of the lead whose stage does not hold come first, so that a scorecard or
  deal of one never meets one of the other.
- One offer may stay open, only in stage MQL: that of the lead whose stage holds, else the other's.
  A stay in nurture ends unless it is that of the lead whose stage holds; what is owed to the
  other lead is owed no more, but for reviews of what was rejected. Who waits for the reps to have
  room, of either, goes on waiting; so does, in an entry of its own, who waits for a manager's word.
- The absorbed lead stays behind as a name: what arrives for its address finds the survivor.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from handoff import call_backs, fallback, promises
from handoff.handoffs import withdraw
from handoff.merge_records import (
    CYCLED,
    UNDO_WITHIN,
    CannotMerge,
    first_scored_at,
    last_fact,
    lock_both,
    rows_of,
    to_put_back,
)
from handoff.merge_rules import Plan, plan_of
from handoff.models import (
    CallBack,
    FallbackEntry,
    Handoff,
    LeadMerge,
    NurtureStay,
    Release,
    StepDone,
    Task,
)
from handoff.offering import subject_key
from handoff.transitions import unite
from handoff.unmerging import undo
from leadqual.fact_moments import known_at
from leadqual.models import AttributeChange, Lead, Touch
from leadqual.stages import IN_SALES, Stage
from scoring import overrides
from scoring.locks import share_model
from scoring.models import QualificationDue
from scoring.scorers import score_lead
from sla import clocks, merged_leads
from sla.models import Clock, Commitment

STILL_CALLED = IN_SALES | {Stage.MQL}
"""Who stands there may still want to be called back."""

__all__ = ["UNDO_WITHIN", "CannotMerge", "merge", "refusal", "undo"]


def refusal(survivor: Lead, absorbed: Lead) -> str:
    """Why these two cannot be merged, as a sentence; blank where they can."""
    if survivor.pk == absorbed.pk:
        return "A lead cannot be merged into itself."
    if survivor.workspace_id != absorbed.workspace_id:
        return "Leads of two workspaces cannot be merged."
    for lead in (survivor, absorbed):
        if lead.erased_at:
            return "An erased person cannot be merged."
        if lead.merged_into_id:
            return f"{lead.display_name} was merged into another lead already."
    if survivor.stage == absorbed.stage == Stage.OPPORTUNITY:
        return "Both have an open deal. Win or lose one of them first."
    return ""


@transaction.atomic
def merge(survivor: Lead, absorbed: Lead, *, by: User, at: datetime) -> LeadMerge:
    """Make the absorbed lead part of the survivor. Raises CannotMerge.

    The survivor is scored at once, and settled through the queue.
    """
    if why := refusal(survivor, absorbed):  # before any lock: one row locked twice is no pair
        raise CannotMerge(why)
    share_model(survivor.workspace_id)  # before any lead: the order of locks of scoring.scorers
    both = lock_both(survivor.pk, absorbed.pk)
    survivor, absorbed = both[survivor.pk], both[absorbed.pk]
    if why := refusal(survivor, absorbed):
        raise CannotMerge(why)
    plan = plan_of(survivor, absorbed)
    _share_a_place(both)
    before, newest = rows_of(survivor, absorbed), last_fact(survivor, absorbed)
    word_awaited, first_scored = _awaited(plan), first_scored_at(absorbed)
    for lead in both.values():  # the survivor is settled anew
        fallback.leave(lead, how="merged", at=at)
    shift = _last_cycle(plan.other)
    kept = _stop_what_ends(plan, by=by, at=at)
    _unite_rows(plan, shift, kept)
    moved = _unite_story(plan)
    history = unite(survivor, absorbed, standing=plan.standing, shift=shift)
    if word_awaited and kept is None and survivor.stage == Stage.MQL:
        why = FallbackEntry.Why(word_awaited.why)
        fallback.enter(survivor, why=why, trace=word_awaited.trace, at=at)
    with known_at(at):
        _write_facts(plan)
    score_lead(absorbed, now=at)  # takes its score away
    score_lead(survivor, now=at)
    QualificationDue.objects.create(lead_id=survivor.pk)
    written = AttributeChange.objects.filter(lead__in=both, pk__gt=newest)
    return LeadMerge.objects.create(
        workspace=survivor.workspace,
        survivor=survivor,
        absorbed=absorbed,
        by=by,
        at=at,
        moved=moved | {"written": list(written.values_list("pk", flat=True))},
        before=to_put_back(survivor, absorbed, before, history, first_scored),
    )


def _share_a_place(both: Collection[int]) -> None:
    """Who waits for the reps to have room: one place is kept for the two."""
    places = Release.objects.filter(lead__in=both)
    places.fallen_out().delete()
    if places.waiting().exists():
        places.held_back().delete()


def _awaited(plan: Plan) -> FallbackEntry | None:
    """The entry of the one that waits for a manager's word: so does the united lead, lest it be
    offered by itself."""
    entries = [fallback.entry_of(plan.standing), fallback.entry_of(plan.other)]
    return next((each for each in entries if each and each.why in fallback.FOR_A_MANAGER), None)


def _last_cycle(lead: Lead) -> int:
    """The highest cycle in any of its rows; a deal from a file may be ahead of its moves."""
    rows = (model._default_manager.filter(lead=lead) for model in CYCLED)
    highest = [of.aggregate(cycle=Max("cycle"))["cycle"] or 0 for of in rows]
    return max(lead.cycle, *highest)


def _stop_what_ends(plan: Plan, *, by: User, at: datetime) -> Handoff | None:
    """End the offers, stays and promises of which the united lead cannot have two, or has none.

    Returns the offer that stays open.
    """
    standing, other = plan.standing, plan.other
    offers = Handoff.objects.open().filter(lead__in=[standing, other]).select_related("lead", "rep")
    by_lead = {offer.lead_id: offer for offer in offers}
    kept = by_lead.get(standing.pk) or by_lead.get(other.pk)
    if standing.stage != Stage.MQL:
        kept = None
    for offer in by_lead.values():
        if offer is not kept:
            withdraw(offer, by=by, at=at, note="Merged with another lead")
    NurtureStay.objects.filter(lead=other, left_at=None).update(left_at=at)
    overrides.end_of(plan.absorbed, by=by, now=at)  # the survivor is spoken of by its own
    _end_promises(plan, kept, at=at)
    return kept


def _end_promises(plan: Plan, kept: Handoff | None, *, at: datetime) -> None:
    """What is owed to the other lead is owed no more, but for the offer that stays open and for
    reviews of what was rejected; one first touch after an offer is owed to the two."""
    standing, other = plan.standing, plan.other
    going_on = [Commitment.Code.REVIEW_REJECTION]
    if kept and kept.lead_id == other.pk and promises.own_clock(standing) is None:
        going_on.append(Commitment.Code.TOUCH_OF_OFFER)
    owed = Clock.objects.running().filter(lead=other).exclude(code__in=going_on)
    if kept:
        owed = owed.exclude(subject_key=subject_key(kept))
    clocks.take_back(owed, at=at)
    if standing.stage not in STILL_CALLED or call_backs.pending(standing):
        call_backs.no_longer(other, at=at)


def _unite_rows(plan: Plan, shift: int, kept: Handoff | None) -> None:
    for model in CYCLED:
        rows = model._default_manager.filter(lead=plan.standing).order_by("-cycle")
        for pk, cycle in rows.values_list("pk", "cycle"):  # downwards: none meets the next
            model._default_manager.filter(pk=pk).update(cycle=cycle + shift)
        model._default_manager.filter(lead=plan.absorbed).update(lead=plan.survivor)
    if kept and kept.lead_id == plan.other.pk:
        Handoff.objects.filter(pk=kept.pk).update(cycle=plan.standing.cycle + shift)
    for table in (NurtureStay.objects, Task.objects, _steps_to_take(plan)):
        table.filter(lead=plan.absorbed).update(lead=plan.survivor)
    if kept is None and plan.standing.stage == Stage.MQL:
        _keep_place(plan)
    CallBack.objects.filter(lead=plan.absorbed).update(lead=plan.survivor)
    merged_leads.unite(survivor=plan.survivor, absorbed=plan.absorbed)
    if kept:
        clocks.pass_on(lead=plan.survivor, code=Commitment.Code.TOUCH_OF_OFFER, to=kept.rep)


def _steps_to_take(plan: Plan) -> QuerySet[StepDone]:
    """A step that both were given stays with each, but for waits, which come again."""
    own = StepDone.objects.filter(lead=plan.survivor, step=OuterRef("step")).exclude(kind="wait")
    return StepDone.objects.filter(~Exists(own))


def _keep_place(plan: Plan) -> None:
    """Who waits for the reps to have room goes on waiting, whoever of the two it was."""
    places = Release.objects.waiting().filter(lead__in=[plan.survivor, plan.absorbed])
    waiting = {release.lead_id: release for release in places}
    place = waiting.get(plan.standing.pk) or waiting.get(plan.other.pk)
    if place and plan.survivor.pk not in waiting:
        place.lead = plan.survivor
        place.queued_at = max(place.queued_at, plan.standing.stage_since)
        place.save(update_fields=["lead", "queued_at"])


_EVENTS = """
UPDATE leadqual_event e SET lead_id = %(survivor)s WHERE e.lead_id = %(absorbed)s
AND NOT EXISTS (
    SELECT 1 FROM leadqual_event known
    WHERE known.lead_id = %(survivor)s AND known.kind = e.kind AND known.url = e.url
    AND date_trunc('second', known.occurred_at) = date_trunc('second', e.occurred_at))
RETURNING e.id
"""


def _unite_story(plan: Plan) -> dict[str, list[int]]:
    """What the lead did and said, and what was done to it; returns the ids that changed hands."""
    pair = {"survivor": plan.survivor.pk, "absorbed": plan.absorbed.pk}
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, pair)
        events = sorted(row[0] for row in cursor.fetchall())
    touches = Touch.objects.filter(lead=plan.absorbed)
    facts = AttributeChange.objects.filter(pk__in=_facts_taken(plan))
    moved = {
        "events": events,
        "touches": list(touches.values_list("pk", flat=True)),
        "facts": list(facts.values_list("pk", flat=True)),
    }
    touches.update(lead=plan.survivor)
    facts.update(lead=plan.survivor)
    return moved


def _facts_taken(plan: Plan) -> list[int]:
    """Recorded facts of the absorbed lead: those that survive, and of the others those that were
    all that was known of the person until the survivor said its own."""
    own = AttributeChange.objects.filter(lead=plan.survivor, field=OuterRef("field"))
    theirs = AttributeChange.objects.filter(lead=plan.absorbed)
    first = own.order_by("at").values("at")[:1]
    taken = theirs.filter(Q(field__in=plan.taken) | Q(at__lt=Subquery(first)))
    return list(taken.values_list("pk", flat=True))


def _write_facts(plan: Plan) -> None:
    """The absorbed lead first: two that are there may not share an address."""
    plan.absorbed.merged_into = plan.survivor
    plan.absorbed.save(update_fields=["merged_into"])
    for field, value in plan.values.items():
        setattr(plan.survivor, field, value)
    plan.survivor.save(update_fields=plan.values.keys())
