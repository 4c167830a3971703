"""The leads that were won, as they were when sales took them over: which rows matched them then.

By now their events have faded and their facts have changed; what a model should have seen is
what was known at that moment. That is the first move behind MQL in the cycle in which the lead
was won (from MQL to SAL, unless it was imported otherwise); now where no move is known.
"""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from datetime import datetime
from typing import Any

from django.db import connection

from leadqual.models import Lead, StageMove
from leadqual.stages import IN_SALES, Stage
from scoring.contents import Contents
from scoring.editing.matching_rows import row_tests
from scoring.engine.compiled import Scope, compiled
from scoring.engine.compiled_events import event_columns, people_columns, people_join
from scoring.engine.conditions import FactColumns
from scoring.engine.gather import unclassified
from scoring.engine.hindsight import KNOWN_THEN
from scoring.engine.rule_values import RuleSet, Shape
from scoring.engine.rules import rules_of
from scoring.engine.sql import Bind, Binder
from scoring.models import ModelVersion, QualificationRule
from scoring.versions import published_version

NEWEST = 2000
"""Of the leads won, so many are looked at: those won last."""

Moments = list[tuple[int, datetime]]


def handovers(version: ModelVersion, *, now: datetime) -> Moments:
    """The leads won last, by id, each with the moment at which sales took it over."""
    won = Lead.objects.of(version.workspace).present().in_stage(Stage.WON)
    ids = list(won.order_by("-stage_since", "-pk").values_list("pk", flat=True)[:NEWEST])
    moves = StageMove.objects.filter(lead__in=ids, at__lte=now, counted=True)
    moves = moves.filter(to_stage__in=[*IN_SALES, Stage.WON])
    first = moves.order_by("lead", "-cycle", "at", "pk").distinct("lead")
    moments = dict(first.values_list("lead", "at"))
    return [(pk, moments.get(pk, now)) for pk in ids]


def count_won(
    version: ModelVersion, contents: Contents, rules: RuleSet, moments: Moments
) -> dict[int, int]:
    """How many of these leads each row matched at the lead's moment, by the row's id().

    `rules` are those of the contents. A way to qualify is held against what the published
    version says of that moment.
    """
    bind, facts_bind, people = Binder("f.at", "e"), Binder(prefix="f"), Binder("d.moment", "q")
    facts = FactColumns(facts_bind, rules.titles)
    tests = list(row_tests(contents, rules, facts))
    if not tests or not moments:
        return {row: 0 for row, _ in tests}
    scores, values = _scores(version, contents)
    counts = ", ".join(f"count(*) FILTER (WHERE {test})" for _, test in tests)
    text = f"""
        SELECT {counts} FROM ({_leads(rules, facts)} OFFSET 0) f
        {scores} {_events(rules, bind)} {_people(rules, people)}"""
    for each in (bind, facts_bind, people):
        values |= each.params
    values["ids"], values["ats"] = ([moment[n] for moment in moments] for n in range(2))
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        found = cursor.fetchone() or ()
    return {row: n for (row, _), n in zip(tests, found, strict=True)}


def _from(rules: RuleSet, bind: Bind, join: str = "") -> str:
    return f"""FROM {KNOWN_THEN} {join}
        WHERE l.workspace_id = {bind(rules.workspace_id)}
          AND l.merged_into_id IS NULL AND l.erased_at IS NULL"""


def _leads(rules: RuleSet, facts: FactColumns) -> str:
    columns = ["l.id AS lead_id", "l.company_id", "w.at", "w.n", *facts.select_list()]
    return f"SELECT {', '.join(columns)} {_from(rules, facts.bind, facts.join())}"


def _scores(version: ModelVersion, contents: Contents) -> tuple[str, dict[str, Any]]:
    """A join s: what the published version says of the moments, where a row asks for it."""
    published = published_version(version.workspace_id)
    if not contents.rows(QualificationRule):
        return "", {}
    if published is None:
        return "LEFT JOIN scoring_score s ON s.lead_id = f.lead_id", {}
    query = compiled(rules_of(published), unclassified(version.workspace_id), Scope.AS_AT)
    return f"LEFT JOIN ({query.text}) s ON s.n = f.n", query.values()


def _events(rules: RuleSet, bind: Binder) -> str:
    if all(rule.shape == Shape.PEOPLE for rule in rules.intents):
        return ""
    raw = {each.bit: each for each in unclassified(rules.workspace_id)}
    return f"""CROSS JOIN LATERAL (
            SELECT {", ".join(event_columns(rules, raw, bind))} FROM leadqual_event e
            WHERE e.lead_id = f.lead_id AND e.occurred_at <= f.at
        ) a"""


def _people(rules: RuleSet, bind: Binder) -> str:
    if not rules.counts_people:
        return ""
    raw = {each.bit: each for each in unclassified(rules.workspace_id)}
    companies = f"""SELECT DISTINCT l.company_id, w.at AS moment
            {_from(rules, bind)} AND l.company_id IS NOT NULL"""
    join = people_join(rules, raw, bind, companies=companies, ended=True)
    columns = ", ".join(people_columns(rules))
    return f"{join} AND q.moment = f.at CROSS JOIN LATERAL (SELECT {columns}) b"
