"""Of two people who edit the same thing at once, the later one is told before anything is lost."""

import hashlib
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db import models

from accounts.workspace_form import WorkspaceForm


class SeenForm(WorkspaceForm):
    """`seen` stamps the thing as it was shown; its page lists the field and locks the row."""

    called: str
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            said = repr(list(self.parts())).encode()
            self.initial["seen"] = hashlib.sha256(said).hexdigest()[:32]

    def parts(self) -> Iterable[object]:
        """What may be edited here, as stored: equal as long as nobody saved anything of it."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        now = self.initial.get("seen", "")
        if "seen" in self.fields and data.get("seen") != now:
            self.data = sent = cast(Any, self.data).copy()
            sent[self.add_prefix("seen")] = now  # the next save knows what was told here
            self.add_error(
                None,
                f"Nothing of yours was saved: somebody saved this {self.called} while you were "
                f"editing. What you typed is still below. Open the {self.called} in another tab to "
                "see theirs; save again to put yours over it.",
            )
        return data


def columns_of(row: models.Model, *, without: str = "") -> list[str]:
    columns = [column.attname for column in row._meta.concrete_fields]
    return [str(getattr(row, name)) for name in columns if name != without]
