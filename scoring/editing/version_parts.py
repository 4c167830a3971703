"""The parts of a model version on its admin page: one list of rows each, in tabs."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.workspace_inlines import WordedInline
from scoring import rule_words
from scoring.editing.forms import BandForm, GradeForm, QualificationForm
from scoring.editing.intent_forms import IntentRuleForm
from scoring.editing.known_names import Known
from scoring.editing.list_forms import GroupForm, NamedListForm, TitleForm
from scoring.editing.rule_forms import AttributeRuleForm, DisqualifierForm, IcpForm, PersonaForm
from scoring.editing.version_checks import BandFormSet, GradeFormSet, PartFormSet, TitleFormSet
from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    GradeCell,
    IcpCriterion,
    IntentRule,
    ModelVersion,
    NamedList,
    PersonaLine,
    PointsGroup,
    QualificationRule,
    TitleLine,
)


def known_of(request: HttpRequest, version: ModelVersion) -> Known:
    """What the version defines, read once for all parts of the page."""
    if not hasattr(request, "_known_names"):
        typed = request.POST.dict() if request.method == "POST" else {}
        request._known_names = Known(version, typed)  # type: ignore[attr-defined]
    known: Known = request._known_names  # type: ignore[attr-defined]
    return known


class PartInline(WordedInline):
    """Rows of one version, each a sentence that opens for editing."""

    formset = PartFormSet
    template = "admin/scoring/rules.html"
    tab = True
    verbose_name = "rule"
    opened = False  # whether the rows show their fields from the start
    counted = True  # how many leads match is said beside each row
    about = ""  # what the rows are for, above them

    @admin.display(description="In words")
    def in_words(self, row: Any) -> str:
        return rule_words.in_words(row)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if isinstance(obj, ModelVersion):
            formset.known = formset.form.known = known_of(request, obj)
        return formset


class IcpInline(PartInline):
    model = IcpCriterion
    form = IcpForm
    fields = ("field", "operator", "value_text")
    verbose_name = "line of the ICP"
    verbose_name_plural = "ICP"
    about = "Who we can help: a lead matches the profile when every line holds."


class AttributeRuleInline(PartInline):
    model = AttributeRule
    form = AttributeRuleForm
    fields = ("name", "field", "operator", "value_text", "points", "axis", "persona", "group")
    verbose_name_plural = "Who they are"


class IntentRuleInline(PartInline):
    model = IntentRule
    form = IntentRuleForm
    fields = (
        *("name", "signal", "shape", "at_least", "later", "points", "window_days"),
        *("half_life_days", "decay_text", "cap", "source_text", "persona", "group"),
    )
    verbose_name_plural = "What they do"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if isinstance(obj, ModelVersion) and (field := formset.form.base_fields.get("signal")):
            known = known_of(request, obj)
            field.queryset = field.queryset.filter(pk__in=[each.pk for each in known.offered])
            # Asked once, not for each row.
            names = [(each.pk, known.signals[each.code]) for each in known.offered]
            field.choices = [("", field.empty_label), *names]
        return formset

    def get_queryset(self, request: HttpRequest) -> QuerySet[IntentRule]:
        rows: QuerySet[IntentRule] = super().get_queryset(request).select_related("signal")
        return rows


class DisqualifierInline(PartInline):
    model = Disqualifier
    verbose_name = "disqualifier"
    form = DisqualifierForm
    fields = ("name", "field", "operator", "value_text", "reason")
    about = "Flags that block the hand-off however active a lead is; they take no points."


class PersonaInline(PartInline):
    model = PersonaLine
    form = PersonaForm
    fields = ("persona", "field", "operator", "value_text")
    verbose_name = "line of a persona"
    verbose_name_plural = "Personas"
    about = (
        "Rules may count for one persona only. A lead is of a persona when all its lines hold; "
        "for inbound and outbound variants, ask for the direction of the first source."
    )


class GroupInline(PartInline):
    model = PointsGroup
    form = GroupForm
    fields = ("name", "axis", "cap")
    verbose_name = "group"
    verbose_name_plural = "Groups"
    counted = False
    about = "Rules of one group together count no more than its cap, up or down."


class NamedListInline(PartInline):
    model = NamedList
    form = NamedListForm
    fields = ("name", "kind", "entries_text")
    verbose_name = "list"
    verbose_name_plural = "Lists"
    counted = False
    about = (
        "Country groups, domains and words that rules name with “is on the list”. Further free "
        "mailboxes count wherever a rule asks for a free mailbox."
    )


class TitleInline(PartInline):
    model = TitleLine
    form = TitleForm
    formset = TitleFormSet
    fields = ("words_text", "seniority", "function", "position")
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name = "line of the title table"
    verbose_name_plural = "Job titles"
    about = (
        "What a job title says: the first line that fits and names a seniority gives the fact "
        "“seniority”, the first that names a function gives “function”. Rules may ask for both. "
        "Lines are read from the top: drag them, or move them with the arrows."
    )


class PlainInline(PartInline):
    """Rows that say all in their fields: shown as such, not as sentences."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple(self.fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ()


class BandInline(PlainInline):
    model = Band
    verbose_name = "band"
    form = BandForm
    formset = BandFormSet
    template = "admin/edit_inline/tabular.html"
    fields = ("axis", "name", "floor")


class GradeInline(PlainInline):
    """The matrix fit × intent as a grid: its cells follow the bands, only grades are chosen."""

    model = GradeCell
    form = GradeForm
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
    fields = (
        *("purpose", "fit_band", "fit_at_least", "intent_band", "intent_at_least"),
        "total_at_least",
    )
    verbose_name = "way to qualify"
    opened = True
    verbose_name_plural = "MQL and hand-off"
    about = (
        "Any one way is enough; within a way, everything that is filled in must be reached and no "
        "disqualifier may hold. Total is fit and intent together."
    )


PARTS: Sequence[type[PartInline]] = (
    IcpInline,
    AttributeRuleInline,
    IntentRuleInline,
    DisqualifierInline,
    QualificationInline,
    BandInline,
    GradeInline,
    PersonaInline,
    GroupInline,
    NamedListInline,
    TitleInline,
)
