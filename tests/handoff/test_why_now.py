"""One sentence that a person would say, whatever the rules and signals are called."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff.deed_words import deed, in_short, since, times, when
from handoff.models import Handoff
from handoff.why_clauses import clause
from handoff.why_now import MOST, why_now
from leadqual.capture import EventFacts
from leadqual.models import Company, EventKind, Lead, Source
from scoring.models import IntentRule
from tests.builders import HOT, MONDAY_NOON, receive_event, receive_hot_lead

DAY = timedelta(days=1)
THURSDAY = MONDAY_NOON - 4 * DAY
UNZONED = Workspace(timezone="Europe/Berlin")


def a_lead(**fields: Any) -> Lead:
    fields.setdefault("captured_at", MONDAY_NOON)
    return Lead(workspace=UNZONED, **fields)


def because(**basis: Any) -> dict[str, Any]:
    usual = {"path": "", "is_narrow": False, "shape": "each", "number": 1, "own": 1}
    return {**usual, "first_at": MONDAY_NOON.isoformat(), **basis}


def rule(name: str = "A rule", points: float = 20, **more: Any) -> dict[str, Any]:
    """One that speaks for the lead, as an explanation has it."""
    last = MONDAY_NOON.isoformat() if "kind" in (more.get("because") or {}) else None
    return {"name": name, "hit": True, "points": points, "arithmetic": "", "last_at": last, **more}


def said(basis: dict[str, Any], lead: Lead | None = None, **more: Any) -> str:
    lead = lead or a_lead()
    found = rule(because=basis, **more)
    return clause(found, lead, at=MONDAY_NOON, zone=UNZONED.zone).text


def test_the_strongest_reasons_make_one_sentence(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False, at=THURSDAY)
    for at in (THURSDAY, THURSDAY + DAY):
        visit(lead, EventKind.PAGE_VIEW, at=at, url="https://northwind.example/blog")
    visit(lead, EventKind.DEMO_REQUEST, at=MONDAY_NOON - DAY)
    offer = lead.handoffs.get()
    assert offer.why_now == (
        "Hanna Weiss, Head of IT at Acme, asked for a demo today, wants to start immediately, "
        "decides on IT and names “Too many tools” as the main challenge."
    )
    assert offer.packet["why_now"] == offer.why_now


def visit(lead: Lead, kind: EventKind, *, at: datetime, url: str = "") -> None:
    facts = EventFacts(kind=kind, occurred_at=at, email=lead.email, url=url)
    receive_event(workspace=lead.workspace, facts=facts, now=at)


def test_a_lead_by_whom_no_rule_stands_is_told_by_how_it_came(workspace: Workspace) -> None:
    silent = {"rules": [rule(hit=False), rule(points=-5)]}
    lead = a_lead(first_name="Eva", last_name="Kern", first_source=Source(name="LinkedIn"))
    assert why_now(lead, silent, at=MONDAY_NOON + DAY) == (
        "Eva Kern came to us through LinkedIn yesterday."
    )
    assert why_now(a_lead(email="eva@kern.example"), silent, at=MONDAY_NOON) == (
        "eva@kern.example came to us today."
    )


def test_what_it_did_is_among_the_reasons_even_where_facts_weigh_more() -> None:
    facts = [
        rule("T", 90, because={"field": "timeline", "shown": "immediate"}),
        rule("C", 80, because={"field": "country", "shown": "DE"}),
        rule("P", 70, because={"field": "phone", "shown": "+49 1"}),
    ]
    did = rule("D", 1, because=because(signal="Webinar on costs", kind="webinar"))
    lead = a_lead(first_name="Eva", job_title="Buyer")
    assert why_now(lead, {"rules": [*facts, did]}, at=MONDAY_NOON) == (
        "Eva, Buyer, took part in “Webinar on costs” today, wants to start immediately "
        "and is in Germany."
    )


def test_two_rules_about_the_same_are_one_reason() -> None:
    basis = because(signal="Used the product", kind="page_view", is_narrow=True)
    twice = [rule("Each", 20, because=basis), rule("Days", 10, because={**basis, "shape": "days"})]
    assert why_now(a_lead(first_name="Eva"), {"rules": twice}, at=MONDAY_NOON) == (
        "Eva used the product today."
    )


@pytest.mark.parametrize(
    ("name", "kind", "path", "narrow", "words"),
    [
        ("Visited pricing page", "page_view", "/pricing", False, "looked at the pricing page"),
        ("Interest", "page_view", "/case-studies/", False, "looked at the case studies page"),
        ("Read the manual", "page_view", "/docs", False, "read the manual"),
        ("Interest", "page_view", "/de/x", False, "looked at “Interest”"),
        ("Requested a demo", "demo_request", "", False, "asked for a demo"),
        ("Enterprise demo", "demo_request", "", True, "asked for a demo: “Enterprise demo”"),
        ("Downloaded a resource or guide", "download", "", False, "downloaded a resource or guide"),
        ("Completed full enquiry form", "form", "", True, "completed the full enquiry form"),
        ("Sent the contact form", "form", "", True, "sent the contact form"),
        ("ROI guide", "download", "", True, "downloaded “ROI guide”"),
        ("Preisseite besucht", "page_view", "/x1", False, "looked at “Preisseite besucht”"),
        ("Advanced plan", "page_view", "", True, "looked at “Advanced plan”"),
        ("E-mail reply", "email_reply", "", False, "replied to an e-mail"),
        ("Fair 2026", "meeting", "", True, "met us for “Fair 2026”"),
        ("Clicked. Twice", "ad_click", "", True, "clicked “Clicked. Twice”"),
    ],
)
def test_signals_are_told_by_what_they_notice_or_by_their_name(
    name: str, kind: str, path: str, narrow: bool, words: str
) -> None:
    assert deed(name, kind=kind, path=path, is_narrow=narrow) == words


@pytest.mark.parametrize(
    ("number", "first", "last", "words"),
    [
        (1, THURSDAY, THURSDAY, "on Thursday"),
        (2, THURSDAY, MONDAY_NOON, "twice since Thursday"),
        (3, MONDAY_NOON, MONDAY_NOON, "three times today"),
        (14, MONDAY_NOON - 7 * DAY, MONDAY_NOON, "14 times since 23 February"),
        (4, MONDAY_NOON - 20 * DAY, MONDAY_NOON - DAY, "four times, most recently yesterday"),
        (1, MONDAY_NOON - 400 * DAY, MONDAY_NOON - 400 * DAY, "on 26 January 2025"),
    ],
)
def test_a_deed_says_how_often_and_since_when(
    number: int, first: datetime, last: datetime, words: str
) -> None:
    basis = because(
        signal="X", kind="demo_request", number=number, own=number, first_at=first.isoformat()
    )
    assert said(basis, last_at=last.isoformat()) == f"asked for a demo {words}"


@pytest.mark.parametrize(
    ("shape", "number", "own", "words"),
    [
        ("days", 4, 9, "used the product on four different days today"),
        ("pages", 3, 3, "used the product on three different pages today"),
        ("people", 3, 1, "is one of three people of the company who used the product"),
        ("people", 2, 0, "has two colleagues who used the product"),
        ("sequence", 3, 3, "went through “A rule” today"),
    ],
)
def test_each_shape_of_rule_has_its_words(shape: str, number: int, own: int, words: str) -> None:
    basis = because(
        signal="Used the product", kind="page_view", is_narrow=True, shape=shape, number=number
    )
    assert said({**basis, "own": own}) == words


def test_pages_without_a_name_are_counted() -> None:
    basis = because(signal="Visited a page", kind="page_view", shape="pages", number=5, own=7)
    assert said(basis) == "looked at five different pages today"


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Head of IT", "decides on IT"),
        ("Global Director of Sales, DACH", "decides on sales"),
        ("VP of Northern Europe", "decides on Northern Europe"),
        ("CFO", "decides on finance"),
        ("Chief Executive Officer", "runs the company"),
        ("Deputy head of IT", "meets “Decider” (seniority is “Head”)"),
    ],
)
def test_a_job_title_says_what_somebody_decides(title: str, words: str) -> None:
    basis = {"field": "seniority", "shown": "Head"}
    found = said(basis, a_lead(job_title=title), name="Decider", arithmetic="seniority is “Head”")
    assert found == words


@pytest.mark.parametrize(
    ("industry", "employees", "words"),
    [
        ("software", 200, "works for a software company of 200 people"),
        ("Financial Services", 1200, "works for a financial services company of 1,200 people"),
        ("IT services", None, "works for an IT services company"),
        ("insurance", 1, "works for an insurance company of one person"),
        ("", 40, "works for a company of 40 people"),
        ("", None, "meets “Profile” (every line of the profile holds)"),
    ],
)
def test_a_company_is_told_by_what_it_does_and_its_size(
    industry: str, employees: int | None, words: str
) -> None:
    lead = a_lead(company=Company(name="Acme", industry=industry, employees=employees))
    basis = {"field": "icp", "shown": None}
    found = said(basis, lead, name="Profile", arithmetic="every line of the profile holds")
    assert found == words


def test_what_does_not_fit_is_left_out_clause_by_clause() -> None:
    deeds = [f"{verb} {'very ' * 40} long things" for verb in ("Compared", "Tried", "Ordered")]
    rules = [
        rule(name, 50, because=because(signal=name, kind="page_view", path="/x")) for name in deeds
    ]
    lead = a_lead(first_name="Ev" * 30, last_name="Kern " * 10, job_title="Head " * 20)
    lead.challenge = "too much " * 20
    sentence = why_now(lead, {"rules": rules}, at=MONDAY_NOON)
    assert len(sentence) <= MOST
    clauses = sentence.partition("compared very")[2]
    assert "tried very" in clauses
    assert "as the main challenge" not in clauses
    assert sentence.endswith("today.")


def test_the_same_moment_is_another_day_elsewhere() -> None:
    late = MONDAY_NOON.replace(hour=23, minute=30)  # half past midnight in Berlin
    assert when(late, at=late + timedelta(hours=1), zone=UNZONED.zone) == "today"
    assert since(late - timedelta(hours=1), at=late, zone=UNZONED.zone) == "since yesterday"


def test_a_text_is_cut_between_words() -> None:
    assert in_short("one two three", 9) == "one two…"
    assert in_short("unbroken", 5) == "unbr…"
    assert [times(n) for n in (1, 2, 10, 11)] == ["once", "twice", "ten times", "11 times"]


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=120).filter(str.strip)
DEEDS = st.builds(
    because,
    signal=NAMES,
    kind=st.sampled_from(EventKind.values),
    path=st.sampled_from(["", "/pricing", "/a/b"]) | NAMES,
    is_narrow=st.booleans(),
    shape=st.sampled_from(IntentRule.Shape.values),
    number=st.integers(1, 30),
)
FACTS = st.builds(
    lambda field, shown: {"field": field, "shown": shown},
    st.sampled_from(["icp", "seniority", "country", "timeline", "phone", "company.region", "name"]),
    st.none() | NAMES,
)
RULES = st.lists(
    st.builds(
        rule,
        NAMES,
        st.integers(1, 90),
        because=DEEDS | FACTS | st.none(),
        arithmetic=NAMES,
    ).map(lambda found: {**found, "last_at": MONDAY_NOON.isoformat()}),
    max_size=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(rules=RULES, title=st.just("") | NAMES, challenge=st.just("") | NAMES, employer=NAMES)
def test_it_is_always_one_sentence_with_a_reason_that_is_true(
    rules: list[dict[str, Any]], title: str, challenge: str, employer: str
) -> None:
    lead = a_lead(
        first_name="Eva",
        job_title=title,
        challenge=challenge,
        company=Company(name=employer, industry="software", employees=20),
    )
    sentence = why_now(lead, {"rules": rules}, at=MONDAY_NOON)
    assert sentence.startswith("Eva")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert 0 < len(sentence) <= MOST
    true = [clause(each, lead, at=MONDAY_NOON, zone=UNZONED.zone).text for each in rules]
    assert any(each in sentence for each in true or ["came to us today"])


def test_every_offer_of_a_workspace_says_so(workspace: Workspace, ben_takes_turns: User) -> None:
    receive_hot_lead(workspace, at=MONDAY_NOON, facts=HOT)
    for offer in Handoff.objects.all():
        assert re.search(r"(looked at|wants to start)", offer.why_now)
