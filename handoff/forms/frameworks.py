"""Admin forms of qualification frameworks and of which of them is asked when."""

from typing import Any

from django import forms
from django.db.models import Count
from django.template.defaultfilters import slugify
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.workspace_form import PlainForm, WorkspaceForm
from accounts.workspace_rows import RowsFormSet
from handoff.models import (
    Framework,
    FrameworkQuestion,
    HandoffPolicy,
    Scorecard,
    ScorecardAnswer,
)
from scoring.fact_choices import Choices

RUBRIC = ("when_no", "when_partly", "when_confirmed")


def chosen_as(framework: Framework) -> str:
    """What the workspace's policy asks it for; blank where for nothing."""
    policy = HandoffPolicy.objects.filter(workspace=framework.workspace_id).first()
    if policy and framework.pk and framework.pk == policy.discovery_id:
        return "discovery"
    if policy and framework.pk and framework.pk == policy.final_word_id:
        return "the final word"
    return ""


class FrameworkForm(WorkspaceForm):
    class Meta:
        model = Framework
        fields = ("name", "code", "about", "pass_mark", "is_active")
        help_texts = {
            "pass_mark": "The share of all weights that the answers reach: confirmed counts whole, "
            "partly half. No question may stay below what it needs either.",
            "about": "When it is the right one.",
        }

    def clean_is_active(self) -> bool:
        stays: bool = self.cleaned_data["is_active"]
        if not stays and (purpose := chosen_as(self.instance)):
            raise forms.ValidationError(
                f"It is the scorecard for {purpose}. Choose another one under Policy first."
            )
        return stays


class QuestionForm(PlainForm):
    """One question; `offered` are the facts that may answer it in advance, set by the inline."""

    called = "question"
    offered: Choices = []

    code = forms.SlugField(
        max_length=30, required=False, help_text="Empty: made of the name. It stays for good."
    )
    prefill = forms.ChoiceField(
        label="Answered in advance by",
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Shown as a suggestion where the lead has said it; it counts once it is taken.",
    )

    class Meta:
        model = FrameworkQuestion
        fields = ("name", "ask", *RUBRIC, "weight", "needed", "prefill", "is_active", "code")
        widgets = {name: UnfoldAdminTextareaWidget(attrs={"rows": 2}) for name in ("ask", *RUBRIC)}
        help_texts = {"ask": "As a rep says it on the call.", "weight": "From 1 to 10."}

    class Media:
        js = ("js/admin.js",)
        css = {"all": ("css/admin-rules.css",)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["prefill"].choices = self.offered  # type: ignore[attr-defined]
        if position := self.fields.get("position"):
            position.required, position.widget = False, forms.HiddenInput()
        if self.instance.pk is None:
            self.initial["position"] = None  # its place is the last, until it is moved
        else:
            self.fields["code"].disabled = True
            needed = self.instance.get_needed_display().lower()
            asked = "" if self.instance.is_active else "; asked no more"
            self.instance.get_inline_title = (
                f"“{self.instance.ask}” Weight {self.instance.weight}, {needed} needed{asked}"
            )

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"] or slugify(self.cleaned_data.get("name", ""))[:30]
        if not typed:
            raise forms.ValidationError("Write a code of letters, such as need.")
        return str(typed)


class QuestionFormSet(RowsFormSet):
    """The questions of one scorecard, of which at least one is asked."""

    called = "question"
    twins = ("code", "name")
    ordered = True

    def clean(self) -> None:
        super().clean()
        self._keep_answered()
        asked = any(form.instance.is_active for form in self.kept())
        if not asked and not any(self.errors):
            purpose = chosen_as(self.instance)
            what = f"This is the scorecard for {purpose}" if purpose else "A scorecard"
            raise forms.ValidationError(
                f"{what}: without a question that is asked, nothing can reach the pass mark."
            )

    def _keep_answered(self) -> None:
        """An answered question stays in the history; it is asked no more instead.

        Told above the questions: Django asks nothing of a row that is to be removed.
        """
        if self.instance.pk is None:
            return
        gone = {form.instance.code: form.instance for form in self.deleted_forms}
        answers = ScorecardAnswer.objects.filter(
            scorecard__workspace=self.instance.workspace_id,
            scorecard__framework=self.instance.code,
            question__in=gone,
        )
        counted = answers.values_list("question").annotate(Count("pk")).order_by("question")
        if counted:
            raise forms.ValidationError([_answered(gone[code], n) for code, n in counted])


def _answered(question: FrameworkQuestion, times: int) -> str:
    return (
        f"“{question}” was answered {'once' if times == 1 else f'{times} times'}, and the answers "
        "stay. To ask it no longer, untick “asked” instead."
    )


def filled_in(framework: Framework) -> int:
    """For how many leads, in all their cycles."""
    cards = Scorecard.objects.filter(workspace=framework.workspace_id, framework=framework.code)
    return cards.values("lead").distinct().count()


class PolicyForm(WorkspaceForm):
    class Meta:
        model = HandoffPolicy
        fields = (
            *("scorecard_gate", "discovery", "final_word", "max_cycles", "hold_until_signed"),
            *("band_days", "band_least"),
        )

    def clean_discovery(self) -> Framework | None:
        return _askable(self.cleaned_data["discovery"])

    def clean_final_word(self) -> Framework | None:
        chosen = _askable(self.cleaned_data["final_word"])
        if chosen and chosen == self.cleaned_data.get("discovery"):
            raise forms.ValidationError(
                "It is asked for discovery already. Choose another one, or none."
            )
        return chosen


def _askable(framework: Framework | None) -> Framework | None:
    if framework and not framework.is_active:
        raise forms.ValidationError(f"{framework} is out of use. Take it into use first.")
    if framework and not framework.questions.filter(is_active=True).exists():
        raise forms.ValidationError(f"{framework} asks nothing yet. Give it questions first.")
    return framework
