"""The admin form of a promise that counts as long as no agreement is signed."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.seen_form import SeenForm, columns_of
from handoff.forms.promise_terms import PercentsField, PromiseTerms
from handoff.tiers import tiers_of
from sla.models import Commitment
from sla.promise_rules import may_be_told, may_follow


def _people(label: str, help_text: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=Commitment.Told.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=help_text,
    )


class PromiseForm(PromiseTerms, SeenForm):
    """One default of the workspace; its kind and its tier are typed once."""

    called = "promise"

    tier_code = forms.ChoiceField(
        label="For leads of tier", required=False, widget=UnfoldAdminSelectWidget
    )
    warn_percents = PercentsField(
        label="Warn at (%)",
        required=False,
        help_text="How much of the time has passed; several, with commas. Empty: no warning.",
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "50, 75", "size": 12}),
    )
    warns = _people("Who is warned", "Nobody ticked: nobody is, and the board shows it.")
    tells = _people("Who is told of a breach", "Nobody ticked: only the board shows it.")

    class Meta:
        model = Commitment
        fields = (
            *("code", "tier_code", "minutes", "days", "touches", "touch_counts"),
            *("counts_by", "calendar", "warn_percents", "warns", "on_breach", "tells"),
            *("pauses", "target_percent"),
        )
        help_texts = {
            "minutes": "60 is one hour of work, 240 four. Leave 0 where you promise days.",
            "days": "The day it starts on is not counted; due when the last of them closes.",
            "touches": "So many attempts within that time, or the lead counts as unworked.",
            "touch_counts": "An automatic mail never counts as a touch.",
            "counts_by": "A rep’s own hours, else those of the pool the lead came through, else "
            "the calendar below.",
            "calendar": "Around the clock is a calendar as well.",
            "target_percent": "Of those that were due, so many are to be kept.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("warn_percents", "warns", "tells"):  # what a new one begins with
            self.initial.setdefault(name, getattr(self.instance, name))
        for name in ("minutes", "days"):
            if name in self.fields:
                self.fields[name].required = False
        if "tier_code" in self.fields:
            cast(forms.ChoiceField, self.fields["tier_code"]).choices = self._tiers()
        if code := self.instance.code:  # what is settled narrows the rest
            for name in {"warns", "tells"} & self.fields.keys():
                cast(forms.ChoiceField, self.fields[name]).choices = may_be_told(code)
            if "on_breach" in self.fields:
                cast(forms.ChoiceField, self.fields["on_breach"]).choices = may_follow(code)

    def parts(self) -> Iterator[object]:
        yield columns_of(self.instance)

    def _tiers(self) -> list[tuple[str, str]]:
        any_tier = ("", "Any tier without a promise of this kind of its own")
        tiers = tiers_of(self.workspace) if self.workspace else []
        return [any_tier, *((tier.code, tier.name) for tier in tiers)]

    def said_twice(self) -> tuple[str, str]:
        tier = "this tier" if self.instance.tier_code else "leads of any tier"
        return "code", f"There is this promise for {tier} already: change that one instead."
