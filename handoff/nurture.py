"""Nurture: leads that are not ready, kept with their history until something wakes them."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from handoff.models import NurtureStay, NurtureTrack, RejectionReason
from handoff.transitions import move
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage
from scoring.explanations import intent_since
from scoring.standing import published_version


@transaction.atomic
def enter(
    lead: Lead,
    *,
    rule: str,
    at: datetime,
    by: User | None = None,
    reason: RejectionReason | None = None,
    note: str = "",
    wake_at: datetime | None = None,
    wake_points: int | None = None,
    track: NurtureTrack | None = None,
    rep: User | None = None,
) -> StageMove:
    """Put the lead into nurture; it wakes at `wake_at`, or by intent earned from now on.

    What is not given is what the reason says: its days, its points, its track. Without a track
    that is in use, the first that fits the lead takes it; `wake_points` None: as many as the
    scoring model says.
    """
    if wake_at is None and reason is not None and reason.recycle_days:
        wake_at = at + timedelta(days=reason.recycle_days)
    if wake_points is None and reason is not None:
        wake_points = reason.wake_points
    if track is None and reason is not None:
        track = reason.track
    record = move(
        lead,
        Stage.NURTURE,
        rule=rule,
        by=by,
        at=at,
        reason=reason.code if reason else "",
        note=note,
        rep=rep,
    )
    NurtureStay.objects.create(
        workspace=lead.workspace,
        lead=lead,
        entered_at=at,
        reason=reason,
        wake_at=wake_at,
        wake_points=wake_points,
        track=track,
    )
    return record


def follow_reason(
    lead: Lead,
    *,
    rule: str,
    by: User,
    at: datetime,
    reason: RejectionReason,
    note: str = "",
    wake_at: datetime | None = None,
    rep: User | None = None,
) -> StageMove:
    """Where the reason leads: back to nurture (`wake_at`: the day that the rep named), or out."""
    if reason.outcome == RejectionReason.Outcome.NURTURE:
        return enter(
            lead, rule=rule, by=by, at=at, reason=reason, note=note, wake_at=wake_at, rep=rep
        )
    return move(
        lead,
        Stage.DISQUALIFIED,
        rule=rule,
        by=by,
        at=at,
        reason=reason.code,
        note=note,
        rep=rep,
    )


def leave(lead: Lead, *, at: datetime) -> None:
    """The stay is over; call it with the move out of nurture, in the same transaction."""
    NurtureStay.objects.filter(lead=lead, left_at=None).update(left_at=at)


def woken_by(lead: Lead, *, now: datetime) -> str:
    """What wakes the lead, in words; blank while nothing does.

    Intent counts from the moment it entered nurture: the old total does not wake anybody.
    A lead put into nurture by an import has no stay, so only new intent since its move counts.
    """
    stay = NurtureStay.objects.filter(lead=lead, left_at=None).first()
    if stay and stay.wake_at and stay.wake_at <= now:
        return f"its wake date {stay.wake_at:%d %b %Y} has come"
    version = published_version(lead.workspace)
    since = stay.entered_at if stay else lead.stage_since
    earned = intent_since(lead, since=since, at=now)
    needed = stay.wake_points if stay and stay.wake_points else version and version.wake_points
    if needed and earned >= needed:
        return f"{earned:g} points earned since {since:%d %b %Y}"
    return ""


def due_to_wake(*, now: datetime, limit: int) -> list[NurtureStay]:
    """Stays whose wake date has come and was not acted on, the longest due first."""
    return list(
        NurtureStay.objects.filter(left_at=None, woken_at=None, wake_at__lte=now)
        .select_related("lead")
        .order_by("wake_at")[:limit]
    )


def act_on_date(stay: NurtureStay, *, now: datetime) -> bool:
    """Note, with its lead locked, that the date was acted on; False where somebody else has."""
    due = NurtureStay.objects.filter(pk=stay.pk, left_at=None, woken_at=None)
    return due.update(woken_at=now) == 1
