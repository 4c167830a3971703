"""The parts of a model version on its admin page: one list of rows each, in tabs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.workspace_inlines import WorkspaceTabularInline
from scoring import rule_words
from scoring.fact_choices import own_facts
from scoring.forms import BandForm, QualificationForm
from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    GradeCell,
    IcpCriterion,
    IntentRule,
    ModelVersion,
    QualificationRule,
)
from scoring.rule_forms import (
    AttributeRuleForm,
    ConditionForm,
    DisqualifierForm,
    IcpForm,
    IntentRuleForm,
)
from scoring.version_checks import BandFormSet, GradeFormSet, PartFormSet, QualificationFormSet


class PartInline(WorkspaceTabularInline):
    """Rows of one version; their forms know the workspace and the facts it has."""

    formset = PartFormSet
    tab = True
    verbose_name = "rule"
    read_fields: tuple[str, ...] = ()  # what the page of a published version shows

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if self.read_fields and not self.has_change_permission(request, obj):
            return self.read_fields
        return tuple(self.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if self.has_change_permission(request, obj) else self.read_fields

    @admin.display(description="In words")
    def in_words(self, row: Any) -> str:
        return rule_words.in_words(row)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        # Where rows are edited, their words stand above the fields.
        self.hide_title = not self.has_change_permission(request, obj)
        formset = super().get_formset(request, obj, **kwargs)
        if isinstance(obj, ModelVersion):
            formset.form.workspace = obj.workspace
            if issubclass(self.form, ConditionForm):
                formset.form.facts = _facts(request, obj)
        return formset


def _facts(request: HttpRequest, version: ModelVersion) -> Any:
    """Read once for the three lists of conditions on the page."""
    if not hasattr(request, "_custom_facts"):
        request._custom_facts = own_facts(version.workspace)  # type: ignore[attr-defined]
    return request._custom_facts  # type: ignore[attr-defined]


class IcpInline(PartInline):
    model = IcpCriterion
    form = IcpForm
    fields = ("field", "operator", "value_text")
    read_fields = ("in_words",)
    verbose_name = "line of the ICP"
    verbose_name_plural = "ICP"


class AttributeRuleInline(PartInline):
    model = AttributeRule
    form = AttributeRuleForm
    fields = ("name", "field", "operator", "value_text", "points", "axis")
    read_fields = ("name", "in_words")
    verbose_name_plural = "Who they are"


class IntentRuleInline(PartInline):
    model = IntentRule
    form = IntentRuleForm
    fields = (
        "name",
        "signal",
        "points",
        "at_least",
        "window_days",
        "half_life_days",
        "cap",
        "source_text",
    )
    read_fields = ("name", "in_words")
    verbose_name_plural = "What they do"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if signal := formset.form.base_fields.get("signal"):
            signal.choices = list(signal.choices)  # asked once, not for each row
        return formset

    def get_queryset(self, request: HttpRequest) -> QuerySet[IntentRule]:
        rows: QuerySet[IntentRule] = super().get_queryset(request).select_related("signal")
        return rows


class DisqualifierInline(PartInline):
    model = Disqualifier
    verbose_name = "disqualifier"
    form = DisqualifierForm
    fields = ("name", "field", "operator", "value_text", "reason")
    read_fields = ("name", "in_words", "reason")


class BandInline(PartInline):
    model = Band
    verbose_name = "band"
    form = BandForm
    formset = BandFormSet
    fields = ("axis", "name", "floor")


class GradeInline(PartInline):
    """The matrix fit × intent as a grid: its cells follow the bands, only grades are chosen."""

    model = GradeCell
    formset = GradeFormSet
    template = "admin/scoring/grade_matrix.html"
    fields = ("grade",)
    verbose_name_plural = "Grades"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class QualificationInline(PartInline):
    model = QualificationRule
    form = QualificationForm
    formset = QualificationFormSet
    fields = ("purpose", "fit_at_least", "intent_at_least", "total_at_least")
    read_fields = ("in_words",)
    verbose_name = "way to qualify"
    verbose_name_plural = "MQL and hand-off"


PARTS = (
    IcpInline,
    AttributeRuleInline,
    IntentRuleInline,
    DisqualifierInline,
    BandInline,
    GradeInline,
    QualificationInline,
)
