"""All leads: filtered in the URL, sorted, paged by keyset."""

from django.db.models import Model, QuerySet
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.filters import LeadFilter
from handoff.lead_lists import SORTS, LeadList
from handoff.metrics.counting import leads_behind, total
from handoff.metrics.links import as_query, asked_fact
from handoff.metrics.scope import Scope
from handoff.metrics.words import figure_words
from leadqual.models import Lead

PILLS = ("stage", "grade")


class Filtered:
    """The leads that the URL asks for: those behind a figure, and the list's own filters."""

    def __init__(self, fact: tuple[Scope, str] | None, chosen: LeadFilter) -> None:
        self.fact, self.filter = fact, chosen
        self.form = chosen.form
        said = self.form.cleaned_data if self.form.is_valid() or self.form.is_bound else {}
        self.details = [
            f"{self.form[name].label} {_chosen(self.form[name], value)}"
            for name, value in said.items()
            if value not in (None, "", []) and name != "q"
        ]

    @property
    def leads(self) -> QuerySet[Lead]:
        leads: QuerySet[Lead] = self.filter.qs
        return leads

    @property
    def is_narrowed(self) -> bool:
        return self.fact is not None or bool(self.details or self.form.cleaned_data.get("q"))

    @property
    def pill_fields(self) -> list[BoundField]:
        return [self.form[name] for name in PILLS]

    @property
    def plain_fields(self) -> list[BoundField]:
        return [field for field in self.form if field.name not in (*PILLS, "q")]

    @property
    def figure_words(self) -> str:
        """What the figure counts that they are behind; blank where they are behind none."""
        return figure_words(*self.fact) if self.fact else ""

    @property
    def figure(self) -> int | None:
        """The figure itself: more than there are leads where one counts each time it happened. None
        where a lead is what it counts."""
        if self.fact is None or self.fact[1].startswith("since:"):
            return None
        scope, kind = self.fact
        return total(scope, [kind])[kind]

    @property
    def fact_query(self) -> dict[str, str]:
        """What asks for that figure, for the form to keep."""
        return as_query(*self.fact) if self.fact else {}


def _chosen(field: BoundField, value: object) -> str:
    """What was chosen, by its label where it has one, else as the field shows it."""
    if isinstance(value, Model):
        return str(value)
    labels = {str(code): str(label) for code, label in getattr(field.field, "choices", ())}
    values = value if isinstance(value, list) else [value]
    return " or ".join(labels.get(str(v), str(field.field.prepare_value(v))) for v in values)


def filtered(request: WorkspaceRequest) -> Filtered:
    """Erased people stay among those behind a figure, because the figure counts them."""
    fact = asked_fact(request.workspace, request.GET.dict())
    leads = leads_behind(*fact) if fact else Lead.objects.of(request.workspace).present()
    chosen = LeadFilter(request.GET, queryset=leads, request=request)
    return Filtered(fact, chosen)


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def leads(request: WorkspaceRequest) -> HttpResponse:
    found = filtered(request)
    page = LeadList(
        found.leads,
        now=timezone.now(),
        sort=request.GET.get("sort", ""),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {"found": found, "form": found.form, "list": page, "sorts": SORTS.values()}
    return render(request, "handoff/leads.html", context)
