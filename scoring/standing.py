"""Where a lead stands: its numbers held against the definitions of the version that made them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db import connection
from django.db.models import Case, CharField, F, FloatField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from leadqual.custom_fields import labels
from leadqual.models import Lead
from scoring.engine.definitions import Bounds, Definitions, definitions_of
from scoring.engine.fields import field_named, label_of
from scoring.engine.rules import Flag
from scoring.engine.sql import Binder
from scoring.models import ModelVersion, Rescore, Score, ScoreOverride
from scoring.overrides import Overridden, overridden_of, valid_overrides
from scoring.versions import (
    definitions_by_rule_set,
    latest_by_rule_set,
    latest_of,
    published_version,
)
from scoring.why_not import Numbers, flags_by_lead, why_not

__all__ = [
    "Overridden",
    "Standing",
    "grade_case",
    "judged",
    "published_version",
    "standing_of",
    "standings",
]


@dataclass(frozen=True)
class Standing:
    """Fit, intent 0–100, total their sum, as computed. `version` is the number of the version it is
    held against: while a rescore is under way, the last one with the rules that made the numbers.

    `override` is the valid one, if there is: bands and grade of its own, and MQL definition and
    hand-off rule go by it. A disqualifier holds whatever a person says.
    `is_mql`: the MQL definition holds. `keeps_mql`: it still holds with the demotion margin.
    `is_ready`: the hand-off rule holds and no fact that a rep needs is missing.
    `disqualifiers` are the names of those that hold.
    """

    fit: float
    intent: float
    fit_band: str
    intent_band: str
    grade: str
    disqualified: bool
    is_mql: bool
    keeps_mql: bool
    is_ready: bool
    version: int
    missing_facts: list[str] = field(default_factory=list)
    why_not_mql: list[str] = field(default_factory=list)
    why_not_ready: list[str] = field(default_factory=list)
    override: Overridden | None = None
    disqualifiers: list[str] = field(default_factory=list)

    @property
    def total(self) -> float:
        return self.fit + self.intent

    @property
    def counting(self) -> "Standing | Overridden":
        """The numbers that the definitions go by: the override's while it is valid."""
        return self.override or self

    def kept(self, explanation: dict[str, Any] | None) -> dict[str, Any] | None:
        """What a move or a packet keeps: the computed score's explanation, and the override."""
        if explanation is None or self.override is None:
            return explanation
        return {**explanation, "override": self.override.in_record()}


def standing_of(
    lead: Lead, *, version: ModelVersion | None = None, now: datetime | None = None
) -> Standing | None:
    """None while the lead is not scored. With `version`, its definitions are applied instead:
    “what would this version say”, of the numbers that the lead has now."""
    return standings([lead], version=version, now=now).get(lead.pk)


def standings(
    leads: Iterable[Lead], *, version: ModelVersion | None = None, now: datetime | None = None
) -> dict[int, Standing]:
    """Those of many leads, by lead id, in a constant number of queries; unscored ones left out.

    `now` is the moment at which an override must be valid to count; the clock's if left out.
    """
    leads = list(leads)
    lead_ids = [lead.pk for lead in leads]
    scores = list(Score.objects.filter(pk__in=lead_ids))
    overrides = valid_overrides(lead_ids, at=now or timezone.now())
    if version is None:
        known = definitions_by_rule_set(score.rule_set_id for score in scores)
    else:
        known = dict.fromkeys((s.rule_set_id for s in scores), definitions_of(version))
    return _by_scores(scores, known, leads, overrides)


def judged(lead: Lead, *, now: datetime) -> tuple[Standing, Score, ModelVersion] | None:
    """The standing with the score and the version that made it; None while it is not scored."""
    score = Score.objects.filter(pk=lead.pk).first()
    if score is None:
        return None
    version = latest_of([score.rule_set_id])[score.rule_set_id]
    known = {score.rule_set_id: definitions_of(version)}
    overrides = valid_overrides([lead.pk], at=now)
    return _by_scores([score], known, [lead], overrides)[lead.pk], score, version


def _by_scores(
    scores: Sequence[Score],
    known: Mapping[int, Definitions],
    leads: Sequence[Lead],
    overrides: Mapping[int, ScoreOverride],
) -> dict[int, Standing]:
    wanted = {name for definitions in known.values() for name in definitions.required_facts}
    unknown = _unknown_facts([score.pk for score in scores], sorted(wanted))
    flags = flags_by_lead(scores)
    is_own = any("attributes." in name for names in unknown.values() for name in names)
    own = labels(leads[0].workspace) if is_own else {}
    return {
        score.pk: _standing(
            score,
            known[score.rule_set_id],
            {name: label_of(name, own) for name in unknown.get(score.pk, ())},
            overrides.get(score.pk),
            flags.get(score.pk, []),
        )
        for score in scores
    }


