"""What people send on the pages around a draft: which, and that they saw what it does."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanWidget

from accounts.models import Workspace
from scoring.models import ModelVersion

CHANGED_MEANWHILE = "The draft was changed since you looked: read it again before publishing."


def fingerprint(sentences: Iterable[str]) -> str:
    """What a person saw before saying yes, so that nothing else is done in their name."""
    return hashlib.sha256("\n".join(sentences).encode()).hexdigest()


class WorkspaceChoice(forms.Form):
    """One of the workspaces that the person configures, by its slug."""

    workspace = forms.ModelChoiceField(
        queryset=Workspace.objects.none(), to_field_name="slug", empty_label=None
    )

    def __init__(self, *args: Any, workspaces: Sequence[Workspace], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Workspace.objects.filter(pk__in=[workspace.pk for workspace in workspaces])
        self.fields["workspace"].queryset = mine  # type: ignore[attr-defined]


class SeenForm(forms.Form):
    """A yes to what stood on the page: `sentences` are what would be done now."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None = None, *, sentences: Iterable[str]) -> None:
        self.now = fingerprint(sentences)
        super().__init__(data, initial={"seen": self.now})

    @property
    def is_stale(self) -> bool:
        """Something else would be done than what the person saw."""
        return self.is_bound and self["seen"].value() != self.now

    def clean_seen(self) -> str:
        if self.is_stale:
            raise forms.ValidationError(CHANGED_MEANWHILE)
        return self.now


class StartForm(SeenForm):
    """Start a draft from a model; where one is open, only by saying that it may go."""

    replace = forms.BooleanField(
        widget=UnfoldBooleanWidget,
        error_messages={"required": "Say that the open draft may go, or keep it."},
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        sentences: Iterable[str],
        open_draft: ModelVersion | None,
    ) -> None:
        super().__init__(data, sentences=sentences)
        if open_draft is None:
            del self.fields["replace"]
        else:
            self.fields["replace"].label = f"Replace draft {open_draft.number}"


class ComparisonForm(forms.Form):
    """Any two versions of a workspace, by their numbers."""

    old = forms.TypedChoiceField(label="From", coerce=int, widget=UnfoldAdminSelectWidget)
    new = forms.TypedChoiceField(label="To", coerce=int, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, versions: Iterable[ModelVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(version.number, str(version)) for version in versions]
        for field in self.fields.values():
            field.choices = choices  # type: ignore[attr-defined]
