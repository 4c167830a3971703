"""Settling: a lead's numbers changed, so it may be promoted, demoted, woken or offered.

The scorers never call upward: they queue leads in QualificationDue, and these functions claim
them in batches. Every one re-reads what is true now, so a doubled or late call changes nothing.
"""

import logging
from contextlib import suppress
from datetime import datetime

from django.db import transaction

from accounts.models import User
from handoff import fallback, nurture, promises
from handoff.models import FallbackEntry, Handoff
from handoff.offering import offer_next
from handoff.open_offers import withdraw
from handoff.release_line import clear, leave, waits
from handoff.transitions import SomeoneWasFaster, lock, move
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.explanations import Judged, judge
from scoring.models import QualificationDue
from scoring.scorers import score_lead
from scoring.standing import Standing, standing_of, standings

log = logging.getLogger(__name__)


@transaction.atomic(savepoint=False)  # every event passes here; a failure ends the whole of it
def settle(lead: Lead, *, now: datetime, published: bool = False, offers: bool = True) -> Lead:
    """Bring the lead's stage in line with its standing, and offer it when it is ready.

    Imported history is never moved by scores. With `published`, what changed is the model, not
    the lead: its offer waits for the reps to have room. Without `offers` a person has just decided
    that it is not to be offered now. Returns the lead as it is afterwards.
    """
    lead = lock(lead)
    if lead.imported or lead.merged_into_id or lead.erased_at:
        return lead
    judged = judge(lead, now=now)
    if judged is None:
        return lead
    standing = judged.standing
    if lead.stage == Stage.MQL and not standing.is_ready:
        leave({lead.pk: standing})
        fallback.leave(lead, how="not_ready", at=now)
        promises.not_offered(lead, at=now)
    if lead.stage == Stage.NEW and standing.is_mql:
        note = _who_says_so(standing)
        move(lead, Stage.MQL, rule="mql_definition", at=now, note=note, judged=judged)
    elif lead.stage == Stage.NURTURE and standing.is_mql:
        _wake(lead, judged, now=now)
    elif lead.stage == Stage.MQL and not standing.keeps_mql:
        _demote(lead, judged, now=now)
    is_due = offers and lead.stage == Stage.MQL and standing.is_ready
    if not is_due or waits(lead, published=published, now=now):
        return lead
    if offer_next(lead, at=now, judged=judged) is None:  # it may have gone to nurture instead
        lead.refresh_from_db(fields=["stage", "stage_since", "cycle"])
    return lead


def score_and_settle(lead: Lead, *, now: datetime) -> Lead:
    """For who comes in or is corrected; call it inside the transaction that has recorded it.

    What a publication made of the lead in the same step, or just before, is no merit of its own.
    """
    score = score_lead(lead, now=now)
    return settle(lead, now=now, published=score is not None and score.published)


@transaction.atomic
def take_back(handoff: Handoff, *, by: User, at: datetime) -> None:
    """A manager withdraws an offer: the lead waits for their word, if it is an MQL still.

    Raises SomeoneWasFaster.
    """
    lead = settle(withdraw(handoff, by=by, at=at).lead, now=at, offers=False)
    standing = standing_of(lead, now=at) if lead.stage == Stage.MQL else None
    if standing and standing.is_ready:
        fallback.enter(lead, why=FallbackEntry.Why.TAKEN_BACK, trace=handoff.trace, at=at)


def _who_says_so(standing: Standing) -> str:
    return f"By the override of {standing.override.by}." if standing.override else ""


def _wake(lead: Lead, judged: Judged, *, now: datetime) -> None:
    if why := nurture.woken_by(lead, now=now):
        nurture.leave(lead, at=now)
        move(lead, Stage.MQL, rule="woken", at=now, note=f"Woken: {why}.", judged=judged)


def _demote(lead: Lead, judged: Judged, *, now: datetime) -> None:
    if not lead.handoffs.open().exists():
        note = " ".join(judged.standing.why_not_mql)[:500]
        move(lead, Stage.NEW, rule="demoted", at=now, note=note, judged=judged)
        fallback.leave(lead, how="demoted", at=now)
        promises.left_sales(lead, at=now)


