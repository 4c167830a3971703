"""Drafting the agreement: one form a clause, and what is said to propose, take back and sign."""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict
from django.utils.timezone import localtime

from accounts.models import Membership, User
from accounts.workspace_form import PlainForm
from handoff.forms.tiers import grades_of
from sla.agreement_edits import edition
from sla.agreements import EditedMeanwhile
from sla.models import Agreement, Side

FIELDS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "volume": ("leads_a_month", "good_percent", "good_grades", "coverage_percent"),
    "owners": ("marketing_owner", "sales_owner"),
    "review": ("review_every_days",),
    "escalation": ("weeks_below", "escalates_to"),
}
"""What is filled in beside the free words, by the code of the clause."""
_PEOPLE: Final = ("marketing_owner", "sales_owner", "escalates_to")
LONGEST: Final = 20_000
"""Characters beside one clause: some six pages."""
_TURNS_LETTERS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def stamp_of(draft: Agreement) -> str:
    """Which draft a form was filled from, and which edition of it; see `sla.agreement_edits`."""
    return f"{draft.number} {edition(draft)}"


def seen_in(stamp: str, draft: Agreement) -> str:
    """The edition that a form's stamp names; of another draft one that this never had."""
    number, _, seen = stamp.partition(" ")
    return seen if number == str(draft.number) else "another draft"


class DraftForm(forms.Form):
    """Any form about the draft: it says what its person has seen of it."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def stamp(self) -> str:
        return str(self.data.get("seen", ""))


class ClauseForm(PlainForm):
    """The figures and people of one clause, and the free words beside it."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    good_grades = forms.MultipleChoiceField(
        label="Good grades", required=False, widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label="In your own words",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    called = "agreement"
    instance: Agreement

    class Meta:
        model = Agreement
        fields = tuple(name for names in FIELDS_OF.values() for name in names)
        labels = {
            "marketing_owner": "Owner for marketing",
            "sales_owner": "Owner for sales",
            "escalates_to": "Escalates to",
            "weeks_below": "After so many weeks below the level",
            "review_every_days": "Reviewed every … days",
            "good_percent": "Of which good, in %",
            "coverage_percent": "Accepted leads that sales follows up, in %",
        }

    def __init__(self, *args: Any, code: str, text: str = "", **kwargs: Any) -> None:
        draft: Agreement = kwargs["instance"]
        kwargs["initial"] = {"text": text, "seen": stamp_of(draft)}
        super().__init__(*args, auto_id=f"id_{code}_%s", **kwargs)
        self.code = code
        self.stored: list[tuple[str, str]] = []
        for name in set(self._meta.fields or ()) - set(FIELDS_OF.get(code, ())):
            del self.fields[name]
        for name in self.fields.keys() & set(_PEOPLE):
            field = cast("forms.ModelChoiceField[User]", self.fields[name])
            field.queryset = _members(draft)
            field.empty_label = "Nobody yet"
        # A longer text is refused in words; the browser would cut what is pasted, and say nothing.
        self.fields["text"].widget.attrs.pop("maxlength")
        if "good_grades" in self.fields:
            grades = sorted({*grades_of(draft.workspace), *draft.good_grades})
            cast(forms.ChoiceField, self.fields["good_grades"]).choices = [(g, g) for g in grades]
        self.order_fields([*FIELDS_OF.get(code, ()), "text"])

    @property
    def terms(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIELDS_OF.get(self.code, ())}

    def clean_text(self) -> str:
        """Nobody signs what reads otherwise than it is stored."""
        text: str = self.cleaned_data["text"]
        if turned := _TURNS_LETTERS.search(text):
            place = text[: turned.start()].split()[-3:]
            raise ValidationError(
                "An invisible character turns the order of the letters around here"
                f"{', after “' + ' '.join(place) + '”' if place else ''}: "
                "type the words instead of pasting them."
            )
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "good_percent" in self.fields and not self.errors:
            if data["good_percent"] and not data["good_grades"]:
                self.add_error("good_grades", "Say which grades are good, or empty the percentage.")
            elif data["good_grades"] and not data["good_percent"]:
                self.add_error("good_percent", "Say how many per cent of them are to be good.")
        return data

    def refuse_stale(self, error: EditedMeanwhile, *, draft: Agreement, text: str) -> None:
        """Somebody has edited meanwhile: what was typed stays, what is stored is told beside it.
        Sent again, it takes the place of that."""
        self.add_error(None, ValidationError(faster_words(error)))
        typed = cast(QueryDict, self.data).copy()
        typed["seen"] = stamp_of(draft)
        now = ClauseForm(code=self.code, text=text, instance=draft)
        for name in (*FIELDS_OF.get(self.code, ()), "text"):
            if self.cleaned_data.get(name) != now.now_of(name):
                self.stored.append((str(self.fields[name].label), _shown(now.now_of(name))))
        self.data = typed

    def now_of(self, name: str) -> Any:
        return self.initial["text"] if name == "text" else getattr(self.instance, name)

    def _update_errors(self, errors: ValidationError) -> None:
        # The row as a whole is checked where it is written; here speaks each field for itself.
        if hasattr(errors, "error_dict"):
            errors.error_dict.pop(NON_FIELD_ERRORS, None)
        super()._update_errors(errors)


def faster_words(error: EditedMeanwhile) -> str:
    when = f" at {localtime(error.when):%H:%M}" if error.when else ""
    return (
        f"{error.who or 'Somebody'} has edited this draft{when}, since you opened it. "
        "What you typed is still here and is not saved yet. Look at what has changed; "
        "save again to put yours in its place."
    )


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return str(value) if value not in (None, "") else "nothing"


def _members(draft: Agreement) -> Any:
    current = Membership.objects.of(draft.workspace).current()
    return User.objects.filter(pk__in=current.values("user")).order_by("name", "pk")


class WithdrawForm(forms.Form):
    why = forms.CharField(
        label="Why it is taken back",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why it is taken back: the reason is kept with it."},
    )


class SignForm(forms.Form):
    """`hash` is that of the text which the page showed."""

    hash = forms.CharField(widget=forms.HiddenInput)
    side = forms.ChoiceField(
        choices=[(side.value, side.label) for side in (Side.MARKETING, Side.SALES)],
        widget=forms.HiddenInput,
    )
    read = forms.BooleanField(
        error_messages={"required": "Say that you have read it: your name will stand under it."}
    )

    def __init__(self, *args: Any, side: Side, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["read"].label = f"I have read it and sign for {side.label.lower()}"
