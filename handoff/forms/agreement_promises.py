"""One promise of the draft, as it is added or changed on the page of the agreement."""

from typing import Any, cast

from django import forms

from handoff.forms.agreement import stamp_of
from handoff.forms.promise_terms import PercentsField, PromiseTerms
from handoff.tiers import tiers_of
from sla.calendars import calendar_of
from sla.models import Agreement, BusinessCalendar, Commitment
from sla.opening_hours import CalendarError
from sla.promise_rules import OF_ONE_PERSON, ONLY_FOR, may_be_told, may_follow

_Code = Commitment.Code
_CountsBy = Commitment.CountsBy


class _OptionsOfKinds:
    """A widget whose options say, where only some kinds of promise have them, which kinds these
    are: the page offers them for those alone."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)  # type: ignore[misc]
        kinds = [code for code in _Code if str(value) in _open_to(name, code)]
        if len(kinds) < len(_Code):
            option["attrs"]["data-kinds"] = " ".join(kinds)
        return option


def _open_to(name: str, code: _Code) -> set[str]:
    """The options of a field that a promise of this kind has."""
    if name == "counts_by":
        held = code in OF_ONE_PERSON
        return {each for each in _CountsBy if held or each != _CountsBy.PERSON}
    return {value for value, _ in (may_follow(code) if name == "on_breach" else may_be_told(code))}


class _Boxes(_OptionsOfKinds, forms.CheckboxSelectMultiple):
    pass


class _Choice(_OptionsOfKinds, forms.Select):
    pass


def _people(label: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, choices=Commitment.Told.choices, widget=_Boxes
    )


class PromiseForm(PromiseTerms):
    """`instance` is a promise of the draft, or a new one."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    tier_code = forms.ChoiceField(label="For leads of tier", required=False)
    warn_percents = PercentsField(
        label="Warn at (%)",
        required=False,
        help_text="Several with commas. Empty: no warning.",
        widget=forms.TextInput(attrs={"placeholder": "50, 75"}),
    )
    warns = _people("Who is warned")
    tells = _people("Who is told of a breach")

    class Meta:
        model = Commitment
        fields = (
            *("code", "tier_code", "minutes", "days", "touches", "touch_counts"),
            *("counts_by", "calendar", "pauses", "warn_percents", "warns", "on_breach"),
            *("tells", "target_percent"),
        )
        widgets = {"counts_by": _Choice, "on_breach": _Choice}
        help_texts = {
            "minutes": "60 is one hour of work. Leave 0 where you promise days.",
            "days": "The day it starts on is not counted.",
            "touch_counts": "An automatic mail never counts.",
            "target_percent": "Of those that were due, so many are to be kept.",
        }

    def __init__(self, *args: Any, draft: Agreement, **kwargs: Any) -> None:
        kwargs |= {"initial": {"seen": stamp_of(draft)}, "auto_id": "id_promise_%s"}
        super().__init__(*args, **kwargs)
        self.draft = draft
        self.instance.workspace, self.instance.agreement = draft.workspace, draft
        for name in ("minutes", "days", "touches"):
            self.fields[name].required = False
        cast(forms.ChoiceField, self.fields["tier_code"]).choices = self._tiers()
        calendars = cast("forms.ModelChoiceField[Any]", self.fields["calendar"])
        calendars.queryset = BusinessCalendar.objects.of(draft.workspace).order_by("name", "pk")
        for name, codes in ONLY_FOR.items():
            self.fields[name].widget.attrs["data-only-for"] = " ".join(sorted(codes))

    def _tiers(self) -> list[tuple[str, str]]:
        tiers = {tier.code: tier.name for tier in tiers_of(self.draft.workspace)}
        if self.instance.tier_code:
            tiers.setdefault(self.instance.tier_code, self.instance.tier_name)
        return [("", "Any tier without a promise of its own"), *tiers.items()]

    def clean_calendar(self) -> BusinessCalendar:
        calendar: BusinessCalendar = self.cleaned_data["calendar"]
        try:
            calendar_of(calendar)
        except CalendarError as error:
            raise forms.ValidationError(f"Nothing can be counted in it. {error}") from error
        return calendar

    def clean(self) -> dict[str, Any]:
        """What does not belong to this kind of promise is as it is by default."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        tier = data.get("tier_code", "")
        self.instance.tier_name = dict(self._tiers())[tier] if tier else ""
        for name, codes in ONLY_FOR.items():
            if "code" in data and (data["code"] not in codes or data.get(name) is None):
                data[name] = getattr(Commitment(), name)
        return data

    def said_twice(self) -> tuple[str, str]:
        row = self.instance
        tier = f"leads of tier “{row.tier_name}”" if row.tier_code else "leads of any tier"
        return "tier_code", f"This is promised for {tier} already: change that one."
