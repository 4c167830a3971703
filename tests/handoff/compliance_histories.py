"""Random months of a workspace around their edges, and the obvious way to count them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff.models import Handoff, RejectionReason
from leadqual.models import Lead, StageMove, Touch
from sla.compliance import Kept
from sla.models import BusinessCalendar, Clock, Commitment
from sla.models.clocks import RAN_OUT, TAKEN_BACK
from sla.queries import State, state_of
from tests.builders import make_lead, make_member

ZONE = "America/Sao_Paulo"
"""Three hours behind UTC: its months begin at 03:00, so that edges of days cannot hide."""
FIRST = date(2026, 3, 1)
BEGINS = datetime(2026, 3, 1, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
NEXT = datetime(2026, 4, 1, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
NOW = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

_EDGES = (BEGINS - timedelta(days=28), BEGINS, NEXT, NOW)
MOMENTS = st.builds(
    lambda edge, nudge: edge + nudge,
    st.sampled_from(_EDGES),
    st.sampled_from([timedelta(0), timedelta(microseconds=-1)])
    | st.integers(-200, 200).map(lambda hours: hours * HOUR),
)
CLOCKS = st.lists(
    st.fixed_dictionaries(
        {
            "due": MOMENTS,
            "ran": st.integers(1, 90),
            "promise": st.integers(0, 3),
            "person": st.integers(0, 2),
            "end": st.sampled_from(
                ["running", "met", "late", "taken back", "ran out", "unswept", "logged late"]
            ),
        }
    ),
    max_size=14,
)
MOVES = st.lists(
    st.tuples(
        MOMENTS, st.sampled_from(["A", "B", "C", ""]), st.booleans(),
        st.sampled_from(["mql", "nurture"]), st.integers(0, 2),
    ),
    max_size=10,
)  # fmt: skip
OFFERS = st.lists(
    st.tuples(
        st.integers(0, 2), MOMENTS, st.integers(0, 60),
        st.sampled_from(["accepted", "rejected", "expired"]), st.booleans(),
    ),
    max_size=8,
)  # fmt: skip
TOUCHES = st.lists(st.tuples(st.integers(0, 2), MOMENTS), max_size=8)


class History:
    """What was drawn, written into the database row by row."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.calendar = BusinessCalendar.objects.create(workspace=workspace, name="Any")
        self.leads: list[Lead] = [make_lead(workspace) for _ in range(3)]
        self.rep = make_member(workspace)
        self.people: list[User | None] = [None, self.rep, make_member(workspace)]
        promises = (("decide_offer", ""), ("decide_offer", "top"), ("first_touch", ""))
        self.commitments = [self._promise(code, tier) for code, tier in promises]
        self.commitments.append(self._promise("review_rejection", ""))

    def _promise(self, code: str, tier: str) -> Commitment:
        return Commitment.objects.create(
            workspace=self.workspace, code=code, tier_code=tier, minutes=60, calendar=self.calendar
        )

    def clocks(self, drawn: Sequence[dict[str, Any]]) -> list[Clock]:
        return [self._clock(number, facts) for number, facts in enumerate(drawn)]

    def _clock(self, number: int, facts: dict[str, Any]) -> Clock:
        due, commitment = facts["due"], self.commitments[facts["promise"]]
        started, late = due - facts["ran"] * HOUR, due + HOUR
        clock = Clock(
            workspace=self.workspace, lead=self.leads[0], commitment=commitment,
            code=commitment.code, tier_code=commitment.tier_code, subject_key=f"handoff:{number}",
            person=self.people[facts["person"]], calendar=self.calendar, minutes=60,
            warn_percents=[], warn_ats=[], started_at=started, due_at=due,
        )  # fmt: skip
        end, took = facts["end"], facts["ran"] * 1800
        stops = {
            "met": (due - facts["ran"] * HOUR / 2, "accepted"),
            "logged late": (due - facts["ran"] * HOUR / 2, "touched"),
            "late": (late, "accepted"),
            "taken back": (started, TAKEN_BACK),
            "ran out": (due, RAN_OUT),
        }
        if end in stops:
            clock.stopped_at, clock.stopped_by = stops[end]
            clock.business_seconds, clock.stop_recorded_at = took, stops[end][0]
        if end == "logged late":
            clock.stop_recorded_at = late
        if end in ("late", "ran out"):
            clock.breached_at, clock.noticed_at = due, late
        clock.save()
        return clock

    def moves(self, drawn: Sequence[tuple[Any, ...]]) -> list[StageMove]:
        return [
            StageMove.objects.create(
                workspace=self.workspace, lead=self.leads[lead], cycle=1, from_stage="new",
                to_stage=stage, at=at, rule="mql_definition", counted=counted, grade=grade,
            )
            for at, grade, counted, stage, lead in drawn
        ]  # fmt: skip

    def offers(self, drawn: Sequence[tuple[Any, ...]]) -> list[Handoff]:
        reason = RejectionReason.objects.create(workspace=self.workspace, code="any", name="Any")
        return [self._offer(reason, *facts) for facts in drawn]

    def _offer(
        self, reason: RejectionReason, lead: int, at: datetime, hours: int, end: str, seen: bool
    ) -> Handoff:
        ended, by = at + hours * HOUR, self.rep
        decided = {"decided_at": ended, "decided_by": by} if end != "expired" else {}
        return Handoff.objects.create(
            workspace=self.workspace, lead=self.leads[lead], rep=by, cycle=1, status=end,
            offered_at=at, viewed_at=at + hours * HOUR / 2 if seen else None,
            expired_at=ended if end == "expired" else None,
            reason=reason if end == "rejected" else None,
            fit=1, intent=1, grade="A", model_version=1, why_now="", packet={}, **decided,
        )  # fmt: skip

    def touches(self, drawn: Sequence[tuple[int, datetime]]) -> list[Touch]:
        return [
            Touch.objects.create(
                workspace=self.workspace, lead=self.leads[lead], kind="call", outcome="reached",
                occurred_at=at, by=self.rep,
            )
            for lead, at in drawn
        ]  # fmt: skip


