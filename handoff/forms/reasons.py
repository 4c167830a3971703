"""Giving a reason, before acceptance or after: the reason, and exactly what it asks.

All that any of the reasons asks is on the page, so that choosing one costs no request; what the
chosen one does not ask is hidden there (static/js/reasons.js) and not read here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final, cast

from django import forms
from django.utils import timezone

from handoff.agreement.in_force import reasons_in_force
from handoff.forms.asked_facts import AskedFacts
from handoff.forms.days import IN_OUR_TIMES
from handoff.models import RejectionReason
from handoff.reasons import Correction, Outcome, missing_attempts, unanswered_touches
from leadqual.models import Lead

SLEEPS_AT_MOST: Final = 5  # years; a date beyond is a slip
NOTE: Final = "What marketing should know"


def wake_days() -> tuple[date, date]:
    """The first and the last day on which a lead may be woken, where the workspace is."""
    today = timezone.localdate()
    return today + timedelta(days=1), today + timedelta(days=round(365.25 * SLEEPS_AT_MOST))


class WakeOn(forms.DateField):
    """A day on which a lead is woken: after today, and not in the year 20026."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        said = {"required": False, "label": "Wake on", "widget": widget, "validators": IN_OUR_TIMES}
        super().__init__(**{**said, **kwargs})

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        first, last = wake_days()
        if day and day < first:
            raise forms.ValidationError("Choose a day after today.")
        if day and day > last:
            raise forms.ValidationError(f"Choose a day within {SLEEPS_AT_MOST} years.")
        return day


def beginning_of(day: date | None, lead: Lead) -> datetime | None:
    """That day's first moment where the workspace is."""
    return datetime.combine(day, time(), lead.workspace.zone) if day else None


@dataclass(frozen=True)
class Choice:
    """One reason as the page shows it; `asks` are the names of the fields that belong to it."""

    reason: RejectionReason
    is_chosen: bool
    asks: str
    note: str
    wake_on: str
    missing: str


class GivenReason(forms.Form):
    """One of the reasons in force with what it asks of this lead."""

    outcomes: Collection[str] = tuple(Outcome)
    asks_date_always = False  # or only where the reason does

    reason = forms.TypedChoiceField(
        widget=forms.RadioSelect,
        empty_value=None,
        error_messages={
            "required": "Choose a reason: marketing learns from it.",
            "invalid_choice": "That reason is not in force here any more. Choose another.",
        },
    )
    wake_on = WakeOn()
    note = forms.CharField(required=False, max_length=1000)

    def __init__(self, data: Any = None, *, lead: Lead, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.lead = lead
        in_force = reasons_in_force(lead.workspace)
        self.reasons = [reason for reason in in_force if reason.outcome in self.outcomes]
        by_pk = {str(reason.pk): reason for reason in self.reasons}
        chosen = cast(forms.TypedChoiceField, self.fields["reason"])
        chosen.choices = [(pk, reason.name) for pk, reason in by_pk.items()]
        chosen.coerce = by_pk.__getitem__
        names = {name for reason in self.reasons for name in reason.asks}
        self.facts = AskedFacts(data, lead=lead, names=names, auto_id=self.auto_id)
        first, last = wake_days()
        self.fields["wake_on"].widget.attrs |= {"min": f"{first}", "max": f"{last}"}

    @cached_property
    def tried(self) -> int:
        """Attempts without an answer until now."""
        return unanswered_touches(self.lead)

    def choices(self) -> list[Choice]:
        chosen = str(self["reason"].value() or "")
        return [
            Choice(
                reason,
                is_chosen=str(reason.pk) == chosen,
                asks=" ".join(self._asks(reason)),
                note=(reason.note_asks or NOTE) + ("" if reason.note_needed else " (optional)"),
                wake_on=self._suggested(reason),
                missing=missing_attempts(reason, tried=self.tried) if reason.attempts else "",
            )
            for reason in self.reasons
        ]

    def _asks(self, reason: RejectionReason) -> list[str]:
        date_is_asked = reason.asks_date or self.asks_date_always
        facts = self.facts.fields_of(reason.asks)
        return [*(["wake_on"] if date_is_asked else []), *facts, "note"]

    def _suggested(self, reason: RejectionReason) -> str:
        if not (reason.asks_date and reason.recycle_days):
            return ""
        return f"{timezone.localdate() + timedelta(days=reason.recycle_days)}"

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        reason: RejectionReason | None = said.get("reason")
        if reason is None:
            return said
        if "wake_on" not in self._asks(reason):
            self.errors.pop("wake_on", None)
            said["wake_on"] = None
        if reason.note_needed and not said.get("note") and "note" not in self.errors:
            self.add_error("note", "Write a note: this reason needs it.")
        if reason.asks_date and not said.get("wake_on") and "wake_on" not in self.errors:
            self.add_error("wake_on", "Choose the day on which the lead is woken.")
        if reason.attempts and (why := missing_attempts(reason, tried=self.tried)):
            self.add_error("reason", why)
        self._check_facts(reason)
        return said

    def _check_facts(self, reason: RejectionReason) -> None:
        facts, asked = self.facts, self.facts.fields_of(reason.asks)
        if not asked or any(name in facts.errors for name in asked):
            return
        if reason.outcome != Outcome.CORRECT:
            for name in asked:
                if facts.cleaned_data[name] in (None, ""):
                    facts.add_error(name, "This reason asks for it.")
            return
        correction = facts.correction(reason.asks)
        if correction is None:
            facts.add_error(asked[0], "Correct what is wrong; so far nothing is changed.")
        elif not any(
            (correction.facts.email, correction.facts.first_name, correction.facts.last_name)
        ):
            facts.add_error(asked[0], "Leave at least an e-mail address or a name.")

    @property
    def fact_errors(self) -> list[str]:
        """The fields of facts that the chosen reason asks and that are refused."""
        reason = getattr(self, "cleaned_data", {}).get("reason")
        asked = self.facts.fields_of(reason.asks) if reason else []
        return [name for name in asked if name in self.facts.errors]

    def is_valid(self) -> bool:
        return super().is_valid() and not self.fact_errors

    def asked_facts(self) -> list[tuple[forms.BoundField, list[str]]]:
        """Each fact's field, with what is wrong in it where the chosen reason asks it."""
        refused = set(self.fact_errors) if self.is_bound else set()
        return [
            (
                field,
                [str(error) for error in self.facts.errors[field.name]]
                if field.name in refused
                else [],
            )
            for field in self.facts
        ]

    @property
    def wake_at(self) -> datetime | None:
        return beginning_of(self.cleaned_data["wake_on"], self.lead)

    def given(self) -> dict[str, Any]:
        """Of a valid form: reason, note, wake_at and correction, as the decision takes them."""
        said = self.cleaned_data
        correction: Correction | None = self.facts.correction(said["reason"].asks)
        return {
            "reason": said["reason"],
            "note": said["note"].strip(),
            "wake_at": self.wake_at,
            "correction": correction,
        }
