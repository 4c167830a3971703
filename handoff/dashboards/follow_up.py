"""Follow-up: what nobody has touched, whether accepted leads were worked, and what is stuck."""

from collections import Counter
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from handoff.compliance.coverage import AGES, Untouched, untouched
from handoff.dashboards.panel import (
    Asked,
    Cell,
    Chart,
    Column,
    Headline,
    Page,
    Panel,
    Part,
    Table,
    Tone,
    share,
)
from handoff.dashboards.told import label_of, point, small
from handoff.metrics.acceptance import LEAST
from handoff.metrics.counting import WHOLE, count
from handoff.metrics.dimensions import DIMENSIONS, names_of
from handoff.metrics.durations import BETWEEN, Duration, durations
from handoff.metrics.links import leads_url
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from leadqual.models import Lead
from leadqual.stages import Stage
from sla.models import Agreement, Clock, Commitment

Code = Commitment.Code
FOLLOWED: Final = ("followed:up", "followed:not")
CLAUSES: Final = {
    Stage.MQL: (Code.DECIDE_OFFER, Code.TOUCH_OF_OFFER, Code.FALLBACK),
    Stage.SAL: (Code.FIRST_TOUCH, Code.FOLLOW_UP, Code.QUALIFY),
}
"""What is promised of leads that stand in a stage; of the others nothing is."""
_MEASURED: Final = (Stage.MQL, Stage.SAL, Stage.SQL, Stage.OPPORTUNITY)
YEAR: Final = 365
"""Days of MQLs by which it is told what is long: the cost does not grow with history."""
_NOW: Final = "As of now and of the whole workspace, whatever the period and filters above."


def waiting(asked: Asked) -> Panel:
    found = untouched(asked.workspace, now=asked.now)
    accepted, offered = sum(found.accepted.values()), sum(found.offered.values())
    counts = f"Leads that nobody of ours has touched since their offer. {_NOW}"
    if not accepted + offered:
        return Panel(
            counts,
            empty=("Nobody waits", "Every accepted and every offered lead has been touched."),
        )
    return Panel(
        counts,
        headlines=(
            Headline("Accepted and untouched", Cell(accepted)),
            Headline("Offered and untouched", Cell(offered)),
        ),
        charts=(_by_age(found),),
        tables=(_waiting_table(asked, found),),
        size=accepted + offered,
    )


def _by_age(found: Untouched) -> Chart:
    by_status = {"Accepted": found.accepted, "Offered": found.offered}
    return Chart(
        "bars",
        "Untouched leads by age",
        {
            "labels": [words for _, words, _, _ in AGES],
            "series": [
                {"name": name, "values": [counts.get(age, 0) for age, *_ in AGES]}
                for name, counts in by_status.items()
            ],
        },
    )


def _waiting_table(asked: Asked, found: Untouched) -> Table:
    address = reverse("untouched_leads", args=[asked.workspace.slug])

    def cell(counts: dict[str, int], age: str, since: str) -> Cell:
        n = counts.get(age, 0)
        return Cell(n, url=f"{address}?{urlencode({'age': age, 'since': since})}" if n else "")

    rows = tuple(
        (Cell(words), cell(found.accepted, age, "accepted"), cell(found.offered, age, "open"))
        for age, words, _, _ in AGES
    )
    columns = (Column("Untouched for"), Column("Accepted", "count"), Column("Offered", "count"))
    return Table("Untouched leads", columns, rows)


def coverage(asked: Asked) -> Panel:
    """Of the offers accepted, how many were touched since: over time, and by rep."""
    target = _target(asked)
    whole = count(asked.scope, FOLLOWED).get(WHOLE)
    counts = (
        "Of the offers accepted in the period, those that a person of ours has touched since the "
        f"offer and before the lead’s next one. {target} % are promised to be."
    )
    if not whole:
        return Panel(
            counts, empty=("No offer was accepted in this period", "Choose a longer period.")
        )
    before = count(asked.before, FOLLOWED).get(WHOLE) if asked.before else None
    up, of = whole["followed:up"], sum(whole.values())
    headline = Headline(
        "Followed up",
        _share(asked.scope, up, of, target),
        "percent",
        share(before["followed:up"], sum(before.values())) if before else None,
    )
    chart, table = _over_time(asked, target)
    return Panel(
        counts,
        headlines=(headline,),
        charts=(chart,),
        tables=(table, _by_rep(asked, target)),
        size=of,
    )


def _over_time(asked: Asked, target: int) -> tuple[Chart, Table]:
    found = count(asked.scope, FOLLOWED, every=asked.every)
    starts = asked.scope.period.starts(asked.every, [start for _, start in found if start])
    spans = {start: found.get(("", start), Counter()) for start in starts}
    shares = {start: (each["followed:up"], each.total()) for start, each in spans.items()}
    data = {
        "labels": [label_of(asked.every, start) for start in starts],
        "unit": "percent",
        "max": 100,
        "line": {"value": target, "name": "Promised"},
        "series": [{"name": "Followed up", "values": [point(*shares[s]) for s in starts]}],
    }
    columns = (Column(f"{asked.every.title()} from", "date"), Column("Followed up", "percent"))
    rows = tuple((Cell(s), share(*shares[s], note=small(shares[s][1]))) for s in starts)
    return (
        Chart("lines", f"Followed up, by {asked.every} of acceptance", data),
        Table(f"By {asked.every} of acceptance", columns, rows),
    )


