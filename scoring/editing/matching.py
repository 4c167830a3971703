"""How many leads a rule matches now, and what share of those that were won: for whom writes it.

All rules of a version are counted in two statements: over all leads as they are now, and over
those that were won as they were when sales took them over. A row that is being typed is counted
alone. Points, caps and half-lives are left out: a rule matches where it would count at all.
"""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from leadqual.models import Lead
from leadqual.patience import at_most
from leadqual.stages import Stage
from scoring.contents import Contents
from scoring.editing.matching_rows import COUNTED, plain_rules, row_tests
from scoring.editing.matching_won import count_won, handovers
from scoring.engine.compiled_events import event_columns, people_columns, people_join
from scoring.engine.conditions import FactColumns
from scoring.engine.gather import unclassified
from scoring.engine.rule_values import RuleSet, Shape
from scoring.engine.sql import Binder
from scoring.models import ModelVersion

__all__ = ["COUNTED", "Match", "matches"]

SECONDS = 3.0
"""Counting that takes longer is given up: the page is for writing rules, not for waiting."""


@dataclass(frozen=True)
class Match:
    """Of all leads that are here (not merged, not erased), now; and of those that were won, when
    sales took them over. `all_won` are more than `of_won` where only the newest were looked at."""

    leads: int
    of_leads: int
    won: int
    of_won: int
    all_won: int

    def sentence(self) -> str:
        """“Matches 612 of 5,120 leads now (12 %); 40 of the 96 won did when they were handed
        over (42 %).”"""
        if not self.of_leads:
            return "There are no leads yet to match."
        now = f"Matches {self.leads:,} of {self.of_leads:,} leads now"
        now += f" ({_percent(self.leads / self.of_leads)})"
        if not self.of_won:
            return f"{now}; none was won yet."
        won = f"the {self.of_won:,} won"
        if self.all_won > self.of_won:
            won = f"the {self.of_won:,} won last (of {self.all_won:,})"
        share = _percent(self.won / self.of_won)
        return f"{now}; {self.won:,} of {won} did when they were handed over ({share})."


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


def _count(version: ModelVersion, contents: Contents, *, now: datetime) -> dict[int, Match]:
    rules = plain_rules(version, contents)
    leads, all_won, found = _now(version, contents, rules, now=now)
    moments = handovers(version, now=now) if all_won else []
    won = count_won(version, contents, rules, moments)
    return {row: Match(n, leads, won[row], len(moments), all_won) for row, n in found.items()}


def _now(
    version: ModelVersion, contents: Contents, rules: RuleSet, *, now: datetime
) -> tuple[int, int, dict[int, int]]:
    """All leads, those that were won, and how many each row matches now, by the row's id()."""
    reach = Lead.objects.of(version.workspace).aggregate(after=Min("pk"), until=Max("pk"))
    bind, facts_bind, people = Binder(), Binder(prefix="f"), Binder(prefix="p")
    facts = FactColumns(facts_bind, rules.titles)
    tests = list(row_tests(contents, rules, facts))
    counts = ["count(*)", "count(*) FILTER (WHERE f.won)"]
    counts += [f"count(*) FILTER (WHERE {test})" for _, test in tests]
    text = f"""
        SELECT {", ".join(counts)}
        FROM ({_leads(rules, facts)} OFFSET 0) f
        LEFT JOIN scoring_score s ON s.lead_id = f.lead_id
        {_events(rules, bind)} {_people(rules, people)}"""
    values: dict[str, Any] = {"after": (reach["after"] or 1) - 1, "until": reach["until"] or 0}
    for each in (bind, facts_bind, people):
        values |= each.params
        values |= {name: now - age for name, age in each.ages.items()}
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        leads, won, *found = cursor.fetchone() or (0, 0)
    return leads, won, {row: n for (row, _), n in zip(tests, found, strict=True)}


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
