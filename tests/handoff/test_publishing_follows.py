"""What the publish page says beforehand is what comes about: published for real, and settled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from accounts.models import Role, User, Workspace
from handoff.models import Handoff
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.drafts import open_draft
from scoring.models import AttributeRule, ModelVersion, QualificationRule
from scoring.outlook import Moved, outlook
from scoring.overrides import override
from scoring.publishing import publish
from scoring.readiness import problems
from scoring.standing import standings
from tests.builders import MONDAY_NOON, join_pool, make_member
from tests.handoff.histories import DEEDS, History
from tests.handoff.publications import work_off

ROAD = ["fact", "pricing", "demo", "accept", "touch", "answer", "pass", "deal"]
deeds = st.builds(
    lambda start, far, turn, then: [*start, *ROAD[:far], *turn, *then],
    st.sampled_from([[], [], ["demo"]]),
    st.integers(0, len(ROAD)),
    st.sampled_from([[], [], ["not_ready"], ["win"], ["lose"], ["recycle"], ["reject"]]),
    st.lists(st.sampled_from(DEEDS), max_size=2),
)
people = st.fixed_dictionaries(
    {
        "job_title": st.sampled_from(["Head of IT", "", "CEO", "Student"]),
        "timeline": st.sampled_from(["", "immediate"]),
        "deeds": deeds,
        "imported": st.sampled_from([False] * 5 + [True]),
        "says": st.sampled_from([None] * 5 + [5, 95]),
    }
)
drafts = st.fixed_dictionaries(
    {
        "mql": st.sampled_from([20, 35, 40, 60, 80]),
        "above": st.sampled_from([None, 0, 10, 25, 60]),
        "margin": st.sampled_from([0, 10, 30]),
        "wakes": st.sampled_from([1, 15, 100]),
        "asks": st.sampled_from([[], ["phone"]]),
        "worth": st.sampled_from([0, 0, -30, 40]),
    }
)


@dataclass(frozen=True)
class Seen:
    """What a person sees of a lead, and whether it may be handed over: imported ones may not."""

    stage: str
    grade: str
    is_ready: bool


def seen(workspace: Workspace, *, now: datetime) -> dict[int, Seen]:
    leads = list(Lead.objects.of(workspace))
    known = standings(leads, now=now)
    return {
        lead.pk: Seen(
            lead.stage, known[lead.pk].grade, known[lead.pk].is_ready and not lead.imported
        )
        for lead in leads
    }


def live(workspace: Workspace, person: dict[str, Any], n: int, *, by: User) -> datetime:
    history = History(workspace, by=by)
    facts = {name: person[name] for name in ("job_title", "timeline")}
    lead = history.capture(**facts, email=f"lead-{workspace.pk}-{n}@acme.example")
    history.run(lead, person["deeds"])
    work_off(now=history.now)
    if person["imported"]:
        Lead.objects.filter(pk=lead.pk).update(imported=True)
    if person["says"] is not None:
        until = history.now + timedelta(days=30)
        said = {"fit": person["says"], "intent": None, "reason": "Met", "expires_at": until}
        override(lead, by=by, now=history.now, **said)
    return history.now


def written(workspace: Workspace, says: dict[str, Any]) -> ModelVersion:
    draft = open_draft(workspace=workspace, by=None, now=MONDAY_NOON)
    draft.demote_margin, draft.wake_points = says["margin"], says["wakes"]
    draft.required_facts = says["asks"]
    draft.save()
    QualificationRule.objects.filter(version=draft).delete()
    totals = {QualificationRule.Purpose.MQL: says["mql"]}
    if says["above"] is not None:
        totals[QualificationRule.Purpose.HANDOFF] = says["mql"] + says["above"]
    for purpose, total in totals.items():
        QualificationRule.objects.create(version=draft, purpose=purpose, total_at_least=total)
    rule = AttributeRule.objects.filter(version=draft, axis="fit", points=20).first()
    assert rule is not None
    if says["worth"]:
        AttributeRule.objects.filter(pk=rule.pk).update(points=says["worth"])
    assume(not problems(draft))  # such as a margin as large as what it is granted of
    return draft


def came_about(
    before: dict[int, Seen],
    after: dict[int, Seen],
    *,
    offered: set[int],
    overridden: set[int],
) -> tuple[Moved, int]:
    """What happened, but for nurtured leads; and how many of those woke."""
    happened: dict[str, set[int]] = {
        name: set()
        for name in ("regraded", "new_mqls", "newly_ready", "not_ready", "taken_back", "woke")
    }
    for pk in before.keys() - overridden:
        was, now = before[pk], after[pk]
        mql = (was.stage == Stage.MQL, now.stage == Stage.MQL)
        ready = (mql[0] and was.is_ready, mql[1] and now.is_ready)
        woke = was.stage == Stage.NURTURE and mql[1]
        calm = pk in offered
        for name, holds in (
            ("regraded", was.grade != now.grade),
            ("woke", woke),
            ("new_mqls", was.stage == Stage.NEW and mql[1]),
            ("taken_back", was.stage == Stage.MQL and now.stage == Stage.NEW),
            ("newly_ready", ready == (False, True) and not woke and not calm),
            ("not_ready", mql == (True, True) and ready == (True, False) and not calm),
        ):
            if holds:
                happened[name].add(pk)
    woken = happened.pop("woke")
    each = {name: len(leads) for name, leads in happened.items()}
    return Moved(len(set().union(*happened.values())), nurtured=0, **each), len(woken)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(crowd=st.lists(people, min_size=3, max_size=8), says=drafts, calm=st.booleans())
def test_what_is_said_before_publishing_is_what_comes_about(
    db: None,
    northwind: Callable[[], object],
    crowd: list[dict[str, Any]],
    says: dict[str, Any],
    calm: bool,
) -> None:
    with transaction.atomic():
        northwind()
        workspace = Workspace.objects.get()
        boss = make_member(workspace, role=Role.SALES_MANAGER)
        if not calm:  # else nobody takes offers, and ready leads wait
            join_pool(workspace, boss)
        now = max(live(workspace, person, n, by=boss) for n, person in enumerate(crowd))
        work_off(now=now)
        draft = written(workspace, says)
        offered = set(Handoff.objects.of(workspace).open().values_list("lead", flat=True))
        told = outlook(draft, now=now, offered=offered).moved
        before = seen(workspace, now=now)
        publish(draft, by=None, now=now)
        work_off(now=now)
        after = seen(workspace, now=now)
        overridden = {lead.pk for lead in Lead.objects.exclude(overrides=None)}
        found, woken = came_about(before, after, offered=offered, overridden=overridden)
        assert told is not None
        assert {**vars(told), "nurtured": 0} == vars(found)
        assert told.nurtured >= woken
        transaction.set_rollback(True)
