"""Which dashboard is mailed when, about which days, and to whom."""

from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.access import Permission, members_with
from accounts.models import User, Workspace
from handoff.dashboards.mail_list import Plan
from handoff.dashboards.mail_plan import PERIODS, USUAL, WEEKDAYS, period_code
from handoff.dashboards.pages import PAGES
from handoff.forms.dashboards import FILTERS, DashboardForm
from handoff.models import ReportMail

KEPT: Final = ("by", "compare", "every", *(one.code for one in FILTERS))
"""What a mail keeps of a dashboard's address; its days are meant from the day of sending."""
HOURS: Final = [(hour, f"{hour:02d}:00") for hour in range(24)]
EVERY: Final = (
    (ReportMail.Every.DAY, "Every day, Monday to Friday"),
    (ReportMail.Every.WEEK, "Every week"),
    (ReportMail.Every.MONTH, "Every month"),
)


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: User) -> str:
        return f"{obj} ({obj.email})"


class ReportMailForm(forms.Form):
    """`filters` travels along unseen: the address of the page from which it was set up."""

    page = forms.ChoiceField(label="Dashboard")
    period = forms.ChoiceField(
        label="About",
        choices=[(code, words) for code, (words, _) in PERIODS.items()],
        initial=USUAL,
        help_text="As seen on the day of the mail.",
    )
    every = forms.ChoiceField(label="How often", choices=EVERY, initial=ReportMail.Every.WEEK)
    weekday = forms.TypedChoiceField(
        label="On", choices=list(enumerate(WEEKDAYS)), coerce=int, initial=0
    )
    day = forms.IntegerField(
        label="On day", min_value=1, max_value=28, initial=1, required=False, help_text="1 to 28."
    )
    hour = forms.TypedChoiceField(label="At", choices=HOURS, coerce=int, initial=7)
    recipients = PeopleField(
        label="To",
        queryset=User.objects.none(),
        error_messages={"required": "Choose at least one person."},
        help_text="Members of the workspace. Each can stop it for themselves.",
    )
    filters = forms.CharField(required=False, max_length=900, widget=forms.HiddenInput)

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace = workspace
        people = members_with(workspace, Permission.VIEW_REPORTS)
        self.fields["recipients"].queryset = people  # type: ignore[attr-defined]
        choices = [(page.key, page.title) for page in PAGES.values()]
        self.fields["page"].choices = choices  # type: ignore[attr-defined]
        self.fields["hour"].help_text = f"Time of {workspace.timezone}."

    def clean_filters(self) -> str:
        """Checked once, when they are new: a value that is gone later narrows the mail as before,
        where leaving it out would widen it without a word."""
        said = kept(QueryDict(self.cleaned_data["filters"]))
        if said == self.initial.get("filters"):
            return said
        known = DashboardForm(QueryDict(said), workspace=self.workspace, now=timezone.now())
        return kept(QueryDict(known.as_query()))

    def clean_day(self) -> int:
        return self.cleaned_data["day"] or 1

    @property
    def plan(self) -> Plan:
        """What was chosen; of a valid form."""
        return Plan(**self.cleaned_data)


def kept(query: QueryDict) -> str:
    """Of a dashboard's address what a mail keeps: filters, split and comparison."""
    mine = QueryDict(mutable=True)
    for name in KEPT:
        if value := query.get(name):
            mine[name] = value
    return mine.urlencode()


def initial_of(mail: ReportMail) -> dict[str, Any]:
    fields = {name: getattr(mail, name) for name in ("page", "every", "weekday", "day", "hour")}
    people = mail.recipients.values_list("pk", flat=True)
    filters = kept(QueryDict(mail.query))
    return fields | {"period": period_code(mail), "recipients": people, "filters": filters}