def month_of(at: datetime) -> date:
    return at.astimezone(ZoneInfo(ZONE)).date().replace(day=1)


def slow_kept(clocks: Sequence[Clock], key: Callable[[Clock], Any]) -> dict[Any, Kept]:
    """One clock after the other, by their month and key."""
    groups: dict[Any, list[Clock]] = defaultdict(list)
    for clock in clocks:
        groups[month_of(clock.due_at), key(clock)].append(clock)
    return {name: _kept(group) for name, group in groups.items()}


def _kept(clocks: Sequence[Clock]) -> Kept:
    states = [state_of(clock, now=NOW) for clock in clocks]
    seconds = sorted(
        clock.business_seconds
        for clock in clocks
        if clock.stopped_by not in ("", TAKEN_BACK, RAN_OUT) and clock.business_seconds is not None
    )
    return Kept(
        met=states.count(State.MET),
        missed=states.count(State.MISSED) + states.count(State.LATE),
        running=states.count(State.RUNNING) + states.count(State.SOON),
        taken_back=states.count(State.TAKEN_BACK),
        logged_late=sum(
            1
            for clock, state in zip(clocks, states, strict=True)
            if state is State.MET
            and clock.stop_recorded_at
            and clock.stop_recorded_at > clock.due_at
        ),
        answered=len(seconds),
        median=between(seconds, 0.5),
        p90=between(seconds, 0.9),
    )


def between(ordered: Sequence[float], share: float) -> float | None:
    """The value at that share of the way, between neighbours in proportion."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def first_touch(offer: Handoff, offers: Sequence[Handoff], touches: Sequence[Touch]) -> Any:
    """The first touch since the offer and before the lead's next one; None where there is none."""
    later = [
        one.offered_at
        for one in offers
        if one.lead_id == offer.lead_id and one.offered_at > offer.offered_at
    ]
    until = min(later, default=datetime.max.replace(tzinfo=UTC))
    found = [
        touch.occurred_at
        for touch in touches
        if touch.lead_id == offer.lead_id and offer.offered_at <= touch.occurred_at < until
    ]
    return min(found, default=None)
