"""What publishing a draft would do: to how many leads, and whether scores stay."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from leadqual.models import Lead
from leadqual.patience import TooManyToCount, at_most
from scoring.engine.compiled import Scope, compiled
from scoring.engine.definitions import definitions_of
from scoring.engine.gather import unclassified
from scoring.engine.rules import read_rules
from scoring.engine.sql import Binder, Compiled
from scoring.models import ModelVersion, Preview, Score
from scoring.overrides import overridden_sql
from scoring.previews.runs import fingerprint
from scoring.versions import once_in_force

SECONDS = 10.0
"""Counting that takes longer is given up: somebody waits for it."""
_SCORED = """scoring_score s JOIN leadqual_lead l ON l.id = s.lead_id
        LEFT JOIN leadqual_company c ON c.id = l.company_id{}
        WHERE s.workspace_id = %(workspace)s AND s.rule_set_id = %(rule_set)s"""
SCORED = _SCORED.format("")
"""The scores, with their facts, that `stands_elsewhere` asks about."""


@dataclass(frozen=True)
class Moved:
    """What people would see change: `leads` in all, each with another grade (`regraded`), another
    stage, or ready for sales now or no longer.

    Of new leads, `new_mqls` would become MQLs; of those and of the MQLs that no rep has an offer
    of, `newly_ready` would be ready for hand-off; of the latter, `taken_back` would no longer be
    MQLs, and `not_ready` would stay MQLs, but not be ready any more. Overridden leads are not
    counted, and imported ones have no more than another grade. What nurtured leads do depends on
    more than their numbers: `nurtured` would meet the MQL definition and did not before, or wake
    by fewer points.
    """

    leads: int
    regraded: int
    new_mqls: int
    newly_ready: int
    not_ready: int
    taken_back: int
    nurtured: int


@dataclass(frozen=True)
class Outlook:
    """`scored` leads have a score in the workspace. Where `is_rescored`, each gets a new one in
    the background, and `moved` is counted as of now; otherwise scores stay, and those move at
    once. None where there were too many to count while somebody waits, or nothing is in force.
    """

    scored: int
    is_rescored: bool
    moved: Moved | None


def outlook(
    draft: ModelVersion,
    *,
    now: datetime,
    offered: Collection[int] = (),
    seconds: float = SECONDS,
) -> Outlook:
    """Reads every score of the workspace and, where a rule has changed, computes each anew; writes
    nothing. `offered` are the leads whose offer is open: until a rep decides, nothing happens to
    them. The draft must have no problems.
    """
    past = list(once_in_force(ModelVersion.objects.filter(workspace=draft.workspace_id)))
    scored = Score.objects.of(draft.workspace).count()
    if not past:
        return Outlook(scored, is_rescored=True, moved=None)
    before = last_with_same_rules(draft, past)
    is_rescored = before is None or before.rule_set_id != past[-1].rule_set_id
    try:
        with at_most(seconds):
            moved = _moved(past[-1], draft, offered, rescored_at=now if is_rescored else None)
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


def _flags(standing: str) -> str:
    """Of a standing, as SQL: is MQL, keeps MQL, and ready, where it is or becomes an MQL."""
    is_mql, keeps, ready = (f"substr(right({standing}, 4), {n}, 1) = '1'" for n in (1, 2, 3))
    known = f"right({standing}, 1) = '1'"
    stays = f"CASE stage WHEN 'mql' THEN {keeps} WHEN 'new' THEN {is_mql} ELSE false END"
    return (
        f"{is_mql} AS is_mql_{standing}, {keeps} AS keeps_{standing},"
        f" ({stays}) AND {ready} AND {known} AS ready_{standing}"
    )


_HAPPENS = {
    "regraded": "not overridden AND left(before, -4) <> left(after, -4)",
    "promoted": "moves AND stage = 'new' AND is_mql_after AND NOT is_mql_before",
    "readied": "moves AND ready_after AND NOT ready_before",
    "unreadied": "moves AND stage = 'mql' AND keeps_after AND ready_before AND NOT ready_after",
    "taken_back": "moves AND stage = 'mql' AND keeps_before AND NOT keeps_after",
    "nurtured": "moves AND stage = 'nurture' AND is_mql_after"
    " AND (NOT is_mql_before OR %(wakes_sooner)s)",
}
"""As `handoff.promotion.settle` would have it, once the queue of a publication is worked off."""
_SEEN = " OR ".join(name for name in _HAPPENS if name != "nurtured")
_COUNTS = ", ".join(f"count(*) FILTER (WHERE {how})" for how in (_SEEN, *_HAPPENS))
# OFFSET 0: else the planner repeats a standing's whole expression wherever a flag of it is asked.
_COUNTED = f"""
SELECT {_COUNTS} FROM (
    SELECT {", ".join(f"{how} AS {name}" for name, how in _HAPPENS.items())} FROM (
        SELECT *, NOT (imported OR overridden OR offered) AS moves,
            {_flags("before")}, {_flags("after")}
        FROM (
            SELECT {{before}} AS before, {{after}} AS after, l.stage, l.imported,
                {overridden_sql("l")} AS overridden, l.id = ANY (%(offered)s::bigint[]) AS offered
            FROM {{scored}} OFFSET 0
        ) standings WHERE before <> after OR stage = 'nurture'
    ) flags
) happens"""  # noqa: S608 - every value is bound


def _moved(
    old: ModelVersion, new: ModelVersion, offered: Collection[int], *, rescored_at: datetime | None
) -> Moved:
    """`rescored_at` is the moment of the new scores; None where the stored ones stay."""
    numbers, joined, fresh = "s", "", ""
    params: dict[str, Any] = {}
    if rescored_at:
        rules = read_rules([new])[new.pk]
        query = compiled(rules, unclassified(new.workspace_id), Scope.ALL)
        fresh = f"WITH fresh AS MATERIALIZED ({query.text}) "
        numbers, joined = "n", " JOIN fresh n ON n.lead_id = s.lead_id"
        params = query.values(rescored_at, **_reach(new.workspace_id))
    before, after, more = _before_and_after(old, new, numbers=numbers)
    text = _COUNTED.format(before=before, after=after, scored=_SCORED.format(joined))
    params |= {**more, "offered": list(offered), "wakes_sooner": new.wake_points < old.wake_points}
    with connection.cursor() as cursor:
        cursor.execute(fresh + text, params)
        return Moved(*cursor.fetchone())


def _reach(workspace_id: int) -> dict[str, int]:
    """The range of ids that `Scope.ALL` wants."""
    ends = Lead.objects.filter(workspace=workspace_id).aggregate(first=Min("pk"), last=Max("pk"))
    return {"after": (ends["first"] or 1) - 1, "until": ends["last"] or 0}
