"""What publishing a draft would do at once: to how many leads, and whether scores stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from leadqual.patience import TooManyToCount, at_most
from leadqual.stages import Stage
from scoring.engine.definitions import definitions_of
from scoring.engine.rules import read_rules
from scoring.engine.sql import Binder, Compiled
from scoring.models import ModelVersion, Preview, Score
from scoring.previews.runs import fingerprint
from scoring.versions import once_in_force

SECONDS = 5.0
"""Counting that takes longer is given up: somebody waits for the page."""
SCORED = """scoring_score s JOIN leadqual_lead l ON l.id = s.lead_id
        LEFT JOIN leadqual_company c ON c.id = l.company_id
        WHERE s.workspace_id = %(workspace)s AND s.rule_set_id = %(rule_set)s"""
"""The scores, with their facts, that `stands_elsewhere` asks about."""


_TO_QUALIFY = [Stage.NEW.value, Stage.NURTURE.value]


@dataclass(frozen=True)
class Outlook:
    """`scored` leads have a score in the workspace. Where `is_rescored`, each gets a new one in
    the background; otherwise scores stay, and `moved` of them stand elsewhere at once: another
    grade, an MQL or no longer one, ready for sales or not. Of the leads that are new or nurtured,
    `new_mqls` would meet the MQL definition that they did not meet; of those and the MQLs,
    `newly_ready` would be ready for hand-off. All go by computed scores; they are None, too, where
    there were `too_many` to count while somebody waits.
    """

    scored: int
    is_rescored: bool
    moved: int | None
    too_many: bool = False
    new_mqls: int | None = None
    newly_ready: int | None = None


def outlook(draft: ModelVersion, *, seconds: float = SECONDS) -> Outlook:
    """Reads every score of the workspace where no rule has changed; writes nothing."""
    past = list(once_in_force(ModelVersion.objects.filter(workspace=draft.workspace_id)))
    before = last_with_same_rules(draft, past)
    is_rescored = before is None or before.rule_set_id != past[-1].rule_set_id
    scored = Score.objects.of(draft.workspace).count()
    if is_rescored or before is None:
        return Outlook(scored, is_rescored, moved=None)
    try:
        with at_most(seconds):
            moved, mqls, ready = _moved(before, draft)
    except TooManyToCount:
        return Outlook(scored, is_rescored, moved=None, too_many=True)
    return Outlook(scored, is_rescored, moved=moved, new_mqls=mqls, newly_ready=ready)


@dataclass(frozen=True)
class Glimpse:
    """The newest finished preview of a draft, in short: MQLs of the whole period by the draft and
    by what it was compared with (None where that was nothing), and of its `leads` those that
    would qualify besides, or no longer. `is_outdated`: the draft says something else now.
    """

    preview: Preview
    is_outdated: bool
    weeks: int
    leads: int
    mqls: int
    mqls_before: int | None
    gained: int
    lost: int


def glimpse(draft: ModelVersion) -> Glimpse | None:
    """None where no preview of the draft has ended."""
    preview = Preview.objects.done().filter(version=draft).order_by("-pk").first()
    if preview is None or preview.report is None:
        return None
    said = preview.report
    mqls = {name: sum(by_week) for name, by_week in said["mqls"].items()}
    return Glimpse(
        preview=preview,
        is_outdated=fingerprint(draft) != preview.fingerprint,
        weeks=len(said["weeks"]),
        leads=said["leads"],
        mqls=mqls["new"],
        mqls_before=mqls.get("old"),
        gained=said["flips"]["gained"]["count"],
        lost=said["flips"]["lost"]["count"],
    )


def last_with_same_rules(draft: ModelVersion, past: Sequence[ModelVersion]) -> ModelVersion | None:
    """Of the versions `once_in_force`, the last whose rules give the same numbers."""
    rules = read_rules([*past, draft])
    meaning = rules[draft.pk].meaning()
    twin = next((v for v in past if rules[v.pk].meaning() == meaning), None)
    if twin is None:
        return None
    return next(v for v in reversed(past) if v.rule_set_id == twin.pk)


def stands_elsewhere(old: ModelVersion, new: ModelVersion) -> Compiled:
    """Over SCORED: the scores that the rules of both have made mean something else by `new`."""
    before, after, params = _before_and_after(old, new)
    return Compiled(f"{before} <> {after}", params, {})


def _before_and_after(old: ModelVersion, new: ModelVersion) -> tuple[str, str, dict[str, Any]]:
    """Two standings over SCORED as SQL, and the values they are bound to, SCORED's with them."""
    bind = Binder()
    before, after = (
        definitions_of(version).standing_sql("s.fit", "s.intent", "s.disqualified", bind)
        for version in (old, new)
    )
    params = {**bind.params, "workspace": new.workspace_id, "rule_set": old.rule_set_id}
    return before, after, params


_IS_MQL, _IS_READY = "right({}, 4) LIKE '1%%'", "right({}, 2) = '11'"
"""Of a standing: its last four characters say MQL, keeps MQL, ready by its numbers, all known."""


def _moved(old: ModelVersion, new: ModelVersion) -> tuple[int, int, int]:
    """How many stand elsewhere, how many of them as new MQLs, how many newly ready."""
    before, after, params = _before_and_after(old, new)
    newly_mql, newly_ready = (
        f"stage = ANY({stages}) AND {test.format('after')} AND NOT {test.format('before')}"
        for test, stages in ((_IS_MQL, "%(to_qualify)s"), (_IS_READY, "%(to_offer)s"))
    )
    text = (
        f"SELECT count(*), count(*) FILTER (WHERE {newly_mql}),"  # noqa: S608 - values are bound
        f" count(*) FILTER (WHERE {newly_ready})"
        f" FROM (SELECT {before} AS before, {after} AS after, l.stage FROM {SCORED}) standings"
        " WHERE before <> after"
    )
    stages = {"to_qualify": _TO_QUALIFY, "to_offer": [*_TO_QUALIFY, Stage.MQL.value]}
    with connection.cursor() as cursor:
        cursor.execute(text, {**params, **stages})
        moved, mqls, ready = cursor.fetchone()
    return moved, mqls, ready
