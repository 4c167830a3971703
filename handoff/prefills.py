"""What is known of a lead already, for questions that it answers in advance.

Nothing here counts by itself: a person takes it as the answer, or asks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q
from django.utils.timezone import localtime

from accounts.models import Workspace
from handoff.marking import Value
from leadqual.countries import country_name
from leadqual.custom_fields import by_name, in_words
from leadqual.models import AttributeChange, Lead, Timeline
from scoring.engine.fields import Kind, UnknownField, field_named, label_of

_COMPANY: Final = "company."
SAYS_NO: Final = {("timeline", Timeline.RESEARCHING.value)}
"""Facts that speak against: a form confirms nothing, so all the others are worth “partly”."""


@dataclass(frozen=True)
class Prefill:
    """`label` names the fact, `words` say it, `said_on` is the day on which it became known (in
    the active time zone), `value` is the answer that it suggests."""

    label: str
    words: str
    value: Value
    said_on: date | None

    @property
    def evidence(self) -> str:
        return f"From the form: {self.words}"


def prefills_of(lead: Lead, facts: Collection[str]) -> dict[str, Prefill]:
    """By the name of the fact; those that are not known are left out."""
    known = {name: raw for name in facts if (raw := raw_of(lead, name))}
    if not known:
        return {}
    days = _days(lead, known)
    own = by_name(lead.workspace)
    labels = {name: field.label for name, field in own.items()}
    return {
        name: Prefill(
            label=label_of(name, labels),
            words=_words(lead.workspace, name, raw),
            value=Value.NO if raw == "false" or (name, raw) in SAYS_NO else Value.WEAK,
            said_on=days.get(name),
        )
        for name, raw in known.items()
    }


def raw_of(lead: Lead, name: str) -> str:
    try:
        return field_named(name).value_of(lead) or ""
    except UnknownField:
        return ""


def _words(workspace: Workspace, name: str, raw: str) -> str:
    if field := by_name(workspace).get(name):
        return in_words(field, raw)
    known = field_named(name)
    if known.kind == Kind.COUNTRY:
        return country_name(raw)
    if known.kind == Kind.BOOL:
        return "Yes" if raw == "true" else "No"
    return dict(known.choices).get(raw, raw)


def _days(lead: Lead, facts: Collection[str]) -> dict[str, date]:
    """The day on which each became what it is now, as far as that was recorded."""
    of_lead = {name for name in facts if not name.startswith(_COMPANY)}
    of_company = {name.removeprefix(_COMPANY) for name in facts if name.startswith(_COMPANY)}
    recorded = AttributeChange.objects.filter(
        Q(lead=lead.pk, field__in=of_lead)
        | Q(company__isnull=False, company=lead.company_id, field__in=of_company)
    )
    days = {}
    for field, of, at in recorded.order_by("at", "pk").values_list("field", "company", "at"):
        days[f"{_COMPANY}{field}" if of else field] = localtime(at).date()
    return days
