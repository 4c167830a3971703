"""Random rows of a few leads: moves, offers and touches in any order and mess, for the funnel."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff.metrics.periods import Period
from handoff.metrics.scope import NONE, Scope
from handoff.models import Handoff, RejectionReason
from leadqual.models import Lead, StageMove, Touch
from leadqual.stages import Stage
from tests.builders import make_lead, make_source, make_user

START = datetime(2025, 3, 20, tzinfo=UTC)  # Berlin's clocks go forward on the 30th
# Hours, so that moments are often equal and often near midnight.
MOMENTS = st.integers(0, 20 * 24).map(lambda hours: START + timedelta(hours=hours))
DAYS = st.integers(0, 20).map(lambda days: date(2025, 3, 20) + timedelta(days=days))
WHO = st.sampled_from([None, 0, 1])
CYCLES = st.sampled_from([1, 1, 1, 2, 0])
ENDINGS = st.sampled_from([*Handoff.Status.values, "accepted", "accepted"])
STAGES = st.sampled_from(["mql", "mql", "mql", "mql", "sal", "sal", "won", *Stage.values])

MOVES = st.fixed_dictionaries(
    {
        "to_stage": STAGES,
        "from_stage": st.sampled_from(["", "nurture"]),
        "at": MOMENTS,
        "cycle": CYCLES,
        "counted": st.sampled_from([True, True, True, True, False]),
        "rep": WHO,
    }
)
OFFERS = st.fixed_dictionaries(
    {
        "rep": st.integers(0, 1),
        "cycle": CYCLES,
        "status": ENDINGS,
        "offered_at": MOMENTS,
        "ended_at": MOMENTS,
        "reason": st.integers(0, 1),
    }
)
LEADS = st.fixed_dictionaries(
    {
        "source": WHO,
        "moves": st.lists(MOVES, min_size=1, max_size=7),
        "offers": st.lists(OFFERS, max_size=3),
        "touches": st.lists(MOMENTS, max_size=3),
    }
)
HISTORIES = st.lists(LEADS, min_size=1, max_size=6)
CHOSEN = st.fixed_dictionaries(
    {
        "first": st.none() | DAYS,
        "last": st.none() | DAYS,
        "source": st.sampled_from(["", "", "", "fair", "web", NONE]),
        "rep": st.sampled_from(["", "", "", "one", "two", NONE]),
    }
)


def live(workspace: Workspace, leads: list[dict[str, Any]]) -> dict[str, User]:
    """Write the histories; returns the two reps."""
    reps = [make_user(name="Rep One"), make_user(name="Rep Two")]
    sources = [make_source(workspace, code=code) for code in ("fair", "web")]
    reasons = [
        RejectionReason.objects.create(workspace=workspace, code=code, name=code)
        for code in ("no_money", "no_fit")
    ]
    for said in leads:
        source = None if said["source"] is None else sources[said["source"]]
        lead = make_lead(workspace, first_source=source)
        for move in said["moves"]:
            _move(lead, move, reps)
        for offer in said["offers"]:
            _offer(lead, offer, reps, reasons)
        for at in said["touches"]:
            Touch.objects.create(
                workspace=workspace, lead=lead, kind="call", outcome="reached", occurred_at=at,
                by=reps[0],
            )  # fmt: skip
    return {"one": reps[0], "two": reps[1]}


def _move(lead: Lead, move: dict[str, Any], reps: list[User]) -> None:
    start = "" if move["from_stage"] == move["to_stage"] else move["from_stage"]
    rep = None if move["rep"] is None else reps[move["rep"]]
    fields = {**move, "from_stage": start, "rep": rep, "rule": "test"}
    StageMove.objects.create(workspace=lead.workspace, lead=lead, **fields)


def _offer(
    lead: Lead, offer: dict[str, Any], reps: list[User], reasons: list[RejectionReason]
) -> None:
    status, ended = offer["status"], offer["ended_at"]
    if status == "open" and lead.handoffs.open().exists():
        return
    moment = {"expired": "expired_at", "withdrawn": "withdrawn_at"}.get(status, "decided_at")
    fields: dict[str, Any] = {} if status == "open" else {moment: ended}
    if moment == "decided_at" and status != "open":
        fields["decided_by"] = reps[0]
    if status == "rejected":
        fields["reason"] = reasons[offer["reason"]]
    Handoff.objects.create(
        workspace=lead.workspace, lead=lead, rep=reps[offer["rep"]], cycle=offer["cycle"],
        status=status, offered_at=offer["offered_at"], due_at=offer["offered_at"], fit=50,
        intent=50, grade="B", model_version=1, why_now="", packet={}, **fields,
    )  # fmt: skip


def chosen_scope(workspace: Workspace, reps: dict[str, User], chosen: dict[str, Any]) -> Scope:
    first, last, rep = chosen["first"], chosen["last"], chosen["rep"]
    if first and last and first > last:
        first, last = last, first
    return Scope(
        workspace,
        Period(first, last, workspace.zone),
        source=chosen["source"],
        rep=str(reps[rep].pk) if rep in reps else rep,
    )
