"""The facts that a reason asks a rep for: those of the lead's own page, as many as are asked.

What is typed is read, checked and shown exactly as where the whole lead is corrected.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from django import forms

from accounts.models import Workspace
from handoff.forms.leads import EditLeadForm
from handoff.forms.own_facts import OwnFact
from handoff.reasons import Correction
from leadqual.capture import CompanyFacts, LeadFacts
from leadqual.custom_fields import Of, custom_fields
from leadqual.models import Lead

TERRITORY: Final = "country"
"""The country that routing goes by: of the company, or of a lead that has none."""

_CHOICES: Final = (
    ("email", "E-mail address"),
    ("phone", "Phone"),
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("job_title", "Job title"),
    (TERRITORY, "Country (of the company, or of a lead without one)"),
    ("company_name", "Company"),
    ("domain", "Company’s domain"),
    ("industry", "Industry"),
    ("employees", "Company size"),
    ("timeline", "When they want to start"),
    ("challenge", "Main challenge"),
)
_OF_COMPANY: Final = frozenset({"domain", "industry", "employees"})


def askable(workspace: Workspace | None) -> list[tuple[str, str]]:
    """What a reason may ask, with its label: what every lead is asked, and the workspace's own."""
    own = [
        (own.name, f"{own.label} (your own fact)")
        for of in (Of.LEAD, Of.COMPANY)
        for own in (custom_fields(workspace, of) if workspace else ())
    ]
    return [*_CHOICES, *own]


class AskedFacts(EditLeadForm):
    """The facts that any of some reasons asks, filled with what is known.

    The names are those of `askable`; a fact of the workspace's own that is no more is not asked.
    """

    KNOWN = (*EditLeadForm.PERSON, *EditLeadForm.COMPANY, *EditLeadForm.QUALIFICATION)

    def __init__(self, *args: Any, lead: Lead, names: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, lead=lead, **kwargs)
        asked = self.fields_of(names)
        self.fields = {name: self.fields[name] for name in asked}

    def fields_of(self, names: Collection[str]) -> list[str]:
        """The fields by which these facts are asked of this lead, in the order of the form.

        Without a company, its name is asked before anything else of it.
        """
        asked = set(names)
        if TERRITORY in asked and self.lead.company_id:
            asked = (asked - {TERRITORY}) | {"company_country"}
        if not self.lead.company_id and asked & _OF_COMPANY:
            asked.add("company_name")
        return [name for name in self.fields if name in asked]

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data  # the lead can be named already, or is not asked how

    def correction(self, names: Collection[str]) -> Correction | None:
        """What is new in the answers to these facts; None where nothing is."""
        said = {name: self.cleaned_data[name] for name in self.fields_of(names)}
        changed = {
            name: {
                "label": str(self[name].label),
                "was": self._words(name, self._known(name)),
                "is": self._words(name, value),
            }
            for name, value in said.items()
            if value != self._known(name)
        }
        return Correction(self._facts(said), changed) if changed else None

    def _known(self, name: str) -> Any:
        field = self.fields[name]
        if isinstance(field, OwnFact):
            return field.clean(field.initial)
        return self.initial[name]

    def _words(self, name: str, value: Any) -> str:
        if value in (None, ""):
            return ""
        field = self.fields[name]
        words: Any = field.prepare_value(value)
        if isinstance(field, forms.ChoiceField):
            words = dict(field.choices).get(value, words)  # type: ignore[arg-type]
        return str(words)

    def _facts(self, said: Mapping[str, Any]) -> LeadFacts:
        """All that is known of the lead, with what was said; of its own facts only those said."""
        now = {name: self.initial[name] for name in self.KNOWN} | dict(said)
        of_company = CompanyFacts(
            name=now["company_name"],
            domain=now["domain"],
            industry=now["industry"],
            country=now["company_country"],
            employees=now["employees"],
            attributes=self._own(said, Of.COMPANY),
        )
        plain = {name: now[name] for name in (*self.PERSON, *self.QUALIFICATION)}
        return LeadFacts(**plain, company=of_company, attributes=self._own(said, Of.LEAD))

    def _own(self, said: Mapping[str, Any], of: str) -> dict[str, Any]:
        own = {name: f for name, f in self.fields.items() if isinstance(f, OwnFact)}
        return {f.own.key: said[name] for name, f in own.items() if f.own.of == of and name in said}
