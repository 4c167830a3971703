"""A person's number beside a lead's computed one: put, ended, expired.

The computed score goes on beside it. Whenever an override begins or stops being valid the lead
goes to QualificationDue in the same transaction, for `scoring.standing` goes by it.
Locks: the lead, then its override. The sweep locks overrides alone, so nobody waits in a ring.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from leadqual.models import Lead
from scoring.engine.definitions import Definitions
from scoring.models import QualificationDue, Score, ScoreOverride
from scoring.models.overrides import LONGEST, REASON_LENGTH
from scoring.writing import lock_leads

UNDO_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True)
class Overridden:
    """The numbers as a person has put them beside the computed ones; 0–100, total their sum.

    What the person left blank (`says_fit`, `says_intent`) is the computed number.
    """

    pk: int
    fit: float
    intent: float
    fit_band: str
    intent_band: str
    grade: str
    says_fit: bool
    says_intent: bool
    by: str
    reason: str
    at: datetime
    expires_at: datetime

    @property
    def total(self) -> float:
        return self.fit + self.intent

    def in_record(self) -> dict[str, Any]:
        """JSON-ready, for what is kept of the moment."""
        return {
            **asdict(self),
            "total": round(self.total, 2),
            "at": self.at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
        }


def valid_overrides(lead_ids: Sequence[int], *, at: datetime) -> dict[int, ScoreOverride]:
    """By lead id, in one query."""
    valid = ScoreOverride.objects.valid(at=at).filter(lead__in=lead_ids).select_related("by")
    return {each.lead_id: each for each in valid}


def overridden_of(override: ScoreOverride, score: Score, definitions: Definitions) -> Overridden:
    """The override beside its lead's score, in the bands of the version it is held against."""
    fit = score.fit if override.fit is None else float(override.fit)
    intent = score.intent if override.intent is None else float(override.intent)
    return Overridden(
        pk=override.pk,
        fit=fit,
        intent=intent,
        fit_band=definitions.fit_band(fit),
        intent_band=definitions.intent_band(intent),
        grade=definitions.grade(fit, intent),
        says_fit=override.fit is not None,
        says_intent=override.intent is not None,
        by=str(override.by),
        reason=override.reason,
        at=override.at,
        expires_at=override.expires_at,
    )


@transaction.atomic
def override(
    lead: Lead,
    *,
    by: User,
    fit: int | None,
    intent: int | None,
    reason: str,
    expires_at: datetime,
    now: datetime,
) -> ScoreOverride:
    """Put a person's fit, intent (0–100) or both beside the computed ones until `expires_at`.

    A standing override of the lead ends with it. Raises ValidationError where the numbers, the
    reason or the moment will not do, where the lead is not scored, and where it is merged or
    erased.
    """
    reason = reason.strip()
    if faults := _faults(fit, intent, reason, expires_at, now):
        raise ValidationError(faults)
    lock_leads([lead.pk])
    if not Score.objects.filter(lead=lead, lead__merged_into=None, lead__erased_at=None).exists():
        raise ValidationError("This lead has no score that could be overridden.")
    _end_standing(lead, by=by, now=now)
    QualificationDue.objects.create(lead_id=lead.pk)
    return ScoreOverride.objects.create(
        workspace_id=lead.workspace_id,
        lead=lead,
        fit=fit,
        intent=intent,
        by=by,
        reason=reason,
        at=now,
        expires_at=expires_at,
    )


def _faults(
    fit: int | None, intent: int | None, reason: str, expires_at: datetime, now: datetime
) -> dict[str, str]:
    faults = {}
    if fit is None and intent is None:
        faults["fit"] = "Say a fit, an intent, or both."
    for name, points in (("fit", fit), ("intent", intent)):
        if points is not None and not 0 <= points <= 100:
            faults[name] = "Points lie between 0 and 100."
    if not reason:
        faults["reason"] = "Say why: sales and marketing will both read it."
    elif len(reason) > REASON_LENGTH:
        faults["reason"] = f"Keep it within {REASON_LENGTH} characters."
    if expires_at <= now:
        faults["expires_at"] = "This moment has passed."
    elif expires_at > now + LONGEST:
        faults["expires_at"] = "An override is valid for a year at most."
    return faults


@transaction.atomic
def end(standing: ScoreOverride, *, by: User, now: datetime) -> bool:
    """End the override before its time; false where it has ended already."""
    lock_leads([standing.lead_id])
    rows = ScoreOverride.objects.filter(pk=standing.pk).standing()
    if not (found := rows.select_for_update().first()):
        return False
    _end(found, by=by, now=now)
    QualificationDue.objects.create(lead_id=found.lead_id)
    return True


def end_of(lead: Lead, *, by: User, now: datetime) -> bool:
    """The same for whatever override the lead has; the caller holds the lead's lock."""
    if not _end_standing(lead, by=by, now=now):
        return False
    QualificationDue.objects.create(lead_id=lead.pk)
    return True


def last_ended(lead: Lead, *, now: datetime) -> ScoreOverride | None:
    """What a person ended, or put another in place of, so lately that it may be brought back."""
    ended = ScoreOverride.objects.filter(
        lead=lead, ended_by__isnull=False, ended_at__gt=now - UNDO_WITHIN, expires_at__gt=now
    )
    return ended.select_related("by", "ended_by").order_by("-ended_at", "-pk").first()


@transaction.atomic
def bring_back(ended: ScoreOverride, *, by: User, now: datetime) -> bool:
    """Undo: the override is valid again as if nobody had ended it; what stands ends.

    False where it can no longer be undone (see `last_ended`).
    """
    lock_leads([ended.lead_id])
    latest = last_ended(ended.lead, now=now)
    if latest is None or latest.pk != ended.pk:
        return False
    _end_standing(ended.lead, by=by, now=now)
    ScoreOverride.objects.filter(pk=ended.pk).update(ended_at=None, ended_by=None)
    QualificationDue.objects.create(lead_id=ended.lead_id)
    return True


def _end_standing(lead: Lead, *, by: User, now: datetime) -> bool:
    found = ScoreOverride.objects.filter(lead=lead).standing().select_for_update().first()
    if found:
        _end(found, by=by, now=now)
    return found is not None


def _end(found: ScoreOverride, *, by: User | None, now: datetime) -> None:
    """One that has expired unnoticed ended when it did, by nobody."""
    has_expired = found.expires_at <= now
    found.ended_at = found.expires_at if has_expired else max(now, found.at)
    found.ended_by = None if has_expired else by
    found.save(update_fields=["ended_at", "ended_by"])


@transaction.atomic
def sweep_expired_overrides(*, now: datetime, limit: int = 500) -> int:
    """Note the overrides that have expired, dated at their true moment; returns how many."""
    expired = ScoreOverride.objects.standing().filter(expires_at__lte=now).order_by("expires_at")
    found = list(expired.select_for_update(skip_locked=True)[:limit])
    for each in found:
        _end(each, by=None, now=now)
    QualificationDue.objects.bulk_create(QualificationDue(lead_id=each.lead_id) for each in found)
    return len(found)


def forget_reasons(lead: Lead, *, by: User, now: datetime) -> None:
    """For an erasure: the reasons may name the person, and nothing of theirs is overridden now."""
    _end_standing(lead, by=by, now=now)
    ScoreOverride.objects.filter(lead=lead).update(reason="")


def overridden_sql(lead: str) -> str:
    """SQL over the lead of that alias: somebody's number stands beside its computed ones."""
    return (
        f"{lead}.id IN (SELECT o.lead_id FROM scoring_scoreoverride o"  # noqa: S608
        " WHERE o.ended_at IS NULL)"
    )
