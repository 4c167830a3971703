"""Admin forms of what rules look things up in: lists, the title table, groups with a cap."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from scoring.editing.rule_forms import PartForm, named_by
from scoring.models import NamedList, PointsGroup, TitleLine
from scoring.typed_entries import BadValue, read_entries, read_words, split

_SEPARATORS = frozenset(",;\n")


class GroupForm(PartForm):
    class Meta:
        model = PointsGroup
        fields = ("name", "axis", "cap")
        labels = {"cap": "At most"}


class NamedListForm(PartForm):
    entries_text = forms.CharField(
        label="Entries",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="One per line, or with commas: DE, AT, CH; acme.com, rival.io.",
    )

    class Meta:
        model = NamedList
        fields = ("name", "kind")
        labels = {"kind": "Holds"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            between = ", " if self.instance.kind == NamedList.Kind.COUNTRIES else "\n"
            self.initial["entries_text"] = between.join(self.instance.entries)

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if _SEPARATORS & set(name):
            raise forms.ValidationError("Leave commas out: rules name several lists with them.")
        return name

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if data.get("kind") and data.get("entries_text"):
            try:
                self.instance.entries = read_entries(
                    data["entries_text"], kind=NamedList.Kind(data["kind"])
                )
            except BadValue as error:
                self.add_error("entries_text", str(error))
        return data


class TitleForm(PartForm):
    words_text = forms.CharField(
        label="When the job title has",
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "vp, vice president"}),
        help_text="Whole words or phrases, with commas between them; any one is enough.",
    )
    position = forms.IntegerField(
        required=False, min_value=0, max_value=30_000, widget=forms.HiddenInput
    )

    class Meta:
        model = TitleLine
        fields = ("position", "seniority", "function")
        widgets = {
            "seniority": named_by("known-seniorities"),
            "function": named_by("known-functions"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" in self.fields and not self.instance.pk:
            self.initial["position"] = None  # the formset puts new lines at the end
        if self.instance.pk:
            self.initial["words_text"] = ", ".join(self.instance.words)

    def clean_words_text(self) -> str:
        text: str = self.cleaned_data["words_text"]
        try:
            self.instance.words = read_words(text)
        except BadValue as error:
            raise forms.ValidationError(str(error)) from error
        return ", ".join(split(text))

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("seniority") and not data.get("function"):
            self.add_error("seniority", "Say which seniority or which function this means.")
        return data
