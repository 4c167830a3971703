"""The text of an agreement, against the workspace that everybody starts with."""

import json
import re
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from handoff.agreement.drafting import TITLES, document_of
from handoff.agreement.proposing import propose
from handoff.models import HandoffPolicy, NurtureStep, NurtureTrack, RejectionReason, Tier
from leadqual.stages import Stage
from scoring.contents import contents_of
from scoring.drafts import open_draft
from scoring.models import AttributeRule, Disqualifier, IntentRule
from scoring.publishing import publish
from scoring.versions import published_version
from sla import agreements
from sla.agreement_edits import edition, write_clause
from sla.agreement_text import read
from sla.models import Agreement, BusinessCalendar, WorkingRange
from tests.builders import MONDAY_NOON
from tests.handoff.agreement_drafts import (
    anchored,
    complete_draft,
    make_starter,
    owners_of,
    promise,
    text_of,
    words_of,
)

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(days=1)


@pytest.fixture
def starter() -> Workspace:
    return make_starter()


@pytest.fixture
def draft(starter: Workspace) -> Agreement:
    return complete_draft(starter)


# The whole of it


def test_every_clause_is_there_in_its_order_and_says_something(draft: Agreement) -> None:
    sections = read(text_of(draft))
    assert [found.code for found in sections] == [
        "qualified-lead",
        "stages",
        "commitments",
        "rejection",
        "reasons",
        "return",
        "volume",
        "owners",
        "review",
        "escalation",
    ]
    assert [found.title for found in sections] == list(TITLES.values())
    assert all(found.lines for found in sections)


def test_it_is_written_in_sentences(draft: Agreement) -> None:
    for found in read(text_of(draft)):
        for line in found.lines:
            assert line.style == "heading" or line.text[-1] in ".:", line.text
            assert line.text[:1] == line.text[:1].upper(), line.text
            assert not re.search(r"None[^.]|\{|\}|  |\.\.|<|>", line.text), line.text


def test_anchors_are_unique(draft: Agreement) -> None:
    lines = [line for found in read(text_of(draft)) for line in found.lines if line.anchor]
    names = [*TITLES, *(line.anchor for line in lines)]
    assert len(names) == len(set(names))


def test_free_words_stand_in_their_clause(draft: Agreement) -> None:
    marketing, _ = owners_of(draft)
    write_clause(
        draft,
        code="volume",
        text="Not in August.",
        by=marketing,
        at=LATER,
        seen=edition(draft),
    )
    texts = {found.code: found.text for found in read(text_of(draft))}
    assert texts == {code: "Not in August." if code == "volume" else "" for code in TITLES}


# What is drawn from the workspace


def test_every_rule_of_the_published_model_is_read_out(draft: Agreement) -> None:
    version = published_version(draft.workspace)
    assert version is not None
    contents = contents_of(version)
    said = "\n".join(words_of(text_of(draft), "qualified-lead"))
    rules = [*contents.rows(AttributeRule), *contents.rows(IntentRule)]
    assert len(rules) == 17
    for rule in rules:
        assert rule.name in said
    for row in contents.rows(Disqualifier):
        assert f"Why: {row.reason.rstrip('.')}." in said
    assert said.startswith(
        "A lead is qualified by version 1 of the scoring model, published on 2 March 2026, which "
        "is read out here."
    )
    for sentence in (
        "A lead becomes an MQL when the total is at least 40 and nothing disqualifies it.",
        "An MQL is ready for sales and offered to a rep when the total is at least 65 and nothing "
        "disqualifies it.",
        "It waits for its offer until these facts are known: name and company.",
        "Each whole week without activity takes 10 % of the intent score away.",
        "20 points for each “Visited pricing page”, together at most 20.",
        "“Visited pricing page”: page view, path begins with /pricing.",
        "A: Strong fit with High intent.",
    ):
        assert sentence in said.split("\n")


