"""What changed since an offer was frozen: what the lead did, what we did, its score, its facts.

For a whole page of offers in a constant number of queries.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Count, F, Max

from accounts.models import Workspace
from handoff.deed_words import deed, deed_of_kind, times
from handoff.models import Handoff
from leadqual.custom_fields import labels
from leadqual.models import Event, Touch, TouchKind
from scoring.engine.fields import label_of
from scoring.models import Score, Signal
from scoring.signal_words import asks
from scoring.versions import definitions_by_rule_set

SHOWN: Final = 3
"""Deeds, and facts, that are told one by one; how many more there are is counted."""
_NOTHING: Final = frozenset({None, "null", '""'})  # jsonb as it is written
_WE: Final = {
    TouchKind.CALL: "we called",
    TouchKind.EMAIL: "we wrote an e-mail",
    TouchKind.MEETING: "we met",
    TouchKind.MESSAGE: "we sent a message",
}

# The last value of each fact that became known since, beside the last one before the offer.
_FACTS: Final = """
WITH h AS (
    SELECT h.id, h.offered_at, h.lead_id, l.company_id FROM handoff_handoff h
    JOIN leadqual_lead l ON l.id = h.lead_id WHERE h.id = ANY (%(ids)s::bigint[])
), changed AS (
    SELECT h.id, '' AS owner, a.field, a.value, a.at, a.id AS n, (
        SELECT p.value FROM leadqual_attributechange p
        WHERE p.lead_id = h.lead_id AND p.field = a.field AND p.at <= h.offered_at
        ORDER BY p.at DESC, p.id DESC LIMIT 1) AS before
    FROM h JOIN leadqual_attributechange a ON a.lead_id = h.lead_id AND a.at > h.offered_at
    UNION ALL
    SELECT h.id, 'company.', a.field, a.value, a.at, a.id, (
        SELECT p.value FROM leadqual_attributechange p
        WHERE p.company_id = h.company_id AND p.field = a.field AND p.at <= h.offered_at
        ORDER BY p.at DESC, p.id DESC LIMIT 1)
    FROM h JOIN leadqual_attributechange a ON a.company_id = h.company_id AND a.at > h.offered_at
), latest AS (
    SELECT DISTINCT ON (id, owner, field) * FROM changed ORDER BY id, owner, field, at DESC, n DESC
)
SELECT id, owner || field, value, before FROM latest
WHERE coalesce(nullif(value, 'null'), '""') <> coalesce(nullif(before, 'null'), '""')
ORDER BY id, owner, field
"""


@dataclass(frozen=True)
class Since:
    """Each change in words; empty where there is none. `score` and `grade` as “72 → 81”."""

    deeds: Sequence[str] = ()
    touches: Sequence[str] = ()
    score: str = ""
    grade: str = ""
    facts: Sequence[str] = ()
    model: str = ""

    @property
    def words(self) -> str:
        """All of it in a line: “looked at the pricing page twice; score 72 → 81”; or blank."""
        said = [", ".join([*_few(self.deeds), *self.touches]), ", ".join(_few(self.facts))]
        numbers = [
            f"{name} {change}"
            for name, change in (("score", self.score), ("grade", self.grade))
            if change
        ]
        model = f"model version {self.model}" if self.model else ""
        return "; ".join(part for part in (said[0], *numbers, said[1], model) if part)


def _few(words: Sequence[str]) -> list[str]:
    more = len(words) - SHOWN
    return [*words[:SHOWN], *([f"{more} more"] if more > 0 else [])]


def since_offers(
    workspace: Workspace, offers: Collection[Handoff], *, now: datetime
) -> dict[int, Since]:
    """By offer, whatever its status; those since whose offer nothing changed are left out."""
    if not offers:
        return {}
    pks = [offer.pk for offer in offers]
    deeds, touches = _deeds(workspace, pks, now=now), _touches(pks, now=now)
    facts, numbers = _facts(workspace, pks), _numbers(offers)
    found = {
        pk: Since(
            deeds=deeds.get(pk, ()),
            touches=touches.get(pk, ()),
            facts=facts.get(pk, ()),
            **numbers.get(pk, {}),
        )
        for pk in pks
    }
    return {pk: since for pk, since in found.items() if since.words}


def _deeds(workspace: Workspace, pks: list[int], *, now: datetime) -> dict[int, list[str]]:
    """What the leads did, the latest first; each by the signal that says most of it."""
    events = (
        Event.objects.filter(
            lead__handoffs__in=pks,
            occurred_at__gt=F("lead__handoffs__offered_at"),
            occurred_at__lte=now,
        )
        .values_list("lead__handoffs", "kind", "signals")
        .annotate(number=Count("pk"), last=Max("occurred_at"))
        .order_by("-last", "kind", "signals")
    )
    rows = list(events)
    signals = list(Signal.objects.of(workspace)) if rows else []
    signals.sort(key=lambda signal: (-len(asks(signal)), signal.pk))
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for offer, kind, shown, number, _ in rows:
        done = _done(kind, shown, signals)
        counts[offer][done] = counts[offer].get(done, 0) + number
    return {
        offer: [done if number == 1 else f"{done} {times(number)}" for done, number in each.items()]
        for offer, each in counts.items()
    }


def _done(kind: str, shown: int, signals: Sequence[Signal]) -> str:
    """`signals`: those that ask for most first."""
    signal = next((each for each in signals if shown >> each.bit & 1), None)
    if signal is None:
        return deed_of_kind(kind)
    narrow = any((signal.utm_source, signal.utm_medium, signal.utm_campaign, signal.property_name))
    return deed(signal.name, kind=kind, path=signal.path_prefix, is_narrow=narrow)


def _touches(pks: list[int], *, now: datetime) -> dict[int, list[str]]:
    rows = (
        Touch.objects.filter(
            lead__handoffs__in=pks,
            occurred_at__gt=F("lead__handoffs__offered_at"),
            occurred_at__lte=now,
        )
        .values_list("lead__handoffs", "kind")
        .annotate(number=Count("pk"))
        .order_by("kind")
    )
    found: dict[int, list[str]] = defaultdict(list)
    for offer, kind, number in rows:
        said = _WE[TouchKind(kind)]
        found[offer].append(said if number == 1 else f"{said} {times(number)}")
    return found


def _facts(workspace: Workspace, pks: list[int]) -> dict[int, list[str]]:
    """“phone number added”, “job title changed”, “main challenge withdrawn”."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"ids": pks})
        rows = cursor.fetchall()
    own = labels(workspace) if any("attributes." in name for _, name, _, _ in rows) else {}
    found: dict[int, list[str]] = defaultdict(list)
    for offer, name, value, before in rows:
        label = "company" if name == "company_id" else label_of(name, own)
        how = "withdrawn" if value in _NOTHING else "added" if before in _NOTHING else "changed"
        found[offer].append(f"{label} {how}")
    return found


def _numbers(offers: Collection[Handoff]) -> dict[int, dict[str, str]]:
    """The computed numbers, as the offer has them and as they are now."""
    scores = Score.objects.in_bulk([offer.lead_id for offer in offers])
    known = definitions_by_rule_set(score.rule_set_id for score in scores.values())
    found = {}
    for offer in offers:
        if score := scores.get(offer.lead_id):
            definitions = known[score.rule_set_id]
            grade = definitions.grade(score.fit, score.intent)
            found[offer.pk] = {
                "score": _change(round(offer.fit + offer.intent), round(score.fit + score.intent)),
                "grade": _change(offer.grade or "none", grade or "none"),
                "model": _change(offer.model_version, definitions.number),
            }
    return found


def _change(before: object, now: object) -> str:
    return f"{before} → {now}" if before != now else ""
