"""What every dashboard is about: period, comparison, filters, split. All of it in the URL."""

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache, partial
from typing import Any, Final

from django import forms
from django.http import QueryDict

from accounts.models import Workspace
from handoff.dashboards.known_values import known_values
from handoff.dashboards.panel import Asked
from handoff.forms.days import IN_OUR_TIMES
from handoff.forms.dimension_fields import DimensionField
from handoff.metrics.dimensions import ALL, DIMENSIONS, NONE, Dimension, names_of
from handoff.metrics.periods import Grain, Period
from handoff.metrics.scope import Scope

DEFAULT_DAYS: Final = 90
FILTERS: Final = tuple(one for one in ALL if one.code != "rule")
COMPARED: Final = (("", "Nothing"), ("before", "Period before"), ("year", "Year before"))
EVERY: Final = (("", "Fitting"), ("week", "Week"), ("month", "Month"))
_day = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class DashboardForm(forms.Form):
    """Without dates: the last 90 days. A value that means nothing is shown as an error and left
    out; the page shows what is left.

    `splits` are the dimensions that the page can be split by; another one, from the address of
    another page, is as good as none. `trusted`: the query has been checked when it was kept, and
    its filters are taken as they are.
    """

    first = forms.DateField(label="From", required=False, widget=_day, validators=IN_OUR_TIMES)
    last = forms.DateField(label="To", required=False, widget=_day, validators=IN_OUR_TIMES)
    compare = forms.ChoiceField(label="Compared with", required=False, choices=COMPARED)
    every = forms.ChoiceField(label="Trends by", required=False, choices=EVERY)
    by = forms.ChoiceField(label="Split by", required=False)

    def __init__(
        self,
        query: QueryDict,
        *,
        workspace: Workspace,
        now: datetime,
        splits: Collection[str] = tuple(DIMENSIONS),
        trusted: bool = False,
    ) -> None:
        self.workspace, self.now, self.given = workspace, now, query
        self.today = now.astimezone(workspace.zone).date()
        usual = Period.last_days(DEFAULT_DAYS, today=self.today, zone=workspace.zone)
        super().__init__({"first": usual.first, "last": usual.last, **query.dict()})
        self._offer_splits(splits)
        known = lru_cache(lambda: known_values(workspace))
        for one in FILTERS:
            names = partial(_names, workspace, one, known)
            self.fields[one.code] = DimensionField(label=one.label, names=names, trusted=trusted)

    def _offer_splits(self, splits: Collection[str]) -> None:
        if self.data.get("by") in set(DIMENSIONS) - set(splits):
            self.data = {**self.data, "by": ""}
        offered = [(one.code, one.label) for one in ALL if one.code in splits]
        field = self.fields["by"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for mypy)
        field.choices = [("", "Nothing"), *offered]
        if not offered:
            del self.fields["by"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", "The last day lies before the first.")
        return cleaned

    @cached_property
    def asked(self) -> Asked:
        """What was asked for, as far as it makes sense."""
        self.is_valid()
        said = self.cleaned_data
        period = Period(said.get("first"), said.get("last"), self.workspace.zone)
        filters = {one.code: said[one.code] for one in FILTERS if said.get(one.code)}
        scope = Scope(self.workspace, period, filters)
        earlier = {"before": period.before, "year": period.year_before}.get(said.get("compare", ""))
        before = earlier() if earlier else None
        return Asked(
            scope,
            self.now,
            by=said.get("by", ""),
            every=said.get("every") or fitting(period),
            before=scope.during(before) if before else None,
        )

    def as_query(self, **changes: str) -> str:
        """The page's address with changes: what makes sense is kept, dates that were left out too,
        so that it shows the same period on any day."""
        self.is_valid()
        query = QueryDict(mutable=True)
        for name in self.fields:
            value = changes.get(name, str(self.cleaned_data.get(name) or ""))
            if value or name in ("first", "last"):
                query[name] = value
        return query.urlencode()

    @property
    def is_wordy(self) -> bool:
        """Whether the address says the same as a shorter one: a form that was sent names all of its
        fields, and names that were typed instead of what they stand for."""
        if self.errors or not {"first", "last"} <= set(self.given):
            return False
        said = {name: text for name, text in self.given.items() if name in self.fields}
        return said != QueryDict(self.as_query()).dict()

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The filters that are in force: words, and the address without each."""
        return [
            (
                f"{DIMENSIONS[code].label}: {self._name(code, value)}",
                self.as_query(**{code: ""}),
            )
            for code, value in self.asked.scope.filters.items()
        ]

    def _name(self, code: str, value: str) -> str:
        field = self.fields[code]
        assert isinstance(field, DimensionField)  # noqa: S101  (for mypy)
        return field.names.get(value, value)

    @property
    def without_filters(self) -> str:
        return self.as_query(**{one.code: "" for one in FILTERS})

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in DIMENSIONS]

    @property
    def filter_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in DIMENSIONS]

    @property
    def has_wrong_filter(self) -> bool:
        return any(field.errors for field in self.filter_fields)


def fitting(period: Period) -> Grain:
    """Weeks for up to half a year, months for more."""
    if period.first and period.last and period.last - period.first <= timedelta(days=190):
        return "week"
    return "month"


def _names(
    workspace: Workspace, one: Dimension, known: Callable[[], dict[str, list[str]]]
) -> dict[str, str]:
    names = names_of(workspace, one, known().get(one.code, []))
    named = sorted((name.lower(), value, name) for value, name in names.items() if value)
    blank = {NONE: one.blank} if "" in names else {}
    return {**{value: name for _, value, name in named}, **blank}


def presets(form: DashboardForm) -> list[tuple[str, str, bool]]:
    """Periods that people ask for often: words, address, whether it is the current one."""
    today = form.today
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    spans: list[tuple[str, date | None, date | None]] = [
        ("Last 30 days", today - timedelta(days=29), today),
        ("Last 90 days", today - timedelta(days=89), today),
        ("This quarter", quarter, today),
        ("Last 12 months", today - timedelta(days=364), today),
        ("All time", None, None),
    ]
    period = form.asked.scope.period
    return [
        (
            words,
            form.as_query(first=str(first or ""), last=str(last or "")),
            (period.first, period.last) == (first, last),
        )
        for words, first, last in spans
    ]
