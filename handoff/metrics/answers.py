"""How sales answered the offers of a period: accepted, rejected and why, and how fast."""

from dataclasses import dataclass, field

from django.db import connection

from handoff.metrics.durations import Duration
from handoff.metrics.scope import By, Scope, bucket, joined
from handoff.models import Handoff, RejectionReason

HEALTHY = (0.5, 0.9)  # of acceptance: below, MQLs are too loose; above, too tight (000)
Status = Handoff.Status
# Each ending has its own moment; three ranges can use three indexes where one CASE uses none.
_ENDED = """(
    SELECT *, decided_at AS at FROM handoff_handoff
    WHERE workspace_id = %(workspace)s AND {decided}
    UNION ALL
    SELECT *, expired_at AS at FROM handoff_handoff
    WHERE workspace_id = %(workspace)s AND status = 'expired' AND {expired}
    UNION ALL
    SELECT *, withdrawn_at AS at FROM handoff_handoff
    WHERE workspace_id = %(workspace)s AND status = 'withdrawn' AND {withdrawn}
)"""
# Of the touches since the offer, so that a call before the click on “accept” is not lost, and
# before the lead's next offer, which has a first touch of its own.
_FIRST_TOUCH = """(
    SELECT min(t.occurred_at) FROM leadqual_touch t
    WHERE t.lead_id = h.lead_id AND t.occurred_at >= h.offered_at AND t.occurred_at < coalesce((
        SELECT min(later.offered_at) FROM handoff_handoff later
        WHERE later.lead_id = h.lead_id AND later.offered_at > h.offered_at), 'infinity')
)"""


@dataclass(frozen=True)
class Tally:
    """`offers` ended so, of `leads`: a lead can be offered, and rejected, more than once."""

    offers: int = 0
    leads: int = 0


@dataclass(frozen=True)
class Answers:
    """By the date of the decision; expired and withdrawn ones by theirs."""

    tallies: dict[str, Tally] = field(default_factory=dict)  # by Handoff.Status
    deciding: Duration = field(default_factory=Duration)  # offered → accepted or rejected
    first_touch: Duration = field(default_factory=Duration)  # accepted → first touch
    decided_leads: int = 0
    touched_leads: int = 0
    untouched: Tally = field(default_factory=Tally)  # accepted, and no touch up to now

    def tally(self, status: str) -> Tally:
        return self.tallies.get(status, Tally())

    @property
    def accepted(self) -> int:
        return self.tally(Status.ACCEPTED).offers

    @property
    def rejected(self) -> int:
        return self.tally(Status.REJECTED).offers

    @property
    def decided(self) -> int:
        """What the acceptance rate is of; expired, withdrawn and “not mine” are not in it."""
        return self.accepted + self.rejected

    @property
    def acceptance(self) -> float | None:
        return self.accepted / self.decided if self.decided else None


def verdict(rate: float | None) -> str:
    """What the acceptance rate says about the MQL definition: loose, healthy, tight, or blank."""
    if rate is None:
        return ""
    low, high = HEALTHY
    return "loose" if rate < low else "tight" if rate > high else "healthy"


def answers(scope: Scope, by: By | None = None) -> dict[str, Answers]:
    """The endings of offers for each line of the breakdown, in two queries; else under ""."""
    source, line = _ended(scope, by), bucket(by, moment="h.at", rep="h.rep_id")
    tallies = _tallies(scope, source, line)
    found: dict[str, Answers] = {}
    with connection.cursor() as cursor:
        cursor.execute(_durations_sql(source, line), scope.parameters())
        for its_line, *numbers in cursor.fetchall():
            found[its_line] = Answers(
                tallies.get(its_line, {}),
                Duration(*numbers[:4]),
                Duration(*numbers[4:8]),
                decided_leads=numbers[8],
                touched_leads=numbers[9],
                untouched=Tally(*numbers[10:]),
            )
    return {line: found.get(line, Answers(its_tallies)) for line, its_tallies in tallies.items()}


def endings(scope: Scope) -> Answers:
    """How the offers ended, without how long that took; one query."""
    said = _tallies(scope, _ended(scope), bucket(None, moment="", rep="")).get("", {})
    return Answers(said)


def _tallies(scope: Scope, source: str, line: str) -> dict[str, dict[str, Tally]]:
    tallies: dict[str, dict[str, Tally]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {line} AS line, h.status, count(*), count(DISTINCT h.lead_id) "  # noqa: S608
            f"FROM {source} GROUP BY 1, 2",
            scope.parameters(),
        )
        for its_line, status, offers, leads in cursor.fetchall():
            tallies.setdefault(its_line, {})[status] = Tally(offers, leads)
    return tallies


def _ended(scope: Scope, by: By | None = None) -> str:
    ended = _ENDED.format(
        decided=f"decided_at IS NOT NULL AND {scope.within('decided_at')}",
        expired=scope.within("expired_at"),
        withdrawn=scope.within("withdrawn_at"),
    )
    joins = joined(by, "h.lead_id")
    return f"{ended} h {joins} WHERE {scope.of_source('h.lead_id')} AND {scope.of_rep('h.rep_id')}"


def _durations_sql(source: str, line: str) -> str:
    def four(seconds: str) -> str:
        known = f"FILTER (WHERE {seconds} IS NOT NULL)"
        return f"""count({seconds}),
            percentile_cont(0.5) WITHIN GROUP (ORDER BY {seconds}) {known},
            percentile_cont(0.9) WITHIN GROUP (ORDER BY {seconds}) {known},
            count(*) FILTER (WHERE {seconds} < 0)"""

    return f"""
    WITH took AS (
        SELECT {line} AS line, h.lead_id, h.status,
            extract(epoch FROM h.decided_at - h.offered_at)::float8 AS deciding,
            CASE h.status WHEN 'accepted' THEN
                extract(epoch FROM {_FIRST_TOUCH} - h.decided_at)::float8 END AS touching
        FROM {source} AND h.status IN ('accepted', 'rejected')
    )
    SELECT line, {four("deciding")}, {four("touching")},
        count(DISTINCT lead_id),
        count(DISTINCT lead_id) FILTER (WHERE touching IS NOT NULL),
        count(*) FILTER (WHERE status = 'accepted' AND touching IS NULL),
        count(DISTINCT lead_id) FILTER (WHERE status = 'accepted' AND touching IS NULL)
    FROM took GROUP BY line
    """  # noqa: S608 - text of ours


@dataclass(frozen=True)
class ReasonTally:
    code: str
    name: str
    offers: int
    leads: int


def rejections(scope: Scope) -> list[ReasonTally]:
    """Rejections by reason, most frequent first; two queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.reason_id, count(*), count(DISTINCT h.lead_id) "  # noqa: S608
            f"FROM {_ended(scope)} AND h.status = 'rejected' "
            "GROUP BY 1 ORDER BY 2 DESC, 1",
            scope.parameters(),
        )
        rows = cursor.fetchall()
    reasons = RejectionReason.objects.in_bulk([reason for reason, _, _ in rows])
    return [
        ReasonTally(reasons[reason].code, reasons[reason].name, offers, leads)
        for reason, offers, leads in rows
    ]
