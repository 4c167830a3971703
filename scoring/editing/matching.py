"""How many leads a rule matches now, and what share of those that were won: for whom writes it.

All rules of a version are counted in one statement over all leads; a row that is being typed in
one of its own. Points, caps and decay are left out: a rule matches where it would count at all.
"""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Max, Min

from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.contents import Contents
from scoring.engine.compiled_events import event_columns, people_columns, people_join
from scoring.engine.conditions import FactColumns, all_hold_sql, condition_sql
from scoring.engine.gather import unclassified
from scoring.engine.rule_values import Condition, IntentPoints, RuleSet, Shape
from scoring.engine.rules import as_written, by_position, read_rules
from scoring.engine.sql import Bind, Binder
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

SECONDS = 3.0
"""Counting that takes longer is given up: the page is for writing rules, not for waiting."""
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


class TooManyToCount(Exception):
    """The database needed longer than a person who is writing would wait."""


@dataclass(frozen=True)
class Match:
    """Of all leads that are here (not merged, not erased), and of those that were won."""

    leads: int
    of_leads: int
    won: int
    of_won: int

    def sentence(self) -> str:
        """“Matches 612 of 5,120 leads now (12 %) and 40 of the 96 won (42 %).”"""
        if not self.of_leads:
            return "There are no leads yet to match."
        now = f"Matches {self.leads:,} of {self.of_leads:,} leads now"
        now += f" ({_percent(self.leads / self.of_leads)})"
        if not self.of_won:
            return f"{now}; none was won yet."
        share = _percent(self.won / self.of_won)
        return f"{now} and {self.won:,} of the {self.of_won:,} won ({share})."


def _percent(share: float) -> str:
    """Nothing is 0 % and everything 100 % only where it really is."""
    if 0 < share < 0.01:
        return "under 1 %"
    return f"{min(round(share * 100), 99) if share < 1 else 100} %"


def matches(
    version: ModelVersion, contents: Contents, *, now: datetime, seconds: float = SECONDS
) -> dict[int, Match]:
    """Of each row of these contents, by the id() of the row. Raises TooManyToCount.

    The contents may be what is stored or what is being typed; lists, personas and the title
    table that rules refer to are looked up in them as well.
    """
    with at_most(seconds):
        return _count(version, contents, now=now)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Whatever is asked in it ends after so many seconds in TooManyToCount."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")
            yield
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        raise TooManyToCount("There are too many leads to count at once.") from error


def _count(version: ModelVersion, contents: Contents, *, now: datetime) -> dict[int, Match]:
    rules = _plain(rules_in(version, contents))
    reach = Lead.objects.of(version.workspace).aggregate(after=Min("pk"), until=Max("pk"))
    bind, facts_bind = Binder(), Binder(prefix="f")
    facts = FactColumns(facts_bind, rules.titles)
    tests = list(_tests(contents, rules, facts))
    columns = ", ".join(
        f"count(*) FILTER (WHERE {test}), count(*) FILTER (WHERE ({test}) AND f.won)"
        for _, test in tests
    )
    people = Binder(prefix="p")
    text = f"""
        SELECT count(*), count(*) FILTER (WHERE f.won){", " if columns else ""}{columns}
        FROM ({_leads(rules, facts)} OFFSET 0) f
        LEFT JOIN scoring_score s ON s.lead_id = f.lead_id
        {_events(rules, bind)} {_people(rules, people)}"""
    values: dict[str, Any] = {"after": (reach["after"] or 1) - 1, "until": reach["until"] or 0}
    for each in (bind, facts_bind, people):
        values |= each.params
        values |= {name: now - age for name, age in each.ages.items()}
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        leads, won, *counts = cursor.fetchone() or (0, 0)
    return {
        row: Match(counts[2 * n], leads, counts[2 * n + 1], won) for n, (row, _) in enumerate(tests)
    }


def rules_in(version: ModelVersion, contents: Contents) -> RuleSet:
    """The rules as the evaluators read them, from rows that need not be stored."""
    shell = ModelVersion(pk=version.pk, workspace=version.workspace)
    rows = {part._meta.model_name: list(found) for part, found in contents.parts.items()}
    shell._prefetched_objects_cache = {  # type: ignore[attr-defined]
        name: rows.get(name.removesuffix("s"), []) for name in (*_PARTS, *_TABLES)
    }
    return read_rules([shell])[version.pk]


def _plain(rules: RuleSet) -> RuleSet:
    """Each rule worth a hundred points, whatever it gives and however it fades."""
    intents = (
        replace(
            rule, points=100, source_points=(), cap=None, half_life=None, decay_steps=(), group=""
        )
        for rule in rules.intents
    )
    return replace(rules, intents=tuple(intents))


def _leads(rules: RuleSet, facts: FactColumns) -> str:
    columns = ["l.id AS lead_id", "l.company_id", *facts.select_list()]
    columns.append(f"l.stage = {facts.bind(Stage.WON.value)} AS won")
    return f"""
        SELECT {", ".join(columns)}
        FROM leadqual_lead l LEFT JOIN leadqual_company c ON c.id = l.company_id {facts.join()}
        WHERE l.workspace_id = {facts.bind(rules.workspace_id)}
          AND l.merged_into_id IS NULL AND l.erased_at IS NULL"""


def _events(rules: RuleSet, bind: Binder) -> str:
    if all(rule.shape == Shape.PEOPLE for rule in rules.intents):
        return ""
    raw = {each.bit: each for each in unclassified(rules.workspace_id)}
    return f"""LEFT JOIN (
            SELECT e.lead_id AS of_lead, {", ".join(event_columns(rules, raw, bind))}
            FROM leadqual_event e WHERE e.lead_id > %(after)s AND e.lead_id <= %(until)s
            GROUP BY e.lead_id
        ) a ON a.of_lead = f.lead_id"""


def _people(rules: RuleSet, bind: Binder) -> str:
    if not rules.counts_people:
        return ""
    raw = {each.bit: each for each in unclassified(rules.workspace_id)}
    companies = f"""SELECT DISTINCT l.company_id, NULL AS moment FROM leadqual_lead l
            WHERE l.workspace_id = {bind(rules.workspace_id)} AND l.company_id IS NOT NULL"""
    join = people_join(rules, raw, bind, companies=companies)
    columns = ", ".join(people_columns(rules))
    return f"{join} CROSS JOIN LATERAL (SELECT {columns}) b"


def _tests(contents: Contents, rules: RuleSet, facts: FactColumns) -> Iterator[tuple[int, str]]:
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
