"""What people say in a joint review: how often it is held, what is decided, who goes on with it."""

from datetime import date
from typing import Any, Final, cast

from django import forms

from accounts.models import Membership, User, Workspace
from handoff.forms.days import IN_OUR_TIMES
from handoff.models import AgendaItem, Decision, Review, ReviewCadence

LONGEST: Final = 4000


def _day(label: str, **options: Any) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, validators=IN_OUR_TIMES, **options)


class CadenceForm(forms.Form):
    """How often a review of one kind is held, and when next; ids are told apart by the kind."""

    is_on = forms.BooleanField(label="It is held", required=False)
    every = forms.IntegerField(label="Every", min_value=1, max_value=366)
    unit = forms.ChoiceField(label="Unit", choices=ReviewCadence.Unit.choices)
    next_due = _day("Next due on")

    def __init__(self, *args: Any, cadence: ReviewCadence, **kwargs: Any) -> None:
        self.cadence = cadence
        kwargs["initial"] = {
            name: getattr(cadence, name) for name in ("is_on", "every", "unit", "next_due")
        }
        kwargs["auto_id"] = f"{cadence.kind}-%s"
        super().__init__(*args, **kwargs)


def owners_of(workspace: Workspace) -> list[tuple[int, str]]:
    """Who can own a decision: the members, by name; one query."""
    members = Membership.objects.of(workspace).current().order_by("user__name", "user_id")
    return [
        (pk, name or email)
        for pk, name, email in members.values_list("user", "user__name", "user__email")
    ]


class HandOnForm(forms.Form):
    """Who does it, and by which day."""

    owner = forms.TypedChoiceField(
        label="Who does it",
        coerce=int,
        error_messages={"invalid_choice": "Choose somebody of this workspace."},
    )
    due = _day("By when")

    def __init__(self, *args: Any, owners: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["owner"]).choices = [("", "Choose …"), *owners]

    @property
    def person(self) -> User:
        return User.objects.get(pk=self.cleaned_data["owner"])

    @property
    def day(self) -> date:
        day: date = self.cleaned_data["due"]
        return day


class DecisionForm(HandOnForm):
    """A decision of a review, perhaps `about` an item of its agenda."""

    text = forms.CharField(
        label="What was decided",
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Write down what was decided."},
    )
    effect = forms.ChoiceField(
        label="What it starts", choices=Decision.Effect.choices, required=False
    )
    about = forms.ModelChoiceField(
        AgendaItem.objects.none(),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "This is not on the agenda of this review."},
    )
    field_order = ("text", "owner", "due", "effect", "about")

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        kwargs["auto_id"] = "decide-%s"
        super().__init__(*args, **kwargs)
        about = cast("forms.ModelChoiceField[AgendaItem]", self.fields["about"])
        about.queryset = AgendaItem.objects.filter(review=review)