def test_every_stage_has_its_entry_and_exit(draft: Agreement) -> None:
    lines = anchored(text_of(draft))
    for stage in Stage:
        text = lines[f"stage-{stage.value}"].text
        assert text.startswith(f"{stage.label}: ")
        assert " Entry: " in text
        assert " Exit: " in text
    assert "MQL" not in lines["stage-sal"].text.partition("It leads to ")[2]  # only undone


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ("block", "No lead becomes an SQL without a passed discovery scorecard “BANT+”."),
        ("warn", "An SQL without a passed discovery scorecard “BANT+” is marked as such."),
        ("off", "The discovery scorecard “BANT+” may be filled in; an SQL needs none."),
    ],
)
def test_the_gate_before_sql_is_the_workspaces(draft: Agreement, gate: str, words: str) -> None:
    HandoffPolicy.objects.update(scorecard_gate=gate)
    assert words in words_of(text_of(draft), "stages")


def test_every_reason_in_use_stands_there_with_what_it_asks(draft: Agreement) -> None:
    RejectionReason.objects.of(draft.workspace).filter(code="duplicate").update(is_active=False)
    active = RejectionReason.objects.of(draft.workspace).active()
    lines = anchored(text_of(draft))
    found = {anchor for anchor in lines if anchor.startswith("reason-")}
    assert found == {f"reason-{reason.code}" for reason in active}
    for reason in active:
        assert lines[f"reason-{reason.code}"].text.startswith(f"{reason.name}: ")
    assert lines["reason-unreachable"].text == (
        "Unreachable: the lead goes back to nurture, woken after 30 days. Before it, 3 attempts "
        "without an answer. It puts intent in question."
    )
    assert lines["reason-timeline-too-long"].text == (
        "Timeline too long: the lead goes back to nurture, woken on a day that the rep names "
        "(suggested: after 60 days). It puts timing in question."
    )
    assert lines["reason-bad-data"].text == (
        "Bad data: the facts are corrected and the lead is scored again; still ready, it is "
        "offered to another rep. The rep may write a note (“What is wrong?”) and says or corrects: "
        "E-mail address and Phone. It puts data in question."
    )


def test_a_reason_names_its_track_and_its_points(draft: Agreement) -> None:
    track = NurtureTrack.objects.create(workspace=draft.workspace, name="Budget", is_active=True)
    RejectionReason.objects.of(draft.workspace).filter(code="no-budget").update(
        track=track, wake_points=25
    )
    assert anchored(text_of(draft))["reason-no-budget"].text == (
        "No budget: the lead goes back to nurture, onto the track “Budget”, woken after 90 days or "
        "by 25 points of new intent. The rep may write a note (“When is the next budget "
        "decided?”). It puts fit in question."
    )


def test_tracks_in_use_say_whom_they_take_and_what_they_give(draft: Agreement) -> None:
    none = "No nurture track is in use: nothing is sent to it by itself meanwhile."
    assert none in words_of(text_of(draft), "return")
    NurtureTrack.objects.of(draft.workspace).update(is_active=True, countries=["DE", "AT"])
    stale = NurtureTrack.objects.create(workspace=draft.workspace, name="Again", stale_days=90)
    NurtureStep.objects.create(track=stale, kind="task", subject="Look", position=0)
    said = words_of(text_of(draft), "return")
    assert none not in said
    assert (
        "“Stay in touch”, for company in Germany or Austria: 2 mails and 1 task over 58 days."
        in said
    )
    assert "“Again”, for every lead: 1 task. After 90 days without any activity." in said


def test_policy_figures_are_those_of_the_workspace(draft: Agreement) -> None:
    HandoffPolicy.objects.update(max_cycles=5)
    said = " ".join(words_of(text_of(draft), "return"))
    assert "Up to 5 cycles it is offered by itself; after that a manager decides." in said
    assert "20 points earned since it went to nurture" in said


# The two sides


def test_what_both_sides_owe_and_who_answers_for_it(draft: Agreement) -> None:
    lines = anchored(text_of(draft))
    assert lines["volume-marketing"].text == (
        "Marketing owes 120 MQLs a month, of which at least 40 % of grade A or B."
    )
    assert lines["volume-sales"].text.startswith(
        "Sales owes that at least 75 % of the leads that it accepts are followed up"
    )
    assert lines["owner-marketing"].text == "Mona Marketing owns this agreement for marketing."
    assert lines["owner-sales"].text == "Sam Sales owns this agreement for sales."
    escalation = " ".join(words_of(text_of(draft), "escalation"))
    assert "for 2 weeks running" in escalation
    assert "escalates to: Sam Sales. It is reminded every week, and stays open until" in escalation
    assert words_of(text_of(draft), "review")[0].startswith(
        "Both owners review this agreement every 90 days, counted from the day on which both"
    )


