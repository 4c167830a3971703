"""What publishing a draft would do: to how many leads, and whether scores stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from leadqual.models import Lead
from leadqual.patience import TooManyToCount, at_most
from leadqual.stages import Stage
from scoring.engine.compiled import Scope, compiled
from scoring.engine.definitions import definitions_of
from scoring.engine.gather import unclassified
from scoring.engine.rules import read_rules
from scoring.engine.sql import Binder, Compiled
from scoring.models import ModelVersion, Preview, Score
from scoring.previews.runs import fingerprint
from scoring.versions import once_in_force

SECONDS = 5.0
"""Counting that takes longer is given up: somebody waits for the page."""
_SCORED = """scoring_score s JOIN leadqual_lead l ON l.id = s.lead_id
        LEFT JOIN leadqual_company c ON c.id = l.company_id{}
        WHERE s.workspace_id = %(workspace)s AND s.rule_set_id = %(rule_set)s"""
SCORED = _SCORED.format("")
"""The scores, with their facts, that `stands_elsewhere` asks about."""

_TO_QUALIFY = [Stage.NEW.value, Stage.NURTURE.value]


@dataclass(frozen=True)
class Moved:
    """Leads that would stand elsewhere: `leads` with another grade, an MQL or no longer one, ready
    for sales or not. Of those that are new or nurtured, `new_mqls` would meet the MQL definition;
    of those and the MQLs, `newly_ready` would be MQLs that are ready for hand-off; of the MQLs,
    `taken_back` would no longer be one, unless an offer is open. All by computed scores.
    """

    leads: int
    new_mqls: int
    newly_ready: int
    taken_back: int


@dataclass(frozen=True)
class Outlook:
    """`scored` leads have a score in the workspace. Where `is_rescored`, each gets a new one in
    the background, and `moved` is counted as of now; otherwise scores stay, and those move at
    once. None where there were too many to count while somebody waits, or nothing is in force.
    """

    scored: int
    is_rescored: bool
    moved: Moved | None


def outlook(draft: ModelVersion, *, now: datetime, seconds: float = SECONDS) -> Outlook:
    """Reads every score of the workspace and, where a rule has changed, computes each anew; writes
    nothing. The draft must have no problems.
    """
    past = list(once_in_force(ModelVersion.objects.filter(workspace=draft.workspace_id)))
    scored = Score.objects.of(draft.workspace).count()
    if not past:
        return Outlook(scored, is_rescored=True, moved=None)
    before = last_with_same_rules(draft, past)
    is_rescored = before is None or before.rule_set_id != past[-1].rule_set_id
    try:
        with at_most(seconds):
            moved = _moved(past[-1], draft, rescored_at=now if is_rescored else None)
    except TooManyToCount:
        moved = None
    return Outlook(scored, is_rescored, moved)


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

    @property
    def a_week(self) -> float:
        return self.mqls / self.weeks if self.weeks else 0.0


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


def _before_and_after(
    old: ModelVersion, new: ModelVersion, *, numbers: str = "s"
) -> tuple[str, str, dict[str, Any]]:
    """Two standings over SCORED as SQL, the new one by `numbers`, and the values of it all."""
    bind = Binder(prefix="standing")
    before, after = (
        definitions_of(version).standing_sql(
            f"{by}.fit", f"{by}.intent", f"{by}.disqualified", bind
        )
        for version, by in ((old, "s"), (new, numbers))
    )
    params = {**bind.params, "workspace": new.workspace_id, "rule_set": old.rule_set_id}
    return before, after, params


_IS_MQL, _KEEPS_MQL = "right({0}, 4) LIKE '1%%'", "right({0}, 3) LIKE '1%%'"
_IS_READY = f"(right({{0}}, 3) = '111' AND (stage = 'mql' OR {_IS_MQL}))"
"""Of a standing: its last four characters say MQL, keeps MQL, ready by its numbers, all known."""
_COUNTED = (
    (f"{_IS_MQL.format('after')} AND NOT {_IS_MQL.format('before')}", _TO_QUALIFY),
    (f"{_IS_READY.format('after')} AND NOT {_IS_READY.format('before')}", [*_TO_QUALIFY, "mql"]),
    (f"{_KEEPS_MQL.format('before')} AND NOT {_KEEPS_MQL.format('after')}", [Stage.MQL.value]),
)
"""What `Moved` counts besides all: how they move, in which stages."""


def _moved(old: ModelVersion, new: ModelVersion, *, rescored_at: datetime | None) -> Moved:
    """`rescored_at` is the moment of the new scores; None where the stored ones stay."""
    numbers, joined, params = "s", "", {}
    with_new = ""
    if rescored_at:
        rules = read_rules([new])[new.pk]
        query = compiled(rules, unclassified(new.workspace_id), Scope.ALL)
        with_new = f"WITH fresh AS MATERIALIZED ({query.text}) "
        numbers, joined = "n", " JOIN fresh n ON n.lead_id = s.lead_id"
        params = query.values(rescored_at, **_reach(new.workspace_id))
    before, after, more = _before_and_after(old, new, numbers=numbers)
    counted = ", ".join(
        f"count(*) FILTER (WHERE stage = ANY(%(stages{n})s) AND {how})"
        for n, (how, _) in enumerate(_COUNTED)
    )
    stages = {f"stages{n}": stages for n, (_, stages) in enumerate(_COUNTED)}
    text = (
        f"{with_new}SELECT count(*), {counted} FROM ("  # noqa: S608 - values are bound
        f"SELECT {before} AS before, {after} AS after, l.stage FROM {_SCORED.format(joined)}"
        ") standings WHERE before <> after"
    )
    with connection.cursor() as cursor:
        cursor.execute(text, {**params, **more, **stages})
        return Moved(*cursor.fetchone())


def _reach(workspace_id: int) -> dict[str, int]:
    """The range of ids that `Scope.ALL` wants."""
    ends = Lead.objects.filter(workspace=workspace_id).aggregate(first=Min("pk"), last=Max("pk"))
    return {"after": (ends["first"] or 1) - 1, "until": ends["last"] or 0}
