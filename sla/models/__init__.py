"""What was promised, in writing and in which business time, and the clocks that run on it."""

from sla.models.agreements import Agreement, AgreementQuerySet, Clause, Side, Signature
from sla.models.calendars import Absence, BusinessCalendar, CalendarException, WorkingRange
from sla.models.clocks import Clock, ClockPause, ClockQuerySet
from sla.models.commitments import Commitment

__all__ = [
    "Absence",
    "Agreement",
    "AgreementQuerySet",
    "BusinessCalendar",
    "CalendarException",
    "Clause",
    "Clock",
    "ClockPause",
    "ClockQuerySet",
    "Commitment",
    "Side",
    "Signature",
    "WorkingRange",
]
