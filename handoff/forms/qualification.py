"""The qualification form as a lead sees it: a tier's two or three questions, nothing filled in.

What is known already is not shown: whoever has the link may have got it from somebody else.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from django import forms

from accounts.models import Workspace
from handoff.forms.leads import LeadForm
from handoff.forms.own_facts import OwnFact, said_of
from leadqual.capture import CompanyFacts, LeadFacts
from leadqual.custom_fields import Of, by_name, in_words, labels
from leadqual.models import Company, Lead, Timeline
from scoring.fact_choices import Choices, OwnFacts, askable, fact_choices

CHOOSE: Final = "Please choose"
QUESTIONS: Final = {
    "job_title": ("job_title", "What is your role?"),
    "phone": ("phone", "On which number can we reach you?"),
    "country": ("country", "In which country do you work?"),
    "timeline": ("timeline", "When do you want to start?"),
    "challenge": ("challenge", "What is your main challenge?"),
    "company.industry": ("industry", "Which industry is your company in?"),
    "company.country": ("company_country", "In which country is your company?"),
    "company.employees": ("employees", "How many people work at your company?"),
}
"""By the fact's name: the field of LeadForm that takes it, and how one asks for it. Nobody is
asked who they are: the link knows, and an answer must not make somebody else of them."""

_PERSON: Final = ("job_title", "phone", "country", "timeline", "challenge")
_COMPANY: Final = {
    "industry": "industry",
    "company_country": "country",
    "employees": "employees",
}
_KNOWN: Final = ("first_name", "last_name", "email", *_PERSON)
_LABELS: Final = {
    "job_title": "role",
    "phone": "phone",
    "country": "country",
    "challenge": "main challenge",
    "company.industry": "industry",
    "company.country": "company’s country",
    "company.employees": "company size",
}
_OF_COMPANY: Final = ("name", "domain", "industry", "country", "employees")
_STARTS: Final = {
    Timeline.IMMEDIATE.value: "starts immediately",
    Timeline.ONE_TO_THREE.value: "starts in 1–3 months",
    Timeline.THREE_TO_SIX.value: "starts in 3–6 months",
    Timeline.RESEARCHING.value: "is just researching",
}


def askable_facts(workspace: Workspace) -> Choices:
    """What a form may ask for, grouped for a choice: plain facts, and one's own that have a
    type."""
    there = askable(fact_choices(OwnFacts(labels=labels(workspace))))
    own = by_name(workspace)
    found: Choices = []
    for group, facts in there:
        if isinstance(facts, list):
            found.append((group, [fact for fact in facts if fact[0] in (*QUESTIONS, *own)]))
    return found


class QualificationForm(forms.Form):
    """Of a tier's questions those that can still be asked. Each may be left open, but not all.

    Who has no company and answers for it says which it is.
    """

    def __init__(self, *args: Any, asks: list[str], lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lead, self.names = lead, dict[str, str]()
        own = by_name(lead.workspace)
        for name in asks:
            if name in QUESTIONS:
                field_name, question = QUESTIONS[name]
                self._ask(name, field_name, _plain(field_name, question))
            elif name in own:
                self._ask(name, name, _own(OwnFact(own[name])))
        is_of_company = any(name.startswith("company.") for name in self.names)
        if is_of_company and lead.company is None:
            self.fields["company_name"] = _plain("company_name", "Where do you work?")

    def _ask(self, name: str, field_name: str, field: forms.Field) -> None:
        self.names[name] = field_name
        self.fields[field_name] = field

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if self.errors:
            return said
        if not self.said:
            raise forms.ValidationError("Please answer at least one question.")
        of_company = any(name.startswith("company.") for name in self.said)
        if of_company and "company_name" in self.fields and not said["company_name"]:
            self.add_error("company_name", "Please say where you work.")
        return said

    @property
    def said(self) -> dict[str, Any]:
        """The answers as they are kept, by the name of the fact; what was left open is left out."""
        values = {name: self.cleaned_data.get(at) for name, at in self.names.items()}
        return {name: value for name, value in values.items() if value not in ("", None)}

    @property
    def in_words(self) -> str:
        """“starts immediately; Budget: 12,500”."""
        return "; ".join(self._in_words(name, value) for name, value in self.said.items())

    def _in_words(self, name: str, value: Any) -> str:
        field = self.fields[self.names[name]]
        if isinstance(field, OwnFact):
            return f"{field.own.label}: {in_words(field.own, value)}"
        if name == "timeline":
            return _STARTS[value]
        shown = field.prepare_value(value)
        return f"{_LABELS[name]}: {shown}"

    def facts_of(self, lead: Lead) -> LeadFacts:
        """Everything that is known of the lead, with the answers in their places."""
        company = lead.company or Company(name=self.cleaned_data.get("company_name", ""))
        known = {name: getattr(lead, name) for name in _KNOWN}
        of_company = {name: getattr(company, name) for name in _OF_COMPANY}
        for name, value in self.said.items():
            at = self.names[name]
            if at in _PERSON:
                known[at] = value
            elif at in _COMPANY:
                of_company[_COMPANY[at]] = value
        return LeadFacts(
            **known,
            attributes=_without_blanks(said_of(self, Of.LEAD)),
            company=CompanyFacts(
                **of_company, attributes=_without_blanks(said_of(self, Of.COMPANY))
            ),
        )


def _plain(field_name: str, question: str) -> forms.Field:
    field = deepcopy(LeadForm.base_fields[field_name])
    field.label, field.help_text = question, ""
    if field_name == "timeline":
        choices = [choice for choice in Timeline.choices if choice[0]]
        return forms.ChoiceField(
            label=question, choices=choices, required=False, widget=forms.RadioSelect
        )
    return field


def _own(field: OwnFact) -> OwnFact:
    """A lead chooses nothing by leaving it; “Not known” is what one of ours would say."""
    if isinstance(field.widget, forms.Select):
        field.widget.choices = [("", CHOOSE), *list(field.widget.choices)[1:]]
    return field


def _without_blanks(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if value is not None}
