"""What was promised, in which business time, and the clocks that run on it."""

from sla.models.calendars import Absence, BusinessCalendar, CalendarException, WorkingRange
from sla.models.clocks import Clock, ClockQuerySet
from sla.models.commitments import Commitment

__all__ = [
    "Absence",
    "BusinessCalendar",
    "CalendarException",
    "Clock",
    "ClockQuerySet",
    "Commitment",
    "WorkingRange",
]
