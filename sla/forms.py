"""Admin forms of the SLA: hours as people write them, errors where they are typed."""

from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from functools import cache
from typing import Any, Final

from django import forms
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextInputWidget,
)

from accounts.seen_form import SeenForm, columns_of
from accounts.workspace_form import PlainForm, time_zone_field
from accounts.workspace_rows import RowsFormSet
from sla.holidays import countries, subdivisions
from sla.models import BusinessCalendar, CalendarException, WorkingRange
from sla.opening_hours import MIDNIGHT, CalendarError, Range, checked
from sla.working_calendar import WEEKDAYS

MOST_DAYS: Final = 92
"""So many days may be entered as one exception."""


class OpeningField(forms.TimeField):
    """A time such as 09:00; at the end of a range 24:00 too, kept as 00:00 (see WorkingRange)."""

    def __init__(self, *, may_be_midnight: bool = False, **kwargs: Any) -> None:
        self.may_be_midnight = may_be_midnight
        example = "17:00" if may_be_midnight else "09:00"
        kwargs.setdefault("error_messages", {"invalid": f"Write a time such as {example}."})
        widget = UnfoldAdminTextInputWidget(attrs={"placeholder": example, "size": 6})
        super().__init__(widget=widget, input_formats=["%H:%M", "%H:%M:%S", "%H.%M"], **kwargs)

    def to_python(self, value: Any) -> time | None:
        if self.may_be_midnight and str(value).strip() in ("24:00", "24.00"):
            return MIDNIGHT
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, time):
            return value
        return "24:00" if self.may_be_midnight and value == MIDNIGHT else f"{value:%H:%M}"


class RangeForm(PlainForm):
    start = OpeningField(label="From")
    end = OpeningField(label="To", may_be_midnight=True, help_text="24:00 is the end of the day.")

    class Meta:
        model = WorkingRange
        fields = ("weekday", "start", "end")

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            _check_order(self, WEEKDAYS[data["weekday"]])
        return data


class ExceptionForm(PlainForm):
    until = forms.DateField(
        label="Until",
        required=False,
        widget=UnfoldAdminDateWidget,
        help_text="For several days in a row: the last of them.",
    )
    start = OpeningField(label="Open from", required=False, help_text="Empty: closed all day.")
    end = OpeningField(label="Open to", required=False, may_be_midnight=True)

    class Meta:
        model = CalendarException
        fields = ("date", "until", "start", "end", "note")

    @property
    def days(self) -> list[date]:
        """All that the row stands for: its date, and those after it up to the last one typed."""
        first: date = self.cleaned_data["date"]
        last = self.cleaned_data.get("until") or first
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def clean_until(self) -> date | None:
        first, last = self.cleaned_data.get("date"), self.cleaned_data["until"]
        if first and last and not first <= last < first + timedelta(days=MOST_DAYS):
            raise forms.ValidationError(
                "This is before the first day."
                if last < first
                else f"{MOST_DAYS} days in a row are the most."
            )
        return last  # type: ignore[no-any-return]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        start, end = data.get("start"), data.get("end")
        if not self.errors and (start is None) != (end is None):
            missing = "end" if end is None else "start"
            self.add_error(missing, "Write both times, or neither for a day that is closed.")
        elif not self.errors and start is not None:
            _check_order(self, _in_words(data["date"]))
        return data


def _check_order(form: forms.BaseForm, day: str) -> None:
    try:
        checked([(form.cleaned_data["start"], form.cleaned_data["end"])], day)
    except CalendarError as error:
        form.add_error("start", f"{error}.")


def _in_words(day: date) -> str:
    return f"{day:%-d %B %Y}"


class HoursFormSet(RowsFormSet):
    """Rows with hours, of which those of the same day may touch but not overlap."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        for day, rows in self._by_day().items():
            self._check_day(day, rows)

    def _by_day(self) -> dict[str, list[Any]]:
        days: dict[str, list[Any]] = {}
        for form in self.kept():
            for day in self.days_of(form):
                days.setdefault(day, []).append(form)
        return days

    def _check_day(self, day: str, rows: Iterable[Any]) -> None:
        ranges: list[Range] = []
        for form in rows:
            start, end = form.cleaned_data["start"], form.cleaned_data["end"]
            if start is None:
                continue
            try:
                checked([*ranges, (start, end)], day)
            except CalendarError as error:
                form.add_error("start", f"{error}.")
            else:
                ranges.append((start, end))

    def days_of(self, form: Any) -> list[str]:
        raise NotImplementedError


class WeekFormSet(HoursFormSet):
    def days_of(self, form: Any) -> list[str]:
        return [WEEKDAYS[form.cleaned_data["weekday"]]]

    def clean(self) -> None:
        super().clean()
        if any(self.errors) or any(self.kept()) or self._opens_on_dates():
            return
        raise forms.ValidationError(
            "This calendar would be closed for ever: add working hours to at least one day."
        )

    def _opens_on_dates(self) -> bool:
        """Whether the exceptions in the same form hold hours: they alone can open a calendar."""
        posted = ((name, value) for name, value in self.data.items() if value)
        names = [name for name, _ in posted if name.startswith("exceptions-")]
        opened = {name.removesuffix("-start") for name in names if name.endswith("-start")}
        removed = {name.removesuffix("-DELETE") for name in names if name.endswith("-DELETE")}
        return bool(opened - removed)


class DatesFormSet(HoursFormSet):
    def days_of(self, form: Any) -> list[str]:
        return [_in_words(day) for day in form.days]

    def save_new_objects(self, commit: bool = True) -> list[Any]:
        """A row that names several days is one row for each of them."""
        saved: list[Any] = super().save_new_objects(commit)
        for form in self.kept():
            row = form.instance
            saved += [
                CalendarException.objects.create(
                    calendar=row.calendar, date=day, start=row.start, end=row.end, note=row.note
                )
                for day in form.days[1:]
            ]
        return saved

    def _check_day(self, day: str, rows: Iterable[Any]) -> None:
        rows = list(rows)
        closed = [form for form in rows if form.cleaned_data["start"] is None]
        if closed and len(rows) > 1:
            closed[0].add_error("date", f"{day} is listed more than once, and here as closed.")
        super()._check_day(day, rows)


@cache
def holiday_choices() -> list[tuple[str, str]]:
    """Every country, and below it those of its regions whose holidays differ: "DE", "DE/BY"."""
    choices = [("", "No public holidays: every weekday counts")]
    for country, name in countries():
        choices.append((country, name))
        regions = subdivisions(country)
        choices += [(f"{country}/{code}", f"{name}: {region}") for code, region in regions]
    return choices


class CalendarForm(SeenForm):
    called = "calendar"
    instance: BusinessCalendar

    timezone = time_zone_field("Working hours are the local time of this zone.")
    holidays = forms.ChoiceField(
        label="Public holidays",
        choices=holiday_choices,
        required=False,
        widget=UnfoldAdminSelect2Widget,
        help_text="They are closed days, unless an exception below opens them.",
    )

    class Meta:
        model = BusinessCalendar
        fields = ("name", "timezone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = (self.instance.country, self.instance.subdivision)
        self.initial["holidays"] = "/".join(place for place in places if place)

    def parts(self) -> Iterator[object]:
        yield columns_of(self.instance)
        for rows in (self.instance.ranges.all(), self.instance.exceptions.all()):
            yield [columns_of(row) for row in rows]

    def clean_holidays(self) -> str:
        chosen: str = self.cleaned_data["holidays"]
        self.instance.country, _, self.instance.subdivision = chosen.partition("/")
        return chosen
