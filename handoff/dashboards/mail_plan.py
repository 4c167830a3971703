"""When a dashboard is mailed, and which days it is then about: all in the workspace's time zone."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.http import QueryDict

from handoff.metrics.periods import Period, beginning
from handoff.models import ReportMail

PERIOD: Final = "period"
"""What the query of a mail says instead of `first` and `last`."""
_LONGEST: Final = 62  # days between two mails of any schedule, with room


def next_after(mail: ReportMail, at: datetime) -> datetime:
    """The first moment of the schedule after `at`, in UTC. An hour that a clock change skips is
    the one after it; one that comes twice counts the first time."""
    day = at.astimezone(mail.workspace.zone).date()
    found = (_moment(mail, day + timedelta(days=n)) for n in range(_LONGEST))
    return next(moment for moment in found if moment is not None and moment > at)


def last_until(mail: ReportMail, at: datetime) -> datetime:
    """The latest moment of the schedule that is not after `at`, in UTC."""
    day = at.astimezone(mail.workspace.zone).date()
    found = (_moment(mail, day - timedelta(days=n)) for n in range(_LONGEST))
    return next(moment for moment in found if moment is not None and moment <= at)


def _moment(mail: ReportMail, day: date) -> datetime | None:
    if not _is_on(mail, day):
        return None
    return datetime.combine(day, time(mail.hour), mail.workspace.zone).astimezone(UTC)


def _is_on(mail: ReportMail, day: date) -> bool:
    if mail.every == ReportMail.Every.MONTH:
        return day.day == mail.day
    if mail.every == ReportMail.Every.WEEK:
        return day.weekday() == mail.weekday
    return day.weekday() < 5


WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def schedule_words(mail: ReportMail) -> str:
    """“every Monday at 07:00”, in the workspace's time zone."""
    if mail.every == ReportMail.Every.MONTH:
        days = f"on day {mail.day} of every month"
    elif mail.every == ReportMail.Every.WEEK:
        days = f"every {WEEKDAYS[mail.weekday]}"
    else:
        days = "every day from Monday to Friday"
    return f"{days} at {mail.hour:02d}:00"


# ---- the days that a mail is about, seen from the day on which it goes ----


def _last_days(days: int) -> Callable[[date], tuple[date, date]]:
    """Whole ones: the day of the mail itself has only begun."""
    return lambda today: (today - timedelta(days=days), today - timedelta(days=1))


def _last_week(today: date) -> tuple[date, date]:
    monday = beginning("week", today)
    return monday - timedelta(days=7), monday - timedelta(days=1)


def _last_month(today: date) -> tuple[date, date]:
    last = beginning("month", today) - timedelta(days=1)
    return beginning("month", last), last


def _last_quarter(today: date) -> tuple[date, date]:
    last = _quarter(today) - timedelta(days=1)
    return _quarter(last), last


def _quarter(day: date) -> date:
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


PERIODS: Final[Mapping[str, tuple[str, Callable[[date], tuple[date, date]]]]] = {
    "week": ("Last week", _last_week),
    "month": ("Last month", _last_month),
    "quarter": ("Last quarter", _last_quarter),
    "7": ("The last 7 days", _last_days(7)),
    "30": ("The last 30 days", _last_days(30)),
    "90": ("The last 90 days", _last_days(90)),
    "365": ("The last 12 months", _last_days(365)),
}
"""Words and days by the code in the query."""
USUAL: Final = "week"


def period_of(mail: ReportMail, day: date) -> tuple[str, Period]:
    """What the mail of that day is about, in words and in days."""
    words, days = PERIODS[period_code(mail)]
    return words, Period(*days(day), mail.workspace.zone)


def period_code(mail: ReportMail) -> str:
    """A key of PERIODS; the usual one where the query names none."""
    code = QueryDict(mail.query).get(PERIOD) or USUAL
    return code if code in PERIODS else USUAL


def address_query(mail: ReportMail, day: date) -> QueryDict:
    """The page's own query for the mail of that day: its filters and the dates that are meant."""
    query = QueryDict(mail.query, mutable=True)
    query.pop(PERIOD, None)
    _, period = period_of(mail, day)
    query["first"], query["last"] = str(period.first), str(period.last)
    return query
