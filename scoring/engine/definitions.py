"""What a version makes of the numbers: bands, grade, MQL definition and hand-off rule.

Frozen values, in Python and as SQL over a fit, an intent and a flag. Nothing of it is stored on
a score, so that moving a threshold writes none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import prefetch_related_objects

from scoring.engine.fields import field_named
from scoring.engine.sql import Bind
from scoring.models import ModelVersion, QualificationRule
from scoring.models.versions import Axis

Bands = tuple[tuple[int, str], ...]
"""(floor, name), lowest first."""
OUT_OF_REACH = 101
"""What a band asks for that does not exist: nothing reaches it, nobody qualifies by mistake."""


@dataclass(frozen=True)
class Bounds:
    """One way to satisfy a definition; a bound that is None asks nothing.

    `fit_band` and `intent_band`: the band whose floor the bound is, where it was named.
    """

    fit: int | None
    intent: int | None
    total: int | None
    fit_band: str = ""
    intent_band: str = ""

    def hold(self, fit: float, intent: float, *, margin: int = 0) -> bool:
        return (
            (self.fit is None or fit + margin >= self.fit)
            and (self.intent is None or intent + margin >= self.intent)
            and (self.total is None or fit + intent + margin >= self.total)
        )

    def sql(self, fit: str, intent: str, bind: Bind, *, margin: int = 0) -> str:
        asked = ((fit, self.fit), (intent, self.intent), (f"{fit} + {intent}", self.total))
        tests = [
            f"{number} + {bind(margin)} >= {bind(floor)}"
            for number, floor in asked
            if floor is not None
        ]
        return f"({' AND '.join(tests)})" if tests else "true"


@dataclass(frozen=True)
class Definitions:
    """Without a hand-off rule every MQL may be handed over.

    `margin` is granted to fit, intent and total before an MQL is taken back.
    """

    number: int
    rule_set: int
    fit_bands: Bands = ()
    intent_bands: Bands = ()
    grades: dict[tuple[str, str], str] = field(default_factory=dict)
    mql: tuple[Bounds, ...] = ()
    handoff: tuple[Bounds, ...] = ()
    margin: int = 0
    wake_points: int = 0
    required_facts: tuple[str, ...] = ()

    def fit_band(self, fit: float) -> str:
        return _band(self.fit_bands, fit)

    def intent_band(self, intent: float) -> str:
        return _band(self.intent_bands, intent)

    def grade(self, fit: float, intent: float) -> str:
        """The letter of the matrix, blank where the matrix has no cell for it."""
        return self.grades.get((self.fit_band(fit), self.intent_band(intent)), "")

    def grade_sql(self, fit: str, intent: str, bind: Bind) -> str:
        cells = [
            f"WHEN {_in_band(fit, self.fit_bands, i, bind)}"
            f" AND {_in_band(intent, self.intent_bands, j, bind)} THEN {bind(letter)}::text"
            for i, (_, fit_band) in enumerate(self.fit_bands)
            for j, (_, intent_band) in enumerate(self.intent_bands)
            if (letter := self.grades.get((fit_band, intent_band)))
        ]
        return f"(CASE {' '.join(cells)} ELSE '' END)" if cells else "''"

    def standing_sql(
        self, fit: str, intent: str, disqualified: str, bind: Bind, *, facts: bool = True
    ) -> str:
        """A text that is equal for two leads, or two moments, of the same standing; over l and c.

        Grade, then: is MQL, keeps MQL, numbers ready for hand-off, all required facts known; the
        last, and l and c with it, only with `facts`.
        """
        handoff = self.handoff or self.mql
        tests = [
            _any(bounds.sql(fit, intent, bind) for bounds in self.mql),
            _any(bounds.sql(fit, intent, bind, margin=self.margin) for bounds in self.mql),
            _any(bounds.sql(fit, intent, bind) for bounds in handoff),
        ]
        required = self.required_facts if facts else ()
        known = [f"{field_named(n).raw_sql(bind)} IS NOT NULL" for n in required]
        flags = [f"(NOT {disqualified} AND {test})" for test in tests]
        flags.append(f"({' AND '.join(known)})" if known else "true")
        parts = [self.grade_sql(fit, intent, bind), *(f"({flag})::int::text" for flag in flags)]
        return f"({' || '.join(parts)})"


def _any(tests: Iterable[str]) -> str:
    return f"({' OR '.join(tests) or 'false'})"


def _band(bands: Sequence[tuple[int, str]], points: float) -> str:
    return next((name for floor, name in reversed(bands) if points >= floor), "")


def _in_band(number: str, bands: Sequence[tuple[int, str]], n: int, bind: Bind) -> str:
    test = f"{number} >= {bind(bands[n][0])}"
    return test if n + 1 == len(bands) else f"{test} AND {number} < {bind(bands[n + 1][0])}"


_known: dict[tuple[int, datetime], Definitions] = {}
_PARTS = ("bands", "gradecells", "qualificationrules")


def definitions_of(version: ModelVersion) -> Definitions:
    """The version's definitions; those of a published one or a shadow stay in memory: final."""
    if version.final_since is None:
        return read_definitions([ModelVersion.objects.get(pk=version.pk)])[version.pk]
    key = (version.pk, version.final_since)
    definitions = _known.get(key)
    if definitions is None:
        definitions = read_definitions([version])[version.pk]
        if len(_known) > 200:
            _known.clear()
        _known[key] = definitions  # asked for no more: another thread may have cleared it
    return definitions


def read_definitions(versions: Sequence[ModelVersion]) -> dict[int, Definitions]:
    """Those of several versions in a constant number of queries, by version id."""
    prefetch_related_objects(list(versions), *_PARTS)
    return {version.pk: _definitions(version) for version in versions}


def _definitions(version: ModelVersion) -> Definitions:
    fit_bands, intent_bands = _bands(version, Axis.FIT), _bands(version, Axis.INTENT)
    rules = sorted(version.qualificationrules.all(), key=lambda rule: rule.pk)
    ways = [(rule.purpose, _way(rule, fit_bands, intent_bands)) for rule in rules]
    purpose = QualificationRule.Purpose
    return Definitions(
        number=version.number,
        rule_set=version.rule_set_id or version.pk,
        fit_bands=fit_bands,
        intent_bands=intent_bands,
        grades={(c.fit_band, c.intent_band): c.grade for c in version.gradecells.all()},
        mql=tuple(way for meant, way in ways if meant == purpose.MQL),
        handoff=tuple(way for meant, way in ways if meant == purpose.HANDOFF),
        margin=version.demote_margin,
        wake_points=version.wake_points,
        required_facts=tuple(version.required_facts),
    )


def _bands(version: ModelVersion, axis: Axis) -> Bands:
    return tuple(sorted((b.floor, b.name) for b in version.bands.all() if b.axis == axis))


def _way(rule: QualificationRule, fit_bands: Bands, intent_bands: Bands) -> Bounds:
    fit, fit_band = _bound(rule.fit_at_least, rule.fit_band, fit_bands)
    intent, intent_band = _bound(rule.intent_at_least, rule.intent_band, intent_bands)
    return Bounds(fit, intent, rule.total_at_least, fit_band, intent_band)


def _bound(points: int | None, band: str, bands: Bands) -> tuple[int | None, str]:
    """The floor to reach, and the band that it belongs to; the higher where both are named."""
    if not band:
        return points, ""
    floor = next((floor for floor, name in bands if name == band), OUT_OF_REACH)
    return (floor, band) if points is None or floor >= points else (points, "")
