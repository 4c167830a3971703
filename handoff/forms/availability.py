"""Days away, as a rep types them in the portal and a manager in the admin."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User, Workspace
from accounts.workspace_form import WorkspaceForm
from handoff.availability import BadAbsence, check_days
from sla.models import Absence

_ISO = "%Y-%m-%d"


class AwayForm(forms.Form):
    """One's own days away; `person` fills it in."""

    first_day = forms.DateField(
        label="First day away", widget=forms.DateInput({"type": "date"}, format=_ISO)
    )
    last_day = forms.DateField(
        label="Last day away", widget=forms.DateInput({"type": "date"}, format=_ISO)
    )
    note = forms.CharField(
        label="Note", required=False, max_length=120, help_text="Managers read it. Such as: leave."
    )

    def __init__(self, *args: Any, workspace: Workspace, person: User, **kwargs: Any) -> None:
        self.workspace, self.person = workspace, person
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            _check(self, said, workspace=self.workspace, person=self.person, but=None)
        return said


class AbsenceForm(WorkspaceForm):
    """Anybody's, in the admin."""

    class Meta:
        model = Absence
        fields = ("person", "first_day", "last_day", "note")
        widgets = {
            name: UnfoldAdminTextInputWidget(attrs={"type": "date"})
            for name in ("first_day", "last_day")
        }

    def clean(self) -> dict[str, Any] | None:
        said = super().clean() or self.cleaned_data
        person = said.get("person") or getattr(self.instance, "person", None)
        if not self.errors and person:
            here, but = self.instance.workspace, self.instance.pk
            _check(self, said, workspace=here, person=person, but=but)
        return said


def _check(
    form: forms.BaseForm,
    said: dict[str, Any],
    *,
    workspace: Workspace,
    person: User,
    but: int | None,
) -> None:
    try:
        check_days(
            workspace=workspace,
            person=person,
            first_day=said["first_day"],
            last_day=said["last_day"],
            but=but,
        )
    except BadAbsence as bad:
        form.add_error(bad.field, str(bad))
