"""What leads and companies say already of a typed fact: how many, and what does not fit."""

from dataclasses import dataclass
from typing import Any, Final, cast

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTransform

from leadqual.custom_fields import Of, fits, written
from leadqual.models import Company, CustomField, Lead
from leadqual.patience import TooManyToCount, at_most

EXAMPLES: Final = 5
MOST_VALUES: Final = 1000
"""Different values that are looked at, the most frequent first."""
SECONDS: Final = 3.0
"""Counting that takes longer is given up: somebody waits for the page."""
LONGEST: Final = 40


@dataclass(frozen=True)
class Stored:
    """`known` leads or companies say something, `misfits` of them what does not fit.

    `at_least`: they say more different things than were looked at. `uncounted`: there were too
    many to count.
    """

    field: CustomField
    known: int = 0
    misfits: int = 0
    examples: tuple[str, ...] = ()  # of what does not fit, the most frequent first, shortened
    has_more: bool = False
    at_least: bool = False
    uncounted: bool = False

    @property
    def words(self) -> str:
        """One sentence or three, for whoever defines the field."""
        one, many = ("lead", "leads") if self.field.of == Of.LEAD else ("company", "companies")
        if self.uncounted:
            return f"There are too many {many} to count at once what they say."
        if not self.known:
            return f"Not known of any {one} yet."
        some = "at least " if self.at_least else ""
        known = f"Known of {some}{self.known:,} {one if self.known == 1 else many}"
        if not self.misfits:
            looked_at = f" of the {MOST_VALUES:,} most frequent" if self.at_least else ""
            return f"{known}; every value{looked_at} fits."
        quoted = ", ".join(f"“{example}”" for example in self.examples)
        return (
            f"{known}; {self._how_many} what does not fit: {quoted}"
            f"{' and others' if self.has_more else ''}. That stays as it is, marked “does not "
            "fit”, until somebody corrects it. Rules compare what is stored."
        )

    @property
    def _how_many(self) -> str:
        if self.at_least:
            return f"at least {self.misfits:,} of them say"
        if self.misfits == self.known:
            return "it says" if self.known == 1 else "all of them say"
        return f"{self.misfits:,} of them {'says' if self.misfits == 1 else 'say'}"


def stored_values(field: CustomField) -> Stored:
    """Counted over the workspace's leads (without merged and erased ones) or companies."""
    try:
        with at_most(SECONDS):
            said = list(_said(field)[: MOST_VALUES + 1])
    except TooManyToCount:
        return Stored(field, uncounted=True)
    known, bad = 0, list[tuple[str, int]]()
    for value, number in said[:MOST_VALUES]:
        if value in ("", None):
            continue
        known += number
        if not fits(field, value):
            bad.append((written(field, value)[:LONGEST], number))
    examples = tuple(text for text, _ in bad[:EXAMPLES])
    return Stored(
        field=field,
        known=known,
        misfits=sum(n for _, n in bad),
        examples=examples,
        has_more=len(bad) > EXAMPLES,
        at_least=len(said) > MOST_VALUES,
    )


def _said(field: CustomField) -> QuerySet[Any, tuple[Any, int]]:
    """Each different value, with how many say so; the most frequent first."""
    rows: QuerySet[Any] = (
        Lead.objects.of(field.workspace).present()
        if field.of == Of.LEAD
        else Company.objects.of(field.workspace)
    )
    said = rows.filter(attributes__has_key=field.key)
    said = said.annotate(value=KeyTransform(field.key, "attributes")).order_by().values("value")
    counted = said.annotate(number=Count("pk")).order_by("-number", "value")
    return cast(QuerySet[Any, tuple[Any, int]], counted.values_list("value", "number"))
