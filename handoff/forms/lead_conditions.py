"""Which leads a row is for, as an admin types it: the shared part of rules' and tracks' forms."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import Workspace
from accounts.workspace_form import WorkspaceForm
from handoff.models import Tier
from leadqual.countries import country_name
from leadqual.models import Source
from scoring.fact_choices import Choices, fact_choices, own_facts
from scoring.models import GradeCell
from scoring.typed_entries import LONGEST_ENTRY, BadValue, read_country, split

CONDITION_FIELDS: Final = (
    *("countries", "regions", "industries", "employees_from", "employees_to", "title_words"),
    *("pain_words", "fact", "fact_values", "sources", "grades", "tiers"),
)
"""In the order in which a page shows them."""
MOST_ENTRIES = 100


@dataclass(frozen=True)
class Offered:
    """What conditions may name in one workspace; read once for all rows of a page."""

    sources: list[tuple[str, str]]
    facts: Choices
    tiers: list[Tier]


def offered_in(workspace: Workspace) -> Offered:
    return Offered(
        sources=list(Source.objects.of(workspace).values_list("code", "name")),
        facts=fact_choices(own_facts(workspace)),
        tiers=list(Tier.objects.of(workspace)),
    )


class EntriesField(forms.CharField):
    """A list, typed with commas between its entries. `read` makes one of what was typed."""

    def __init__(
        self, *, read: Callable[[str], str] = str, shown: Callable[[str], str] = str, **kwargs: Any
    ) -> None:
        self.read, self.shown = read, shown
        super().__init__(required=False, **kwargs, widget=UnfoldAdminTextInputWidget)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(self.shown, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        entries = split(super().clean(value))
        if len(entries) > MOST_ENTRIES:
            raise forms.ValidationError(f"These are {len(entries)}; {MOST_ENTRIES} are enough.")
        if too_long := next((each for each in entries if len(each) > LONGEST_ENTRY), ""):
            raise forms.ValidationError(
                f"“{too_long[:40]}…” is longer than {LONGEST_ENTRY} characters."
            )
        try:
            return list(dict.fromkeys(map(self.read, entries)))
        except BadValue as bad:
            raise forms.ValidationError(str(bad)) from bad

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != (initial or []))
        except forms.ValidationError:
            return True


_several = partial(forms.MultipleChoiceField, required=False)
_size = partial(
    forms.IntegerField, required=False, min_value=1, widget=UnfoldAdminIntegerFieldWidget
)


class LeadConditionsForm(WorkspaceForm):
    """Fields of `handoff.models.LeadConditions`; a page that has many rows sets `offered` once."""

    offered: Offered | None = None

    countries = EntriesField(
        read=read_country, shown=country_name, help_text="Names or codes: Germany, AT."
    )
    regions = EntriesField(help_text="As the companies' facts say: Bavaria, Tyrol.")
    industries = EntriesField(label="Segments (industries)")
    employees_from = _size(label="People at the company, from")
    employees_to = _size(label="to")
    title_words = EntriesField(
        label="Roles", help_text="Words of the job title, any of them: vp, head of sales."
    )
    pain_words = EntriesField(
        label="Pains", help_text="Words of the main challenge, any of them: churn, reporting."
    )
    fact = forms.ChoiceField(label="One fact more", required=False, widget=UnfoldAdminSelectWidget)
    fact_values = EntriesField(label="is one of", help_text="Empty: it is enough that it is known.")
    sources = _several(label="First sources", widget=UnfoldAdminCheckboxSelectMultipleWidget)
    grades = _several(
        label="Grades",
        choices=GradeCell.Grade.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    tiers = forms.ModelMultipleChoiceField(
        label="Tiers",
        required=False,
        queryset=Tier.objects.none(),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.workspace is None or "fact" not in self.fields:
            return  # a page that only shows
        offered = self.offered or offered_in(self.workspace)
        facts = list(offered.facts)
        used = self.instance.fact
        if used and used not in {name for _, name in _flat(facts)}:
            facts.append((used, used))  # nobody has it any more; the rule still asks for it
        self._choose("fact", [("", "None"), *facts[1:]])
        gone = [code for code in self.instance.sources if code not in dict(offered.sources)]
        self._choose("sources", [*offered.sources, *((code, code) for code in gone)])
        tiers = cast("forms.ModelMultipleChoiceField[Tier]", self.fields["tiers"])
        tiers.queryset = Tier.objects.of(self.workspace)
        tiers.choices = [(tier.pk, tier.name) for tier in offered.tiers]

    def _choose(self, name: str, choices: Choices) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def clean(self) -> dict[str, Any] | None:
        said = super().clean() or self.cleaned_data
        least, most = said.get("employees_from"), said.get("employees_to")
        if least and most and least > most:
            self.add_error("employees_to", f"Write {least} or more, or leave it empty.")
        if said.get("fact_values") and not said.get("fact") and "fact" not in self.errors:
            self.add_error("fact", "Choose the fact that has these values.")
        return said


def _flat(choices: Choices) -> list[tuple[str, str]]:
    """Labels and names, groups opened."""
    found: list[tuple[str, str]] = []
    for name, shown in choices:
        inner = [(label, each) for each, label in shown] if isinstance(shown, list) else []
        found += inner or [(str(shown), name)]
    return found
