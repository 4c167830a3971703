"""A merge taken back within 30 days: two leads again, as they were, each with what was its own.

Every row that the merge changed gets its former values back, column by column, where nobody has
changed them since. What came in since the merge stays with the survivor, except offers and a
scorecard of business that was the absorbed lead's: they go back with it. Offers that the merge
withdrew are open again unless their time has run out meanwhile; both leads are settled anew.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from handoff import fallback, messages
from handoff.handoffs import withdraw
from handoff.merge_records import (
    CLOCKS,
    CYCLED,
    LEAD,
    UNDO_WITHIN,
    CannotMerge,
    last_fact,
    lock_both,
)
from handoff.models import Handoff, LeadMerge
from handoff.offering import subject_key
from handoff.transitions import United, part
from leadqual.models import AttributeChange, Event, Lead, StageMove, Touch
from leadqual.row_journal import Change, put_back
from leadqual.stages import Stage
from scoring.locks import share_model
from scoring.models import QualificationDue, Score
from scoring.scorers import score_lead
from sla import merged_leads
from sla.models import Clock


def refusal(merge: LeadMerge, *, at: datetime) -> str:
    """Why the merge can no longer be undone, as a sentence; blank where it can."""
    if merge.undone_at:
        return f"{merge.undone_by} has undone this merge already."
    if merge.survivor.erased_at or merge.absorbed.erased_at:
        return "The person was erased since; there is nothing to tell apart."
    if at - merge.at > UNDO_WITHIN:
        return f"A merge can be undone for {UNDO_WITHIN.days} days; this one is older."
    later = LeadMerge.objects.filter(undone_at=None, pk__gt=merge.pk)
    if later.filter(survivor=merge.survivor).exists():
        return "Another lead was merged into this one since. Undo that merge first."
    if merge.survivor.merged_into_id:
        return "This lead was itself merged into another one since. Undo that merge first."
    return _moved_since(merge)


def _moved_since(merge: LeadMerge) -> str:
    moves = StageMove.objects.filter(
        lead=merge.survivor, pk__gt=merge.before["history"]["last"], by__isnull=False
    )
    move = moves.select_related("by").order_by("pk").first()
    if move is None:
        return ""
    return (
        f"{move.by} has moved the lead to {Stage(move.to_stage).label} since the merge: whose step "
        "that was can no longer be told."
    )


@transaction.atomic
def undo(merge: LeadMerge, *, by: User, at: datetime) -> None:
    """Tell the two leads apart again. Raises CannotMerge."""
    share_model(merge.workspace_id)
    both = lock_both(merge.survivor_id, merge.absorbed_id)
    merge.refresh_from_db(fields=["undone_at", "undone_by", "before", "moved"])
    merge.survivor, merge.absorbed = both[merge.survivor_id], both[merge.absorbed_id]
    if why := refusal(merge, at=at):
        raise CannotMerge(why)
    newest = last_fact(*both.values())
    _withdraw_later_offers(merge, by=by, at=at)
    fallback.leave(
        merge.survivor, how="parted", at=at
    )  # who stood there before the merge does again
    stands_as_before = part(merge.survivor, merge.absorbed, done=_history(merge))
    _put_rows_back(merge, at=at)
    _part_later_rows(merge, stands_as_before)
    _stay_on(merge)
    _part_story(merge, newest)
    _both_unsubscribed(merge)
    LeadMerge.objects.filter(pk=merge.pk).update(undone_at=at, undone_by=by)
    for lead in both.values():
        score_lead(lead, now=at)
        QualificationDue.objects.create(lead_id=lead.pk)
    if first := merge.before.get("first_scored_at"):
        Score.objects.filter(lead=merge.absorbed).update(first_scored_at=first)


def _history(merge: LeadMerge) -> United:
    kept = merge.before["history"]
    return United(**kept | {"since": datetime.fromisoformat(kept["since"])})


def _withdraw_later_offers(merge: LeadMerge, *, by: User, at: datetime) -> None:
    """Their packets speak of two people."""
    before = merge.before["ids"][Handoff._meta.db_table]
    for offer in Handoff.objects.open().filter(lead=merge.survivor).exclude(pk__in=before):
        withdraw(offer, by=by, at=at, note="The merge was undone")


def _put_rows_back(merge: LeadMerge, *, at: datetime) -> None:
    rows: dict[str, list[Change]] = merge.before["rows"]
    _leave_run_out_offers(rows, since=merge.at, at=at)
    for table, done in rows.items():
        # What goes back to the absorbed lead first, then the lowest cycle: none meets another.
        done.sort(key=lambda row: ("lead_id" not in row["was"], row["was"].get("cycle", 0)))
        if table == CLOCKS:
            merged_leads.part(done)
        elif table == LEAD:
            _put_facts_back(merge, done)
        else:
            put_back(table, done)
    for offer in Handoff.objects.filter(pk__in=_reopened(rows)).select_related("workspace"):
        messages.to_decide_again(offer, closed_at=merge.at)


def _reopened(rows: dict[str, list[Change]]) -> list[int]:
    """The offers that the merge has closed."""
    offers = rows[Handoff._meta.db_table]
    return [row["id"] for row in offers if row["was"].get("status") == Handoff.Status.OPEN]


def _leave_run_out_offers(rows: dict[str, list[Change]], *, since: datetime, at: datetime) -> None:
    """An offer whose deadline has passed meanwhile is not opened again: nobody could keep it."""
    offers = rows[Handoff._meta.db_table]
    run_out = set(Handoff.objects.filter(pk__in=_reopened(rows), due_at__gte=since, due_at__lt=at))
    stopped = Clock.objects.filter(subject_key__in=[subject_key(offer) for offer in run_out])
    gone = {offer.pk for offer in run_out}
    for done, pks in ((offers, gone), (rows[CLOCKS], set(stopped.values_list("pk", flat=True)))):
        for row in done:
            if row["id"] in pks:
                row["was"] = {c: v for c, v in row["was"].items() if c in ("lead_id", "cycle")}
    for table in (Handoff._meta.db_table, CLOCKS):
        rows[table] = [row for row in rows[table] if row["was"]]


def _put_facts_back(merge: LeadMerge, done: list[Change]) -> None:
    """The survivor first: it gives up the address that the other takes again."""
    done.sort(key=lambda row: row["id"] != merge.survivor_id)
    own = next((row for row in done if row["id"] == merge.survivor_id), None)
    if own and "attributes" in own["was"]:
        was, left = own["was"].pop("attributes"), own["is"].pop("attributes")
        said = merge.survivor.attributes
        for name in left:
            if name in said and said[name] == left[name] and was.get(name) != left[name]:
                del said[name]
                said |= {name: was[name]} if name in was else {}
        Lead.objects.filter(pk=merge.survivor_id).update(attributes=said)
    try:
        with transaction.atomic():
            put_back(LEAD, [row for row in done if row["was"]])
    except IntegrityError as error:
        raise CannotMerge(
            "Another lead has the e-mail address or external id of this one by now. "
            "Change it there first."
        ) from error


def _part_later_rows(merge: LeadMerge, stands_as_before: bool) -> None:
    """Offers and scorecards made since belong to the lead whose business went on."""
    history = merge.before["history"]
    owner, back = merge.survivor, history["grown"]
    if stands_as_before and not history["standing_is_survivor"]:
        owner, back = merge.absorbed, history["shift"]
    for model in CYCLED:
        before = merge.before["ids"][model._meta.db_table]
        rows = model._default_manager.filter(lead=merge.survivor).exclude(pk__in=before)
        for pk, cycle in rows.order_by("cycle").values_list("pk", "cycle"):
            model._default_manager.filter(pk=pk).update(lead=owner, cycle=cycle - back)
    merged_leads.hand_over(
        merge.survivor, to=owner, but=[int(pk) for pk in merge.before["ids"][CLOCKS]]
    )


def _stay_on(merge: LeadMerge) -> None:
    """Who stands in nurture again is kept warm again: the united lead may have left it since, by a
    move that stays with the survivor."""
    for lead in Lead.objects.filter(pk__in=(merge.survivor_id, merge.absorbed_id)):
        if lead.stage == Stage.NURTURE and not lead.nurture_stays.filter(left_at=None).exists():
            ended = lead.nurture_stays.filter(left_at__gte=merge.at).order_by("-entered_at", "-pk")
            lead.nurture_stays.filter(pk__in=ended.values("pk")[:1]).update(left_at=None)


def _both_unsubscribed(merge: LeadMerge) -> None:
    """Who unsubscribed since may have meant either: neither gets a mail."""
    since = Lead.objects.filter(pk=merge.survivor_id, unsubscribed_at__gte=merge.at)
    for said_at in since.values_list("unsubscribed_at", flat=True):
        Lead.objects.filter(pk=merge.absorbed_id).update(unsubscribed_at=said_at)
        merge.absorbed.unsubscribed_at = said_at


def _part_story(merge: LeadMerge, newest: int) -> None:
    """Events, touches and facts go back; what merging and undoing wrote of facts never was."""
    survivor, absorbed, moved = merge.survivor, merge.absorbed, merge.moved
    Event.objects.filter(pk__in=moved["events"], lead=survivor).update(lead=absorbed)
    Touch.objects.filter(pk__in=moved["touches"], lead=survivor).update(lead=absorbed)
    facts = AttributeChange.objects
    facts.filter(pk__in=moved["facts"], lead=survivor).update(lead=absorbed)
    facts.filter(pk__in=moved["written"]).delete()
    facts.filter(lead__in=[survivor, absorbed], pk__gt=newest).delete()