def _standing(
    score: Score,
    definitions: Definitions,
    unknown: Mapping[str, str],
    override: ScoreOverride | None,
    flags: Sequence[Flag],
) -> Standing:
    fit, intent = score.fit, score.intent
    overridden = overridden_of(override, score, definitions) if override else None
    counting = overridden or score
    numbers = Numbers(counting.fit, counting.intent, score.disqualified)
    handoff = definitions.handoff or definitions.mql
    missing = [unknown[name] for name in definitions.required_facts if name in unknown]
    return Standing(
        fit=fit,
        intent=intent,
        fit_band=definitions.fit_band(fit),
        intent_band=definitions.intent_band(intent),
        grade=definitions.grade(fit, intent),
        disqualified=score.disqualified,
        is_mql=_holds(definitions.mql, numbers),
        keeps_mql=_holds(definitions.mql, numbers, margin=definitions.margin),
        is_ready=_holds(handoff, numbers) and not missing,
        version=definitions.number,
        missing_facts=missing,
        why_not_mql=why_not(
            definitions.mql, numbers, definitions, name="the MQL definition", flags=flags
        ),
        why_not_ready=[
            *why_not(handoff, numbers, definitions, name="the hand-off rule", flags=flags),
            *_missing(missing),
        ],
        override=overridden,
        disqualifiers=[flag.name for flag in flags],
    )


def _holds(ways: Sequence[Bounds], score: Numbers, *, margin: int = 0) -> bool:
    numbers = score.fit, score.intent
    return not score.disqualified and any(way.hold(*numbers, margin=margin) for way in ways)


def _missing(labels: Sequence[str]) -> list[str]:
    return [f"Not known yet: {', '.join(labels)}."] if labels else []


def _unknown_facts(lead_ids: Sequence[int], names: Sequence[str]) -> dict[int, frozenset[str]]:
    """Of these facts, the ones not known, by lead."""
    if not names or not lead_ids:
        return {}
    bind = Binder()
    columns = ", ".join(f"{field_named(name).raw_sql(bind)} IS NULL" for name in names)
    text = (
        f"SELECT l.id, {columns} FROM leadqual_lead l"  # noqa: S608 - every value is bound
        " LEFT JOIN leadqual_company c ON c.id = l.company_id WHERE l.id = ANY (%(ids)s::bigint[])"
    )
    with connection.cursor() as cursor:
        cursor.execute(text, {**bind.params, "ids": list(lead_ids)})
        return {
            row[0]: frozenset(n for n, absent in zip(names, row[1:], strict=True) if absent)
            for row in cursor.fetchall()
        }


def grade_case(version: ModelVersion, *, prefix: str = "score__") -> Case:
    """The grade as an annotation over leads (`prefix` leads to their score); blank if unscored.

    While a rescore is under way, leads not yet reached keep the grade of the version that
    made their numbers.
    """
    versions = {version.rule_set_id: version}
    if Rescore.objects.of(version.workspace).filter(finished_at=None).exists():
        versions = {**latest_by_rule_set(version.workspace_id), **versions}  # type: ignore[dict-item]
    whens = [
        When(_cell(prefix, rule_set, definitions, i, j), then=Value(letter))
        for rule_set, each in versions.items()
        for definitions in [definitions_of(each)]
        for i, (_, fit_band) in enumerate(definitions.fit_bands)
        for j, (_, intent_band) in enumerate(definitions.intent_bands)
        if (letter := definitions.grades.get((fit_band, intent_band)))
    ]
    return Case(*whens, default=Value(""), output_field=CharField())


def _cell(prefix: str, rule_set: int | None, definitions: Definitions, fit: int, intent: int) -> Q:
    cell = Q(**{f"{prefix}rule_set": rule_set})
    for axis, bands, n in (
        ("fit", definitions.fit_bands, fit),
        ("intent", definitions.intent_bands, intent),
    ):
        cell &= Q(**{f"{prefix}{axis}__gte": bands[n][0]})
        if n + 1 < len(bands):
            cell &= Q(**{f"{prefix}{axis}__lt": bands[n + 1][0]})
    return cell


def total_case(*, prefix: str = "score__") -> Coalesce:
    """Fit + intent as an annotation over leads, −1 where unscored (so that they sort last)."""
    total = F(f"{prefix}fit") + F(f"{prefix}intent")
    return Coalesce(cast(F, total), Value(-1.0), output_field=FloatField())


def with_total(leads: QuerySet[Lead]) -> list[QuerySet[Lead]]:
    """The leads with `total`, scored ones first, then those without a score (−1).

    Two querysets, because only the scored ones are sorted by an index (`score_by_total`).
    """
    # Said again of the score: that is where the index begins.
    scored = leads.filter(score__workspace=F("workspace"))
    unscored = leads.filter(score=None)
    return [
        scored.annotate(total=cast(F, F("score__fit") + F("score__intent"))),
        unscored.annotate(total=Value(-1.0, output_field=FloatField())),
    ]