# The terms


def test_the_terms_are_whole_and_json(draft: Agreement) -> None:
    terms = document_of(draft, now=LATER).terms
    assert json.loads(json.dumps(terms)) == terms
    reasons = list(RejectionReason.objects.of(draft.workspace).active())
    assert [terms["code"] for terms in terms["reasons"]] == [reason.code for reason in reasons]
    for said, row in zip(terms["reasons"], reasons, strict=True):
        assert set(said) == {field.attname for field in RejectionReason._meta.concrete_fields}
        assert said == {name: getattr(row, name) for name in said}
    promised = {(said["code"], said["tier_code"]) for said in terms["commitments"]}
    assert promised == set(draft.commitments.values_list("code", "tier_code"))
    assert terms["policy"]["max_cycles"] == 3
    assert terms["owed"]["leads_a_month"] == 120
    assert [tier["code"] for tier in terms["tiers"]] == [
        *("high-value", "enterprise", "mid-value", "low-value")
    ]
    assert terms["model_version"] == 1


# Proposed, it stays


def test_a_proposed_text_stays_whatever_is_published_or_edited_later(draft: Agreement) -> None:
    marketing, _ = owners_of(draft)
    proposal = propose(draft, by=marketing, at=MONDAY_NOON)
    before = document_of(proposal, now=MONDAY_NOON)
    version = open_draft(workspace=draft.workspace, by=None, now=LATER)
    version.disqualifiers.all().delete()
    publish(version, by=None, now=LATER)
    RejectionReason.objects.of(draft.workspace).update(name="Other", is_active=False)
    Tier.objects.of(draft.workspace).filter(code="high-value").update(name="Renamed")
    HandoffPolicy.objects.update(max_cycles=9)
    marketing.name = "Mona Married"
    marketing.save()
    proposal.refresh_from_db()
    assert document_of(proposal, now=LATER) == before
    assert (proposal.model_version, before.model_version) == (1, 1)
    assert agreements.is_unaltered(proposal)
    begun = agreements.begin(draft.workspace, by=marketing, at=LATER)
    after = document_of(begun, now=LATER)
    assert after.model_version == 2
    assert words_of(after.sections, "qualified-lead") != words_of(before.sections, "qualified-lead")


def test_a_withdrawn_text_is_shown_as_it_was_proposed(draft: Agreement) -> None:
    marketing, _ = owners_of(draft)
    proposal = propose(draft, by=marketing, at=MONDAY_NOON)
    kept = document_of(proposal, now=LATER)
    gone = agreements.withdraw(proposal, by=marketing, at=LATER, why="Too much")
    assert document_of(gone, now=LATER) == kept


def test_however_long_it_is_it_asks_as_many_questions(draft: Agreement) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            text_of(Agreement.objects.select_related("workspace").get(pk=draft.pk))
        return len(found)

    NurtureTrack.objects.of(draft.workspace).update(is_active=True)
    asked()  # what is kept in the process from now on
    before = asked()
    track = NurtureTrack.objects.create(workspace=draft.workspace, name="Second")
    NurtureStep.objects.create(track=track, kind="wait", days=2)
    for number in range(5):
        RejectionReason.objects.create(
            workspace=draft.workspace, code=f"more-{number}", name=f"More {number}", track=track
        )
        tier = Tier.objects.create(workspace=draft.workspace, name=f"Tier {number}")
        other = BusinessCalendar.objects.create(workspace=draft.workspace, name=f"Hours {number}")
        WorkingRange.objects.create(calendar=other, weekday=1, start=time(9), end=time(12))
        promise(draft, code="qualify", tier_code=tier.code, days=3, calendar=other)
    assert asked() == before
