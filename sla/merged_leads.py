"""The clocks of two leads that are one person, and apart again."""

from collections.abc import Collection, Iterable

from leadqual.models import Lead
from leadqual.row_journal import Change, Rows, put_back, snapshot
from sla.models import Clock

_TABLE = Clock._meta.db_table


def clocks_of(*leads: Lead) -> Rows:
    """Every clock of the leads as it is now."""
    return snapshot(_TABLE, [lead.pk for lead in leads])


def unite(*, survivor: Lead, absorbed: Lead) -> None:
    """The survivor has all clocks; what they measured, and whether they run, stays."""
    Clock.objects.filter(lead=absorbed).update(lead=survivor)


def hand_over(lead: Lead, *, to: Lead, but: Collection[int]) -> None:
    """Give the clocks of a lead to another, except those named."""
    Clock.objects.filter(lead=lead).exclude(pk__in=but).update(lead=to)


def part(done: Iterable[Change]) -> None:
    """Give the clocks back, and let those run on that the merge has stopped."""
    put_back(_TABLE, done)
