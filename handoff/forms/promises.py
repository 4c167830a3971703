"""The admin form of a promise that counts as long as no agreement is signed."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.seen_form import SeenForm, columns_of
from handoff.tiers import tiers_of
from sla.models import Commitment
from sla.promise_rules import faults, may_be_told, may_follow

_MOST_WARNINGS = 5


class PercentsField(forms.CharField):
    """Several whole percentages, such as “50, 75”; in order, each once."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"placeholder": "50, 75", "size": 12})
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        words = [word.strip().removesuffix("%").strip() for word in str(value or "").split(",")]
        written = [word for word in words if word]
        if not all(
            word.isascii() and word.isdecimal() and 1 <= int(word) <= 99 for word in written
        ):
            raise forms.ValidationError("Write whole numbers from 1 to 99, such as 50, 75.")
        if len(written) > _MOST_WARNINGS:
            raise forms.ValidationError(f"{_MOST_WARNINGS} warnings are the most.")
        return sorted({int(word) for word in written})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(each) for each in value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != sorted(initial or []))
        except forms.ValidationError:
            return True


def _people(label: str, help_text: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=Commitment.Told.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=help_text,
    )


class PromiseForm(SeenForm):
    """One default of the workspace; its kind and its tier are typed once."""

    called = "promise"
    instance: Commitment

    tier_code = forms.ChoiceField(
        label="For leads of tier", required=False, widget=UnfoldAdminSelectWidget
    )
    warn_percents = PercentsField(
        label="Warn at (%)",
        required=False,
        help_text="How much of the time has passed; several, with commas. Empty: no warning.",
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

    def clean_minutes(self) -> int:
        return self.cleaned_data["minutes"] or 0

    def clean_days(self) -> int:
        return self.cleaned_data["days"] or 0

    def _update_errors(self, errors: forms.ValidationError) -> None:
        # What the table's constraints say of the whole row is said in words below.
        if hasattr(errors, "error_dict"):
            errors.error_dict.pop(NON_FIELD_ERRORS, None)
        super()._update_errors(errors)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # it fills the row from what was typed
        if "code" in self.errors:
            return
        for field, sentence in faults(self.instance):
            if field in self.fields and field not in self.errors:
                self.add_error(field, sentence)
        if not self.errors and self._is_there():
            tier = "this tier" if self.instance.tier_code else "leads of any tier"
            self.add_error(
                "code", f"There is this promise for {tier} already: change that one instead."
            )

    def _is_there(self) -> bool:
        row = self.instance
        same = Commitment.objects.of(row.workspace).filter(agreement=None, retired_at=None)
        twins = same.filter(code=row.code, tier_code=row.tier_code)
        return "code" in self.fields and twins.exclude(pk=row.pk).exists()
