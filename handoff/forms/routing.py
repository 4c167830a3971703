"""Admin forms of routing: rules with their conditions and result, pools, reps."""

from typing import Any, Final, cast

from django import forms
from django.http import QueryDict
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.workspace_form import WorkspaceForm
from accounts.workspace_rows import RowsFormSet
from handoff.forms.lead_conditions import CONDITION_FIELDS, LeadConditionsForm
from handoff.lead_conditions import Conditions
from handoff.models import Pool, Rep, RoutingRule
from handoff.rule_checks import rule_in_words, wrong_conditions, wrong_result
from handoff.rule_names import RuleNames

DAYS: Final = (7, 30, 90)
"""How far back a dry run may look."""
_COLUMNS = {"person": "person_id", "pool": "pool_id", "track": "track_id"}


class RuleForm(LeadConditionsForm):
    """One rule of the draft; a stored one reads itself back in words as its title. `names` is set
    by the page, once for all its rows."""

    names: RuleNames
    instance: RoutingRule
    called = "rule"

    result = forms.ChoiceField(
        label="Leads go to",
        widget=UnfoldAdminSelectWidget,
        error_messages={"required": "Choose where the leads go: a person, a pool or a track."},
    )
    position = forms.IntegerField(
        required=False, min_value=0, max_value=30_000, widget=forms.HiddenInput
    )

    class Meta:
        model = RoutingRule
        fields = ("position", "name", *CONDITION_FIELDS)

    class Media:
        js = ("js/admin.js",)
        css = {"all": ("css/admin-rules.css", "css/admin-routing.css")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if row.pk:
            row.get_inline_title = rule_in_words(row, self.names)  # type: ignore[attr-defined]
            self.initial["result"] = _key(row)
        if "result" not in self.fields:
            return
        if not row.pk:
            self.initial["position"] = None  # the formset puts new rules at the end
        cast(forms.ChoiceField, self.fields["result"]).choices = self._results()

    def _results(self) -> list[Any]:
        """People, pools and tracks; with the one in use, though it may be refused by its name."""
        names, row = self.names, self.instance
        people = {f"person:{pk}": name for pk, name in names.people.items()}
        pools = {
            f"pool:{pk}": f"{pool} (paused)" if pool.is_paused else str(pool)
            for pk, pool in names.pools.items()
        }
        tracks = {f"track:{pk}": str(t) for pk, t in names.tracks.items() if t.is_active}
        if row.person_id:
            people.setdefault(_key(row), f"{row.person} (does not decide offers)")
        if row.track_id:
            tracks.setdefault(_key(row), f"{row.track} (out of use)")
        groups = (("Pools", pools), ("People", people), ("Nurture tracks", tracks))
        return [("", "Choose"), *((name, [*found.items()]) for name, found in groups if found)]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if chosen := data.get("result"):
            kind, _, pk = chosen.partition(":")
            for name, column in _COLUMNS.items():
                setattr(self.instance, column, int(pk) if name == kind else None)
            if why := wrong_result(self.instance, self.names):
                self.add_error("result", why)
        return data

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # it fills the row from what was typed
        for field, text in wrong_conditions(self._typed(), self.names):
            if field in self.fields and field not in self.errors:
                self.add_error(field, text)

    def _typed(self) -> Conditions:
        """Without tiers, which a new row cannot have yet: those offered are there."""
        names = Conditions.__dataclass_fields__.keys() - {"tiers"}
        return Conditions(**{name: getattr(self.instance, name) for name in names})


def _key(rule: RoutingRule) -> str:
    """What stands for the rule's result among the choices."""
    kind = next(name for name, column in _COLUMNS.items() if getattr(rule, column))
    return f"{kind}:{getattr(rule, _COLUMNS[kind])}"


class RuleFormSet(RowsFormSet):
    """The rules of the draft."""

    called = "rule"
    twins = ("name",)
    ordered = True


class PoolForm(WorkspaceForm):
    class Meta:
        model = Pool
        fields = ("name", "is_paused", "calendar")
        help_texts = {"is_paused": "Nobody takes a turn in it; its leads wait, or go elsewhere."}


class RepForm(WorkspaceForm):
    class Meta:
        model = Rep
        fields = (
            *("user", "is_active", "offers_per_day", "most_open", "most_a_day", "most_a_week"),
            "calendar",
        )
        help_texts = {
            "most_open": "So many undecided offers and no more. Empty: no limit.",
            "most_a_day": "By the days of the workspace. Empty: no limit.",
            "most_a_week": "From Monday to Sunday. Empty: no limit.",
            "calendar": "Offers only in these hours. Empty: in those of the pool, or at any.",
        }

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        day, week = data.get("most_a_day"), data.get("most_a_week")
        if day and week and week < day:
            self.add_error("most_a_week", f"A week takes fewer than a day ({day}): raise it.")
        return data


class DryRunForm(forms.Form):
    """All in the URL; what cannot be read is the usual."""

    USUAL = 30
    days = forms.ChoiceField(
        label="Leads of the last",
        choices=[(days, f"{days} days") for days in DAYS],
        widget=UnfoldAdminSelectWidget,
    )
    hours = forms.ChoiceField(
        label="Reps can take a lead",
        required=False,
        choices=[
            ("", "whenever it comes"),
            ("kept", "in their hours, not when away, up to their caps a day and a week"),
        ],
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, query: QueryDict) -> None:
        super().__init__({"days": self.USUAL, **query.dict()})

    @property
    def said(self) -> tuple[int, bool]:
        """How many days, and whether hours, absences and caps hold."""
        if not self.is_valid():
            return self.USUAL, False
        return int(self.cleaned_data["days"]), self.cleaned_data["hours"] == "kept"
