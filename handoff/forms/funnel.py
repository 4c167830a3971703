"""What the funnel page is about: the period, one source or rep, and how to lay it out."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.access import Permission, members_with
from accounts.models import User, Workspace
from handoff.forms.days import IN_OUR_TIMES
from handoff.metrics.periods import Period
from handoff.metrics.scope import NONE, NONE_IN_WORDS, By, Scope
from handoff.models import Handoff
from leadqual.models import Source

DEFAULT_DAYS = 90
BY = (("week", "Week"), ("month", "Month"), ("source", "Source"), ("rep", "Rep"))
_day = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class FunnelForm(forms.Form):
    """All in the URL, so that a view can be shared. Without dates: the last 90 days."""

    first = forms.DateField(label="From", required=False, widget=_day, validators=IN_OUR_TIMES)
    last = forms.DateField(label="To", required=False, widget=_day, validators=IN_OUR_TIMES)
    source = forms.ChoiceField(required=False)
    rep = forms.ChoiceField(required=False)
    by = forms.ChoiceField(
        label="Line by line",
        required=False,
        choices=BY,
    )

    def __init__(self, query: QueryDict, *, workspace: Workspace, today: date) -> None:
        self.workspace = workspace
        usual = Period.last_days(DEFAULT_DAYS, today=today, zone=workspace.zone)
        said = {"first": usual.first, "last": usual.last, "by": "week", **query.dict()}
        super().__init__(said)
        sources = Source.objects.of(workspace).values_list("code", "name")
        self._choices("source", "All sources", sources)
        self._choices("rep", "All reps", _reps(workspace))

    def _choices(self, name: str, every: str, known: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [("", every), *known, (NONE, NONE_IN_WORDS[name])]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            self.add_error("last", "The last day lies before the first.")
        return cleaned

    @property
    def scope(self) -> Scope:
        """What was asked for, as far as it makes sense."""
        self.is_valid()
        said = self.cleaned_data
        return Scope(
            self.workspace,
            Period(said.get("first"), said.get("last"), self.workspace.zone),
            source=said.get("source", ""),
            rep=said.get("rep", ""),
        )

    @property
    def line_by_line(self) -> By:
        self.is_valid()
        chosen: By = self.cleaned_data.get("by") or "week"
        return chosen

    def as_query(self, **changes: str) -> str:
        """The page's address with changes: what is said is kept, dates that were left out too."""
        query = QueryDict(mutable=True)
        for name in self.fields:
            value = changes.get(name, self.data.get(name, ""))
            if value or name in ("first", "last"):
                query[name] = str(value)
        return query.urlencode()


def _reps(workspace: Workspace) -> list[tuple[str, str]]:
    """Those who may be offered leads, and those who once were."""
    once = Handoff.objects.of(workspace).values("rep")
    reps = members_with(workspace, Permission.DECIDE_OFFERS) | User.objects.filter(pk__in=once)
    return [(str(rep.pk), str(rep)) for rep in reps.order_by("name", "pk").distinct()]


def presets(form: FunnelForm, *, today: date) -> list[tuple[str, str, bool]]:
    """Periods that people ask for often: words, address, whether it is the current one."""
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    spans: list[tuple[str, date | None, date | None]] = [
        ("Last 30 days", today - timedelta(days=29), today),
        ("Last 90 days", today - timedelta(days=89), today),
        ("This quarter", quarter, today),
        ("Last 12 months", today - timedelta(days=364), today),
        ("All time", None, None),
    ]
    period = form.scope.period
    return [
        (
            words,
            form.as_query(first=str(first or ""), last=str(last or "")),
            (period.first, period.last) == (first, last),
        )
        for words, first, last in spans
    ]
