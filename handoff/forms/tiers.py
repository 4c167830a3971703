"""The admin form of a tier: whom it is for, what is done with them, and the mail and form."""

from collections.abc import Collection
from typing import Any, Final, cast

from django import forms
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from accounts.workspace_form import WorkspaceForm
from handoff import qualification_mail
from handoff.forms.qualification import askable_facts
from handoff.models import Tier
from handoff.qualification_mail import BadText
from handoff.starter_tiers import BODY, SUBJECT
from scoring.engine.definitions import definitions_of
from scoring.engine.fields import label_of
from scoring.standing import published_version

MOST_ASKED: Final = 3
_BY_MAIL = Tier.Playbook.EMAIL_FORM


def grades_of(workspace: Any) -> list[str]:
    """Those that the published model gives, the best first; none where none is published."""
    version = published_version(workspace)
    return sorted(set(definitions_of(version).grades.values())) if version else []


def _several(label: str, help_text: str) -> forms.MultipleChoiceField:
    widget = UnfoldAdminSelect2MultipleWidget(attrs={"aria-label": label})
    return forms.MultipleChoiceField(
        label=label, required=False, widget=widget, help_text=help_text
    )


class TierForm(WorkspaceForm):
    grades = _several("Grades", "Empty: of any grade, and of none.")
    form_asks = _several(
        "The form asks for", "Two or three questions are answered; more of them are not."
    )

    class Meta:
        model = Tier
        fields = (
            *("name", "grades", "employees_from", "employees_to", "playbook", "is_hot"),
            *("track", "form_asks", "mail_subject", "mail_body"),
        )
        labels = {
            "employees_from": "Company size from",
            "employees_to": "Company size to",
            "mail_subject": "Subject of the mail",
            "mail_body": "Text of the mail",
        }
        help_texts = {
            "employees_from": "Employees, ends included. A company whose size is not known fits "
            "only a tier that does not ask for it.",
        }

    class Media:
        js = ("js/admin.js",)  # names the search boxes

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "grades" not in self.fields or self.workspace is None:
            return
        self.there = grades_of(self.workspace)
        self._offer("grades", self.there, [(grade, grade) for grade in self.there])
        self.askable = askable_facts(self.workspace)
        names = [name for _, facts in self.askable for name, _ in cast(Any, facts)]
        self._offer("form_asks", names, self.askable)
        told = "; ".join(
            f"${name} is {what}" for name, what in qualification_mail.VARIABLES.items()
        )
        self.fields["mail_body"].help_text = f"It may name: {told}. The rep may change it."
        if self.instance._state.adding:
            self.initial["mail_subject"], self.initial["mail_body"] = SUBJECT, BODY

    def _offer(self, field: str, there: Collection[str], choices: list[Any]) -> None:
        """What there is, and what the row says though it is gone: it is refused by name."""
        gone = [said for said in getattr(self.instance, field) if said not in there]
        cast(forms.MultipleChoiceField, self.fields[field]).choices = [
            *choices,
            *((said, f"{label_of(said)} (is gone)") for said in gone),
        ]

    def clean_grades(self) -> list[str]:
        grades: list[str] = self.cleaned_data["grades"]
        if gone := [grade for grade in grades if grade not in self.there]:
            raise forms.ValidationError(f"The published model gives no grade {', '.join(gone)}.")
        return grades

    def clean_form_asks(self) -> list[str]:
        asks: list[str] = self.cleaned_data["form_asks"]
        names = [name for _, facts in self.askable for name, _ in cast(Any, facts)]
        if gone := [label_of(name) for name in asks if name not in names]:
            raise forms.ValidationError(f"Nobody can be asked any more for {', '.join(gone)}.")
        if len(asks) > MOST_ASKED:
            raise forms.ValidationError(
                f"{len(asks)} questions are too many for a mail; {MOST_ASKED} fit."
            )
        return asks

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        least, most = data.get("employees_from"), data.get("employees_to")
        if least and most and least > most:
            self.add_error("employees_to", f"No size lies from {least:,} to {most:,}.")
        if data.get("playbook") != Tier.Playbook.CONTENT_ONLY:
            data["track"] = None
        if data.get("playbook") == _BY_MAIL:
            self._check_mail(data)
        return data

    def _check_mail(self, data: dict[str, Any]) -> None:
        if not data.get("form_asks") and "form_asks" not in self.errors:
            self.add_error("form_asks", "Choose what the form asks for.")
        for field, check in (
            ("mail_subject", qualification_mail.check),
            ("mail_body", qualification_mail.check_body),
        ):
            text = data.get(field, "")
            if not text.strip():
                self.add_error(field, "Write the mail’s text: it is sent by this playbook.")
                continue
            try:
                check(text)
            except BadText as error:
                self.add_error(field, str(error))

    def save(self, commit: bool = True) -> Any:
        if self.instance._state.adding and self.workspace is not None:
            last = Tier.objects.of(self.workspace).order_by("-position").first()
            self.instance.position = last.position + 1 if last else 0
        return super().save(commit)
