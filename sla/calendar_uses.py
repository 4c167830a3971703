"""What a business calendar is used for: promises that name it, and whoever has its hours."""

from collections.abc import Iterator

from django.db import models

from sla.models import Agreement, BusinessCalendar, Clock, Commitment


def measured_in(calendar: BusinessCalendar) -> list[str]:
    """The promises in force that name it, in words."""
    in_force = Commitment.objects.of(calendar.workspace).in_force().filter(calendar=calendar)
    return [str(promise) for promise in in_force]


def why_it_stays(calendar: BusinessCalendar) -> str:
    """Why it cannot be removed, as a sentence or two; blank where nothing uses it."""
    named = Commitment.objects.filter(calendar=calendar).select_related("agreement")
    if promise := named.filter(agreement=None, retired_at=None).first():
        return (
            f"“{calendar}” stays: promises are measured in it, such as “{promise}”. Give them "
            "another calendar first."
        )
    if promise := named.exclude(agreement=None).order_by("-agreement__number").first():
        return _of_agreement(calendar, promise.agreement)
    if Clock.objects.filter(calendar=calendar).exists() or named.exists():
        return f"“{calendar}” stays: promises of the past were measured in it."
    for row in _with_its_hours(calendar):
        kind = row._meta.verbose_name
        return f"“{calendar}” stays: the {kind} “{row}” has these hours. Give it others first."
    return ""


def _of_agreement(calendar: BusinessCalendar, agreement: Agreement | None) -> str:
    if agreement is not None and agreement.status == Agreement.Status.DRAFT:
        return (
            f"“{calendar}” stays: promises of the draft of agreement {agreement.number} are "
            "measured in it. Give them another calendar first."
        )
    return f"“{calendar}” stays: promises of {agreement} are measured in it." if agreement else ""


def _with_its_hours(calendar: BusinessCalendar) -> Iterator[models.Model]:
    """Rows of upper packages, such as reps and pools, that are found by their foreign keys."""
    for relation in BusinessCalendar._meta.get_fields(include_hidden=True):
        protects = getattr(relation, "on_delete", None) is models.PROTECT
        if isinstance(relation, models.ManyToOneRel) and protects:
            model = relation.related_model
            if model not in (Commitment, Clock):
                yield from model._base_manager.filter(**{relation.field.name: calendar})[:1]
