"""The filters of the list of leads, in the URL so that a view can be shared."""

from datetime import date
from typing import Any, Final

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils import timezone

from accounts.access import Permission, members_with
from accounts.models import User, Workspace
from handoff.forms.days import IN_OUR_TIMES
from handoff.forms.leads import CountryField
from handoff.metrics.dimensions import DIMENSIONS, NONE
from handoff.metrics.periods import Period
from handoff.models import CallBack, Release
from handoff.promises import unworked
from leadqual.models import Lead, LeadQuerySet, Source
from leadqual.search import named_like
from leadqual.stages import Stage
from scoring.models import GradeCell
from scoring.standing import grade_case, published_version, total_case

_UNGRADED: Final = "-"
_date = forms.DateInput({"type": "date"})


class CountryFilter(filters.CharFilter):  # type: ignore[misc]
    field_class = CountryField


class LeadFilter(filters.FilterSet):  # type: ignore[misc]
    """Of one workspace's leads. A value that means nothing is shown as an error and left out."""

    q = filters.CharFilter(
        label="Search",
        method="search",
        widget=forms.TextInput({"type": "search", "placeholder": "Name, e-mail or company"}),
    )
    stage = filters.MultipleChoiceFilter(
        label="Stage", choices=Stage.choices, widget=forms.CheckboxSelectMultiple
    )
    grade = filters.MultipleChoiceFilter(
        label="Grade, as computed",
        choices=[*GradeCell.Grade.choices, (_UNGRADED, "None")],
        method="of_grade",
        widget=forms.CheckboxSelectMultiple,
    )
    offer = filters.ChoiceFilter(
        label="Offer",
        choices=[("waiting", "waits to be released")],
        method="of_offer",
        empty_label="Any",
    )
    follow_up = filters.ChoiceFilter(
        label="Follow-up",
        choices=[("unworked", "unworked"), ("call_back", "to be called back")],
        method="followed_up",
        empty_label="Any",
    )
    source = filters.ModelChoiceFilter(
        label="First source",
        field_name="first_source",
        to_field_name="code",
        queryset=lambda request: Source.objects.of(request.workspace),
        empty_label="Any",
        null_label=DIMENSIONS["source"].blank,
        null_value=NONE,
    )
    owner = filters.ModelChoiceFilter(
        label="Rep",
        queryset=lambda request: members_with(request.workspace, Permission.DECIDE_OFFERS),
        empty_label="Anybody",
        null_label=DIMENSIONS["rep"].blank,
        null_value="nobody",
    )
    country = CountryFilter(label="Country", method="of_country")
    industry = filters.CharFilter(
        label="Industry", field_name="company__industry", lookup_expr="icontains"
    )
    captured_from = filters.DateFilter(
        label="Captured from", method="captured", widget=_date, validators=IN_OUR_TIMES
    )
    captured_to = filters.DateFilter(
        label="Captured to", method="captured", widget=_date, validators=IN_OUR_TIMES
    )
    score_from = filters.NumberFilter(label="Computed score from", method="scored", min_value=0)
    score_to = filters.NumberFilter(label="Computed score to", method="scored", max_value=200)

    class Meta:
        model = Lead
        fields: list[str] = []

    @property
    def workspace(self) -> Workspace:
        workspace: Workspace = self.request.workspace
        return workspace

    def search(self, leads: LeadQuerySet, _: str, text: str) -> QuerySet[Lead]:
        return named_like(leads, text, workspace=self.workspace)

    def of_grade(self, leads: LeadQuerySet, _: str, grades: list[str]) -> QuerySet[Lead]:
        version = published_version(self.workspace)
        if not grades or version is None:
            return leads
        wanted = ["" if grade == _UNGRADED else grade for grade in grades]
        return leads.alias(grade=grade_case(version)).filter(grade__in=wanted)

    def of_offer(self, leads: LeadQuerySet, _: str, __: str) -> QuerySet[Lead]:
        """Those that a publication made ready for sales, and that are not released yet."""
        waiting = Release.objects.of(self.workspace).waiting()
        return leads.filter(pk__in=waiting.values("lead"))

    def followed_up(self, leads: LeadQuerySet, _: str, asked: str) -> QuerySet[Lead]:
        """Accepted ones with fewer touches than promised in the time; or those that wait for a call
        on a date."""
        if asked == "call_back":
            wishes = CallBack.objects.of(self.workspace).pending()
            return leads.filter(pk__in=wishes.values("lead"))
        return leads.filter(pk__in=unworked(self.workspace, now=timezone.now()).values("lead"))

    def of_country(self, leads: LeadQuerySet, _: str, code: str) -> QuerySet[Lead]:
        """The person's own country, or where they say none, their company's."""
        return leads.filter(Q(country=code) | Q(country="", company__country=code))

    def captured(self, leads: LeadQuerySet, name: str, day: date) -> QuerySet[Lead]:
        """Days begin at midnight in the workspace's zone; the last one is included."""
        zone = self.workspace.zone
        if name == "captured_from":
            return leads.filter(captured_at__gte=Period(first=day, zone=zone).starts_at)
        return leads.filter(captured_at__lt=Period(last=day, zone=zone).ends_at)

    def scored(self, leads: LeadQuerySet, name: str, points: Any) -> QuerySet[Lead]:
        total = total_case()
        if name == "score_from":
            return leads.filter(GreaterThanOrEqual(total, points))
        return leads.filter(LessThanOrEqual(total, points), score__isnull=False)

    @property
    def rep(self) -> User | None:
        owner = self.form.cleaned_data.get("owner") if self.form.is_valid() else None
        return owner if isinstance(owner, User) else None
