"""The system was late: those whom its promises name hear of it, many leads in one word.

After an hour without a worker thousands of leads may be late at once. So these breaches are
answered together, by workspace and promise, and nobody gets a mail a lead.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.urls import reverse

from handoff.compliance.sweep_age import ago_words
from handoff.promise_news import people_named
from leadqual import outbox
from sla.models import Clock
from sla.promise_rules import BY_THE_SYSTEM

log = logging.getLogger(__name__)

AT_ONCE: Final = 5000


def answer_late(*, now: datetime) -> int:
    """Answer the breaches of the system's own promises, AT_ONCE of each at most; returns how many.

    A promise whose breaches cannot be answered is stepped over, and tried again the next time.
    """
    late = Clock.objects.unanswered_breaches().filter(code__in=BY_THE_SYSTEM).order_by("commitment")
    promises = late.values_list("commitment", flat=True).distinct()
    return sum(_answer(promise, now=now) for promise in list(promises))


def _answer(promise: int, *, now: datetime) -> int:
    """The leads are not locked: nothing about them changes, and a clock is answered once."""
    late = Clock.objects.unanswered_breaches().filter(commitment=promise).order_by("pk")
    try:
        with transaction.atomic():
            found = list(
                late.select_for_update(of=("self",), skip_locked=True).select_related(
                    "workspace", "commitment"
                )[:AT_ONCE]
            )
            if found:
                answered = Clock.objects.filter(pk__in=[clock.pk for clock in found])
                answered.update(answered_at=now, cause=Clock.Cause.SYSTEM)
                _tell(found, now=now)
            return len(found)
    except Exception:
        log.exception("The late promises of commitment %s could not be answered", promise)
        return 0


def _tell(clocks: Sequence[Clock], *, now: datetime) -> None:
    first, workspace = clocks[0], clocks[0].workspace
    words = _words(clocks, now=now)
    outbox.tell(
        workspace=workspace,
        people=people_named(first, first.commitment.tells),
        key=f"system_late:{first.pk}",
        line=words,
        subject=f"{workspace.name}: the system was late",
        body=f"{words}\n",
        path=f"{reverse('sla_misses', args=[workspace.slug])}?promise={first.commitment.code}",
    )


def _words(clocks: Sequence[Clock], *, now: datetime) -> str:
    """“The system was late with 12 leads (Score a captured lead within 5 business minutes); the
    longest took 14 minutes.”"""
    longest = max((clock.stopped_at or now) - clock.started_at for clock in clocks)
    leads = f"{len(clocks):,} lead{'' if len(clocks) == 1 else 's'}"
    took = "has waited" if any(clock.stopped_at is None for clock in clocks) else "took"
    return (
        f"The system was late with {leads} ({clocks[0].commitment}); the longest {took}"
        f" {ago_words(longest)}."
    )
