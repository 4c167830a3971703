"""When each row of a model matches a lead, in SQL: for counting, with points left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scoring.contents import Contents
from scoring.engine.conditions import FactColumns, all_hold_sql, condition_sql
from scoring.engine.rule_values import Condition, IntentPoints, RuleSet, Shape
from scoring.engine.rules import as_written, by_position, read_rules
from scoring.engine.sql import Bind
from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    IcpCriterion,
    IntentRule,
    ModelVersion,
    PersonaLine,
    QualificationRule,
    TitleLine,
)
from scoring.models.rules import Operator
from scoring.models.versions import VersionPart
from scoring.ways import asked_of, floors_of

COUNTED: tuple[type[VersionPart], ...] = (
    IcpCriterion,
    AttributeRule,
    IntentRule,
    Disqualifier,
    PersonaLine,
    TitleLine,
    QualificationRule,
)
_PARTS = ("icpcriterions", "attributerules", "intentrules", "disqualifiers", "personalines")
_TABLES = ("namedlists", "titlelines", "pointsgroups")


def plain_rules(version: ModelVersion, contents: Contents) -> RuleSet:
    """Each rule worth a hundred points, whatever it gives; events that earn nothing any more, or
    nothing from their source, still earn nothing."""
    rules = rules_in(version, contents)
    return replace(rules, intents=tuple(_plain(rule) for rule in rules.intents))


def _plain(rule: IntentPoints) -> IntentPoints:
    return replace(
        rule,
        points=100,
        source_points=tuple((code, 100 if points else 0) for code, points in rule.source_points),
        cap=None,
        half_life=None,
        decay_steps=tuple(step for step in rule.decay_steps if step[1] == 0),
        group="",
    )


def rules_in(version: ModelVersion, contents: Contents) -> RuleSet:
    """The rules as the evaluators read them, from rows that need not be stored."""
    shell = ModelVersion(pk=version.pk, workspace=version.workspace)
    rows = {part._meta.model_name: list(found) for part, found in contents.parts.items()}
    shell._prefetched_objects_cache = {  # type: ignore[attr-defined]
        name: rows.get(name.removesuffix("s"), []) for name in (*_PARTS, *_TABLES)
    }
    return read_rules([shell])[version.pk]


def row_tests(contents: Contents, rules: RuleSet, facts: FactColumns) -> Iterator[tuple[int, str]]:
    """For each row its id() and when it matches, over f, a, b (events) and s (score)."""
    personas = {name: _all(lines, facts) for name, lines in rules.personas}

    def of_persona(name: str) -> str:
        return f" AND {personas.get(name, 'false')}" if name else ""

    for row, line in _beside(contents, IcpCriterion, rules.icp):
        yield id(row), _holds(line, facts)
    for row, rule in _beside(contents, AttributeRule, rules.attributes):
        asked = _holds(rule.condition, facts) if rule.condition else _all(rules.icp, facts)
        yield id(row), f"{asked}{of_persona(rule.persona)}"
    for n, (row, did) in enumerate(_beside(contents, IntentRule, rules.intents)):
        yield id(row), f"{_earned(n, did)}{of_persona(did.persona)}"
    for row, flag in _beside(contents, Disqualifier, rules.flags):
        yield id(row), _holds(flag.condition, facts)
    for row in contents.rows(PersonaLine):
        yield id(row), personas[row.persona]
    for row in contents.rows(TitleLine):
        yield id(row), _holds(_words(row, rules, contents), facts)
    floors = floors_of(contents.rows(Band))
    for row in contents.rows(QualificationRule):
        yield id(row), _way(row, floors, facts.bind)


def _beside(contents: Contents, part: type[VersionPart], read: Sequence[Any]) -> Any:
    """The rows with what was read from them: in the order in which they were written."""
    return zip(as_written(contents.rows(part)), read, strict=True)


def _holds(condition: Condition, facts: FactColumns) -> str:
    return f"coalesce({condition_sql(condition, facts)}, false)"


def _all(lines: tuple[Condition, ...], facts: FactColumns) -> str:
    return f"coalesce({all_hold_sql(lines, facts)}, false)"


def _earned(n: int, rule: IntentPoints) -> str:
    return f"coalesce({'b' if rule.shape == Shape.PEOPLE else 'a'}.r{n}, 0) > 0"


def _words(row: TitleLine, rules: RuleSet, contents: Contents) -> Condition:
    """Whether the words are in the job title; a line above it may say something else."""
    lines = by_position(contents.rows(TitleLine))
    place = next(n for n, line in enumerate(lines) if line is row)
    return Condition("job_title", Operator.HAS_WORD, rules.titles[place].words)


def _way(row: QualificationRule, floors: Mapping[tuple[str, str], int], bind: Bind) -> str:
    """By the present scores, whichever version made them."""
    asked = asked_of(row, floors)
    return (
        f"s.fit >= {bind(asked.fit)} AND s.intent >= {bind(asked.intent)}"
        f" AND s.fit + s.intent >= {bind(asked.total)} AND NOT s.disqualified"
    )