def _by_rep(asked: Asked, target: int) -> Table:
    found = count(asked.scope, FOLLOWED, by="rep")
    names = names_of(asked.workspace, DIMENSIONS["rep"], [rep for rep, _ in found])
    rows = []
    for (rep, _), counted in found.items():
        of = sum(counted.values())
        cell = _share(asked.scope.of("rep", rep), counted["followed:up"], of, target)
        rows.append((Cell(names[rep]), cell))
    rows.sort(key=lambda row: (row[1].value or 0, str(row[0].value)))
    return Table("By rep", (Column("Rep"), Column("Followed up", "percent")), tuple(rows))


def _share(scope: Scope, up: int, of: int, target: int) -> Cell:
    """Leads to those that were not followed up, where there are some: they are what to do."""
    is_judged = of >= LEAST
    tone: Tone = ("good" if 100 * up >= target * of else "bad") if is_judged else ""
    kind = "followed:not" if of > up else "followed:up"
    note = "below what is promised" if tone == "bad" else small(of)
    return share(up, of, url=leads_url(scope, kind), tone=tone, note=note)


def _target(asked: Asked) -> int:
    active = Agreement.objects.of(asked.workspace).active().first()
    return active.coverage_percent if active else Agreement().coverage_percent


def stuck(asked: Asked) -> Panel:
    """By stage: how many stand there, how many longer than a clause says, how many longer than nine
    of ten took."""
    stands = dict(
        Lead.objects.of(asked.workspace)
        .open()
        .order_by()
        .values_list("stage")
        .annotate(Count("pk"))
    )
    late = _late(asked)
    today = asked.now.astimezone(asked.workspace.zone).date()
    year = Period.last_days(YEAR, today=today, zone=asked.workspace.zone)
    took = durations(Scope(asked.workspace, year), BETWEEN).get(WHOLE, {})
    steps = dict(zip(_MEASURED, BETWEEN, strict=True))
    rows = []
    for stage in _MEASURED:
        rows += _stage(asked, stage, stands.get(stage, 0), late, took.get(steps[stage], Duration()))
    columns = (
        Column("Stage"),
        Column("Stand there", "count"),
        Column("Clause"),
        Column("Leads beyond it", "count"),
        Column("Nine of ten moved on within", "seconds"),
        Column("Stand there for longer", "count"),
    )
    return Panel(
        "Leads whose running promise is past its deadline, and leads that stand in their stage "
        f"for longer than nine of ten of the last year’s MQLs took to the next. {_NOW}",
        tables=(Table("Stuck, stage by stage", columns, tuple(rows)),),
        size=sum(stands.values()),
        empty=None if stands else ("No lead is open", "Leads that come in stand in a stage."),
    )


def _late(asked: Asked) -> dict[str, int]:
    running = Clock.objects.of(asked.workspace).running().filter(due_at__lte=asked.now)
    return dict(running.order_by().values_list("code").annotate(Count("lead", distinct=True)))


def _stage(
    asked: Asked, stage: Stage, stand: int, late: dict[str, int], took: Duration
) -> list[tuple[Cell, ...]]:
    """A line for each clause of the stage; the counts of the stage stand in the first."""
    leads = reverse("leads", args=[asked.workspace.slug])
    query = urlencode({"stage": stage, "sort": "waiting"})
    longer = _longer(asked, stage, took)
    rows: list[tuple[Cell, ...]] = []
    for place, code in enumerate(CLAUSES.get(stage, (None,))):
        beyond = late.get(code, 0) if code else None
        board = reverse("sla_board", args=[asked.workspace.slug])
        url = f"{board}?{urlencode({'promise': code, 'state': 'late'})}" if beyond else ""
        first = place == 0
        rows.append(
            (
                Cell(stage.label),
                Cell(stand, url=f"{leads}?{query}" if stand else "") if first else Cell(""),
                Cell(Code(code).label if code else "None"),
                Cell(beyond, url=url),
                Cell(took.p90, note=f"of {took.n:,}" if took.n else "") if first else Cell(""),
                Cell(longer, url=f"{leads}?{query}" if longer else "") if first else Cell(""),
            )
        )
    return rows


def _longer(asked: Asked, stage: Stage, took: Duration) -> int | None:
    """None where too few have moved on to say what is long."""
    if took.n < LEAST or took.p90 is None:
        return None
    since = asked.now.timestamp() - max(took.p90, 0)
    long_ago = asked.now.fromtimestamp(since, tz=asked.now.tzinfo)
    stands = Lead.objects.of(asked.workspace).open().filter(stage=stage)
    return stands.filter(stage_since__lt=long_ago).count()


FOLLOW_UP_PAGE = Page(
    "follow-up",
    "Follow-up",
    "user-exclamation",
    "What nobody has touched, whether accepted leads were worked, and what is stuck.",
    {
        "waiting": Part("Untouched leads", waiting),
        "coverage": Part("Coverage", coverage),
        "stuck": Part("Stuck in a stage", stuck),
    },
)
