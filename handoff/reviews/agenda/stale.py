"""Stale definitions: what hit nobody, was given by nobody, or has not been looked at for long."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from accounts.models import Workspace
from handoff.models import AgendaItem, Handoff, RejectionReason, Review
from handoff.reviews.agenda.found import MOST, Found, Part, days_words
from handoff.reviews.agenda.hits import RuleHits, rule_hits
from handoff.reviews.agenda.noise import LEAST, speaking
from scoring import signal_use
from scoring.engine.rules import read_rules
from scoring.models import ModelVersion
from scoring.versions import once_in_force
from sla import agreements

UNUSED_FOR: Final = timedelta(days=90)
"""So long must nobody have shown, given or hit it; the review may look back less far."""
UNCHANGED_FOR: Final = timedelta(days=180)
"""An ICP that has stayed the same so long is to be looked at again."""

_SHOWN: Final = """
SELECT coalesce(bit_or(signals), 0) FROM leadqual_event
WHERE workspace_id = %s AND occurred_at >= %s AND occurred_at < %s
"""


def stale(review: Review) -> Found:
    """A constant number of queries."""
    until = review.opened_at
    since = min(review.since, until - UNUSED_FOR)
    versions = list(once_in_force(ModelVersion.objects.of(review.workspace)))
    running = next((each for each in versions if each.status == each.Status.PUBLISHED), None)
    found = [*_agreement(review.workspace, until), *_icp(versions, running, until)]
    if running:
        hits = rule_hits(review.workspace, since=since, until=until)
        found += [*_rules(running, hits), *_personas(running, hits)]
    found += [*_signals(review.workspace, since, until), *_reasons(review.workspace, since)]
    return Found(found[:MOST], len(found), {"unused_days": (until - since).days})


def _item(key: str, title: str, says: str, **facts: object) -> AgendaItem:
    """`says` is the whole matter in a sentence."""
    return AgendaItem(part=Part.STALE, key=key[:120], title=title, facts={"says": says, **facts})


def _agreement(workspace: Workspace, now: datetime) -> Iterator[AgendaItem]:
    active = agreements.active(workspace)
    if active is None:
        yield _item("agreement", "No agreement is in force", "Neither side has promised anything.")
        return
    due = agreements.review_at(active)
    if due and due <= now:
        ago = days_words((now - due).days)
        says = f"Agreement {active.number} was to be reviewed {ago} ago."
        yield _item("agreement", "The agreement’s review is due", says, number=active.number)


def _icp(
    versions: list[ModelVersion], running: ModelVersion | None, now: datetime
) -> Iterator[AgendaItem]:
    """Since the first of the last versions in a row that have the same ICP."""
    rules = read_rules(versions)
    since = None
    for version in reversed(versions):
        if running is None or rules[version.pk].icp != rules[running.pk].icp:
            break
        since = version.published_at
    if since and now - since >= UNCHANGED_FOR:
        days = (now - since).days
        says = f"The ICP is the same as {days_words(days)} ago. Does it still say whom we can help?"
        yield _item("icp", "The ICP has not changed for long", says, days=days)


def _rules(running: ModelVersion, found: RuleHits) -> Iterator[AgendaItem]:
    for axis, name in speaking(running):
        hits = found.rules.get((axis, name))
        if hits and hits.asked.decided >= LEAST and not hits.hit.decided:
            of = hits.asked.decided
            says = f"It hit at none of {of:,} decided offers."
            yield _item(f"rule:{axis}:{name}", f"Rule “{name}”", says, axis=axis, rule=name, of=of)


def _personas(running: ModelVersion, found: RuleHits) -> Iterator[AgendaItem]:
    for name, _ in read_rules([running])[running.pk].personas:
        rules = found.personas.get(name, [])
        of = max((hits.asked.decided for hits in rules), default=0)
        if of >= LEAST and not any(hits.meant for hits in rules):
            says = f"None of the leads of {of:,} decided offers was one."
            yield _item(f"persona:{name}", f"Persona “{name}”", says, persona=name, of=of)


def _signals(workspace: Workspace, since: datetime, until: datetime) -> Iterator[AgendaItem]:
    """Of those that the model in force names; one that is still being matched is left out."""
    named = [signal for signal in signal_use.in_force(workspace) if signal.classified]
    if not named or workspace.created_at > since:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, [workspace.pk, since, until])
        shown = cursor.fetchone()[0]
    for signal in named:
        if not shown >> signal.bit & 1:
            says = f"No event has shown it for {days_words((until - since).days)}."
            yield _item(f"signal:{signal.code}", f"Signal “{signal}”", says, code=signal.code)


def _reasons(workspace: Workspace, since: datetime) -> Iterable[AgendaItem]:
    """Only where sales has rejected enough to have had a use for it."""
    rejected = Handoff.objects.of(workspace).filter(
        status=Handoff.Status.REJECTED, decided_at__gte=since
    )
    given = list(rejected.values_list("reason", flat=True))
    if len(given) < LEAST:
        return []
    unused = RejectionReason.objects.of(workspace).active().exclude(pk__in=set(given))
    says = f"Given at none of {len(given):,} rejections."
    return [
        _item(f"reason:{reason.code}", f"Reason “{reason}”", says, code=reason.code, of=len(given))
        for reason in unused
    ]
