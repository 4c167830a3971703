"""Nurture: leads that are not ready, kept with their history until something wakes them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from handoff.models import NurtureStay, NurtureTrack, RejectionReason
from handoff.nurture_tracks import track_for
from handoff.transitions import MoveNotAllowed, lock, move
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage
from scoring.explanations import intent_since
from scoring.standing import published_version

ROUTED = "routed"
"""Rule and reason of a move by which routing, or the tier, sends an MQL to a track."""


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
        reason=reason.code if reason else ROUTED if rule == ROUTED else "",
        note=note,
        rep=rep,
    )
    track = track_for(lead, named=track, at=at)
    NurtureStay.objects.create(
        workspace=lead.workspace,
        lead=lead,
        entered_at=at,
        reason=reason,
        wake_at=wake_at,
        wake_points=wake_points,
        track=track,
        track_since=at if track else None,
        next_at=at if track else None,
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


@transaction.atomic
def change_track(lead: Lead, *, track: NurtureTrack | None, by: User, at: datetime) -> None:
    """Put a nurtured lead onto another track by hand, from its first step; None stops its own.

    What it was given before it is not given again. Raises MoveNotAllowed where it is in nurture no
    longer, or the track is not one in use of its workspace.
    """
    lead = lock(lead)
    stay = NurtureStay.objects.filter(lead=lead, left_at=None).first()
    if stay is None or lead.stage != Stage.NURTURE:
        raise MoveNotAllowed("The lead is in nurture no longer.")
    if track is None:
        stay.next_at, stay.ended_at, stay.ended_by = None, at, by
        stay.ended_because = NurtureStay.Ended.STOPPED
    else:
        if track.workspace_id != lead.workspace_id or not track.is_active:
            raise MoveNotAllowed("Choose a track that is in use in this workspace.")
        stay.track, stay.track_since, stay.place, stay.next_at = track, at, -1, at
        stay.ended_because, stay.ended_at, stay.ended_by = "", None, None
    stay.save()


@dataclass(frozen=True)
class Earned:
    """The intent earned since the lead went into nurture, of the points that wake it."""

    points: float
    needed: int
    since: datetime


def earned(lead: Lead, stay: NurtureStay | None, *, now: datetime) -> Earned | None:
    """None without a published model.

    Intent counts from the moment it entered nurture: the old total does not wake anybody.
    A lead put into nurture by an import has no stay, so only new intent since its move counts.
    """
    version = published_version(lead.workspace)
    if version is None:
        return None
    since = stay.entered_at if stay else lead.stage_since
    needed = stay.wake_points if stay and stay.wake_points else version.wake_points
    return Earned(intent_since(lead, since=since, at=now), needed, since)


def woken_by(lead: Lead, *, now: datetime) -> str:
    """What wakes the lead, in words; blank while nothing does."""
    stay = NurtureStay.objects.filter(lead=lead, left_at=None).first()
    if stay and stay.wake_at and stay.wake_at <= now:
        return f"its wake date {stay.wake_at:%d %b %Y} has come"
    new = earned(lead, stay, now=now)
    if new and new.points >= new.needed:
        return f"{new.points:g} points earned since {new.since:%d %b %Y}"
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