def settle_due(*, now: datetime, limit: int = 200) -> int:
    """Settle queued leads, the oldest rows first; returns how many rows were worked off.

    Most numbers change without consequence: those rows go in one statement. Each of the others is
    settled in a transaction of its own, which holds its rows: two workers never settle the same,
    and whoever makes an offer keeps nobody waiting for those of others. A lead that fails is put
    aside with its error in the log and queued again behind the others, so that it does not stop the
    line.
    """
    with transaction.atomic():
        claimed = _claim(limit)
        published = {lead_id for _, lead_id, of_publication in claimed if of_publication}
        leads = {lead_id for _, lead_id, _ in claimed}
        due = {lead.pk: lead for lead in _to_settle(leads, now=now)}
        in_line = [row for row, lead_id, _ in claimed if lead_id not in due]
        QualificationDue.objects.filter(pk__in=in_line).delete()
    done = len(in_line)
    for lead in due.values():
        rows = [row for row, lead_id, _ in claimed if lead_id == lead.pk]
        done += _settle_rows(lead, rows, published=lead.pk in published, now=now)
    with transaction.atomic():
        busy = clear(leads, now=now)  # of the line that a publication made them wait in
        QualificationDue.objects.bulk_create(
            QualificationDue(lead_id=pk, published=pk in published) for pk in busy
        )
    return done - len(busy)


def _settle_rows(lead: Lead, rows: list[int], *, published: bool, now: datetime) -> int:
    """How many of the lead's rows are worked off: none that another worker has."""
    try:
        with transaction.atomic():
            mine = QualificationDue.objects.select_for_update(skip_locked=True)
            held = list(mine.filter(pk__in=rows).values_list("pk", flat=True))
            if not held:
                return 0
            QualificationDue.objects.filter(pk__in=held).delete()
            with suppress(SomeoneWasFaster), transaction.atomic():
                settle(lead, now=now, published=published)
            return len(held)
    except Exception:
        log.exception("Lead %s could not be settled; it is queued again", lead.pk)
        with transaction.atomic():
            QualificationDue.objects.filter(pk__in=rows).delete()
            QualificationDue.objects.create(lead_id=lead.pk, published=published)
        return 0


def _to_settle(lead_ids: set[int], *, now: datetime) -> list[Lead]:
    """Of these, the leads whose stage or offer is not in line with their standing; set-based.

    Most numbers change without consequence, and those leads are not even locked. Whoever
    changes one of the others meanwhile queues it again.
    """
    leads = list(
        Lead.objects.filter(pk__in=lead_ids, imported=False, merged_into=None, erased_at=None)
        .filter(stage__in=[Stage.NEW, Stage.NURTURE, Stage.MQL])
        .order_by("pk")
    )
    known = standings(leads, now=now)
    offered = set(Handoff.objects.open().filter(lead__in=lead_ids).values_list("lead", flat=True))
    waiting = FallbackEntry.objects.waiting().filter(lead__in=lead_ids)
    queued = set(waiting.values_list("lead", flat=True))

    def is_out_of_line(lead: Lead) -> bool:
        standing = known.get(lead.pk)
        if standing is None or lead.pk in offered:
            return False
        if lead.stage == Stage.MQL:
            return standing.is_ready or not standing.keeps_mql or lead.pk in queued
        return standing.is_mql

    return [lead for lead in leads if is_out_of_line(lead)]


def _claim(limit: int) -> list[tuple[int, int, bool]]:
    """The oldest rows, locked: row, the lead's id, and whether a publication made it due."""
    rows = QualificationDue.objects.select_for_update(skip_locked=True).order_by("pk")
    return list(rows.values_list("pk", "lead_id", "published")[:limit])


def wake_due(*, now: datetime, limit: int = 200) -> int:
    """Act once on each wake date that has come: promote where the MQL definition holds."""
    stays = nurture.due_to_wake(now=now, limit=limit)
    acted = 0
    for stay in stays:
        try:
            with transaction.atomic():
                lead = lock(stay.lead)
                if nurture.act_on_date(stay, now=now):
                    settle(lead, now=now)
                    acted += 1
        except Exception:  # the others are woken; this one is tried again the next time
            log.exception("Lead %s could not be woken", stay.lead_id)
    return acted
