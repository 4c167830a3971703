"""What the agenda of thresholds, noise and stale definitions says, with numbers."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User, Workspace
from handoff.models import AgendaItem, RejectionReason, Review
from handoff.reviews.agenda.hits import rule_hits
from handoff.reviews.agenda.noise import LEAST, lift
from handoff.reviews.opening import open_review
from leadqual.models import Event
from scoring.models import ModelVersion, PersonaLine, Signal
from scoring.models.rules import Operator
from scoring.publishing import open_draft, publish
from scoring.signal_use import in_force
from scoring.versions import published_version
from tests.builders import MONDAY_NOON, make_event, make_lead
from tests.handoff.reviews.offers import make_deal, make_decided
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = MONDAY_NOON + 100 * DAY


def the_rules(workspace: Workspace) -> list[str]:
    version = published_version(workspace)
    assert version is not None
    return [rule.name for rule in version.intentrules.order_by("pk") if rule.points > 0]


def of(review: Review, part: str) -> list[AgendaItem]:
    return list(review.items.filter(part=part))


def quarterly(workspace: Workspace, by: User, *, at: datetime = NOW) -> Review:
    return open_review(workspace, kind="calibration", by=by, at=at)


def decide_many(workspace: Workspace, rep: User, rules: dict[str, bool], *ends: bool) -> None:
    for accepted in ends:
        make_decided(workspace, rep, at=NOW - 3 * DAY, accepted=accepted, rules=rules)


def test_a_rule_that_helps_is_no_noise_and_one_that_does_not_is_named_with_its_numbers(
    workspace: Workspace, ana: User, ben: User
) -> None:
    good, noisy = the_rules(workspace)[:2]
    decide_many(workspace, ben, {good: True, noisy: False}, *[True] * 9, False)
    decide_many(workspace, ben, {good: False, noisy: True}, *[True] * 2, *[False] * 8)
    review = quarterly(workspace, ana)
    [item] = of(review, "noise")
    assert item.title == f"Intent rule “{noisy}”"
    assert (item.facts["hits"], item.facts["of"]) == (10, 20)
    share = item.facts["acceptance"]
    assert (share["n"], share["of"], share["all_n"], share["all_of"]) == (2, 10, 11, 20)
    assert share["lift"] == pytest.approx(0.2 / 0.55)
    low, high = share["interval"]
    assert low < share["lift"] < high < 1.05
    assert item.facts["wins"]["lift"] is None
    assert review.parts["noise"]["rules"] == 2


def test_a_rule_that_hits_everybody_tells_nothing(
    workspace: Workspace, ana: User, ben: User
) -> None:
    always = the_rules(workspace)[0]
    decide_many(workspace, ben, {always: True}, *[True, False] * 6)
    [item] = of(quarterly(workspace, ana), "noise")
    assert item.facts["acceptance"]["lift"] == 1


def test_under_so_many_hits_nothing_is_said(workspace: Workspace, ana: User, ben: User) -> None:
    rule = the_rules(workspace)[0]
    decide_many(workspace, ben, {rule: True}, *[False] * (LEAST - 1))
    decide_many(workspace, ben, {rule: False}, *[True] * 20)
    assert of(quarterly(workspace, ana), "noise") == []


def test_a_rule_is_compared_with_the_offers_at_which_it_was_asked(
    workspace: Workspace, ben: User
) -> None:
    decide_many(workspace, ben, {"new": True, "old": True}, True, False)
    decide_many(workspace, ben, {"old": False}, False, False)
    found = rule_hits(workspace, since=NOW - 9 * DAY, until=NOW)
    assert (found.whole.decided, found.whole.accepted) == (4, 1)
    assert found.rules["intent", "new"].asked.decided == 2
    assert found.rules["intent", "old"].asked.decided == 4
    assert [lift(h.hit, h.asked) for h in found.rules.values()] in ([1.0, 2.0], [2.0, 1.0])


def test_won_deals_count_for_the_rules_of_the_offer_they_came_of(
    workspace: Workspace, ben: User
) -> None:
    for won in (True, True, False):
        offer = make_decided(workspace, ben, at=NOW - 5 * DAY, rules={"r": won})
        make_deal(offer, at=NOW - DAY, won=won)
    hits = rule_hits(workspace, since=NOW - 9 * DAY, until=NOW).rules["intent", "r"]
    assert (hits.hit.closed, hits.hit.won, hits.asked.closed, hits.asked.won) == (2, 2, 3, 2)


def test_packets_of_erased_people_count_neither_here_nor_there(
    workspace: Workspace, ben: User
) -> None:
    make_decided(workspace, ben, at=NOW - DAY, rules={"r": True})
    make_decided(workspace, ben, at=NOW - DAY, packet={})
    assert rule_hits(workspace, since=NOW - 9 * DAY, until=NOW).whole.decided == 1


def stale(review: Review) -> dict[str, str]:
    return {item.key: item.facts["says"] for item in of(review, "stale")}


def test_rules_and_reasons_that_were_of_no_use_are_named(
    workspace: Workspace, ana: User, ben: User
) -> None:
    rule = the_rules(workspace)[0]
    decide_many(workspace, ben, {rule: False}, *[False] * 10)
    RejectionReason.objects.of(workspace).exclude(code__in=["no-budget", "duplicate"]).update(
        is_active=False
    )
    found = stale(quarterly(workspace, ana))
    assert found[f"rule:intent:{rule}"] == "It hit at none of 10 decided offers."
    reasons = {key for key in found if key.startswith("reason:")}
    assert reasons == {"reason:duplicate"}
    assert found["reason:duplicate"] == "Given at none of 10 rejections."


def test_a_persona_that_nobody_was_is_named(workspace: Workspace, ana: User, ben: User) -> None:
    draft = open_draft(workspace=workspace, by=ana, now=MONDAY_NOON)
    PersonaLine.objects.create(
        version=draft, persona="CFO", field="job_title", operator=Operator.HAS_WORD, value=["cfo"]
    )
    rule = draft.intentrules.order_by("pk").first()
    assert rule is not None
    rule.persona = "CFO"
    rule.save()
    publish(draft, by=ana, now=MONDAY_NOON)
    asked = {"axis": "intent", "name": rule.name, "hit": False, "persona": "CFO"}
    for _ in range(LEAST):
        packet: dict[str, Any] = {"explanation": {"rules": [{**asked, "is_meant": False}]}}
        make_decided(workspace, ben, at=NOW - DAY, packet=packet)
    found = stale(quarterly(workspace, ana))
    assert found["persona:CFO"] == "None of the leads of 10 decided offers was one."


def test_signals_that_no_event_has_shown_are_named_once_the_workspace_is_old_enough(
    workspace: Workspace, ana: User
) -> None:
    used = in_force(workspace)
    Workspace.objects.filter(pk=workspace.pk).update(created_at=NOW)
    workspace.refresh_from_db()
    young = open_review(workspace, kind="calibration", by=ana, at=NOW)
    assert not [key for key in stale(young) if key.startswith("signal:")]
    Review.objects.update(closed_at=NOW, closed_by=ana)
    Workspace.objects.filter(pk=workspace.pk).update(created_at=MONDAY_NOON - 90 * DAY)
    workspace.refresh_from_db()
    shown = Signal.objects.of(workspace).get(pk=used[0].pk)
    event = make_event(make_lead(workspace), occurred_at=NOW - DAY)
    Event.objects.filter(pk=event.pk).update(signals=1 << shown.bit)
    review = open_review(workspace, kind="calibration", by=ana, at=NOW + DAY)
    [*_, some] = [key for key in stale(review) if key.startswith("signal:")]
    assert stale(review)[some] == "No event has shown it for 90 days."
    assert f"signal:{shown.code}" not in stale(review)


def test_an_icp_that_has_stayed_the_same_for_long_is_named_whatever_else_was_published(
    workspace: Workspace, ana: User
) -> None:
    draft = open_draft(workspace=workspace, by=ana, now=MONDAY_NOON)
    draft.intentrules.all().delete()
    publish(draft, by=ana, now=MONDAY_NOON + 100 * DAY)
    found = stale(quarterly(workspace, ana, at=MONDAY_NOON + 180 * DAY))
    assert found["icp"].startswith("The ICP is the same as 180 days ago.")
    Review.objects.update(closed_at=NOW, closed_by=ana)
    draft = open_draft(workspace=workspace, by=ana, now=MONDAY_NOON)
    draft.icpcriterions.order_by("pk")[0].delete()
    publish(draft, by=ana, now=MONDAY_NOON + 181 * DAY)
    assert "icp" not in stale(quarterly(workspace, ana, at=MONDAY_NOON + 190 * DAY))


def test_an_agreement_whose_review_is_due_is_named_and_so_is_that_there_is_none(
    workspace: Workspace, ana: User
) -> None:
    assert stale(quarterly(workspace, ana))["agreement"] == "Neither side has promised anything."
    Review.objects.update(closed_at=NOW, closed_by=ana)
    make_agreement(workspace, review_every_days=90)
    found = stale(quarterly(workspace, ana, at=NOW + DAY))
    assert found["agreement"] == "Agreement 1 was to be reviewed 11 days ago."


def test_acceptance_stands_against_its_band_in_all_by_grade_and_above_the_threshold(
    workspace: Workspace, ana: User, ben: User
) -> None:
    for n in range(20):
        grade, points = ("A", 80) if n < 10 else ("B", 45)
        make_decided(
            workspace, ben, at=NOW - DAY, accepted=n < 8, grade=grade, fit=points, intent=0
        )
    review = open_review(workspace, kind="thresholds", by=ana, at=NOW)
    found = {item.key: item.facts for item in of(review, "threshold")}
    assert set(found) == {"acceptance", "grade:A", "grade:B", "total:40", "total:60"}
    assert (found["acceptance"]["accepted"], found["acceptance"]["of"]) == (8, 20)
    assert found["acceptance"]["verdict"] == "loose"
    assert (found["grade:A"]["accepted"], found["grade:A"]["of"]) == (8, 10)
    assert found["grade:A"]["verdict"] == ""
    assert (found["total:40"]["accepted"], found["total:40"]["of"]) == (0, 10)
    assert (found["total:60"]["accepted"], found["total:60"]["of"]) == (8, 10)
    assert review.parts["threshold"]["band"] == {"low": 0.5, "high": 0.9}


def test_without_a_published_model_there_is_an_agenda_all_the_same(
    workspace: Workspace, cleo: User
) -> None:
    other = Workspace.objects.get(slug="elsewhere")
    assert not ModelVersion.objects.of(other).exists()
    for kind in ("metrics", "thresholds", "calibration"):
        assert open_review(other, kind=kind, by=cleo, at=NOW).closed_at is None
