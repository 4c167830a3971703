"""For how long a shared link is good, and what it is for."""

from typing import Final

from django import forms

from handoff.dashboards.shared import MOST_DAYS, USUAL_DAYS

DAYS: Final = (
    (7, "a week"),
    (USUAL_DAYS, "30 days"),
    (90, "90 days"),
    (180, "half a year"),
    (MOST_DAYS, "a year"),
)


class ShareForm(forms.Form):
    days = forms.TypedChoiceField(
        label="Good for", choices=DAYS, coerce=int, initial=USUAL_DAYS, help_text="At most a year."
    )
    note = forms.CharField(
        label="What it is for",
        required=False,
        max_length=120,
        help_text="For the list of links: to whom you send it, and why. The page does not show it.",
    )
