"""Every starter model may be published as it is, and all evaluators give its leads the same."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User, Workspace
from leadqual.models import EventKind, Lead, Source
from scoring import library
from scoring.copying import from_library
from scoring.drafts import open_draft
from scoring.engine.rules import rules_of
from scoring.models import IntentRule, ModelVersion, NamedList, TitleLine
from scoring.publishing import publish
from scoring.readiness import doubts, problems
from scoring.scorers import score_lead
from scoring.signals import Definition
from scoring.standing import Standing, standing_of
from scoring.starter import install_starter_model
from tests.builders import MONDAY_NOON, make_company, make_lead
from tests.scoring.builders import DAY, by_all_four, do

pytestmark = pytest.mark.django_db

EVERY = pytest.mark.parametrize("code", library.ORDER)
REMARKETING = ("introduce", "build-trust", "push-cta")


def draft_of(code: str, workspace: Workspace, by: User | None = None) -> ModelVersion:
    return open_draft(workspace=workspace, by=by, now=MONDAY_NOON, from_=from_library(code))


def published(code: str, workspace: Workspace) -> ModelVersion:
    return publish(draft_of(code, workspace), by=None, now=MONDAY_NOON)


def standing(lead: Lead) -> Standing:
    assert score_lead(lead, now=MONDAY_NOON) is not None
    found = standing_of(lead)
    assert found is not None
    return found


def use(lead: Lead, *days_ago: int, event: str = "opened", page: str = "/app") -> None:
    moments = [MONDAY_NOON - days * DAY for days in days_ago]
    do(lead, *moments, url=page, properties={"product_event": event})


@EVERY
def test_it_may_be_published_as_it_is_and_leaves_no_doubt(code: str, workspace: Workspace) -> None:
    draft = draft_of(code, workspace)
    assert problems(draft) == []
    assert doubts(draft) == []


@EVERY
def test_it_says_what_it_is_for_and_what_in_it_is_ours(code: str) -> None:
    model = library.model(code)
    assert model.name
    assert len(model.about) > 80
    assert "ours" in model.ours


@EVERY
def test_it_brings_no_signal_that_no_rule_asks_for(code: str) -> None:
    model = library.model(code)
    rules = model.contents.rows(IntentRule)
    assert {c for r in rules for c in (r.signal.code, *r.later_steps)} == set(model.signals)


def test_signals_of_one_code_mean_the_same_in_every_model() -> None:
    meanings: dict[str, set[Definition]] = {}
    for model in library.models():
        for code, signal in model.signals.items():
            meanings.setdefault(code, set()).add(replace(Definition.of(signal), bit=0))
    assert [code for code, found in meanings.items() if len(found) > 1] == []


def test_the_library_has_no_other_model() -> None:
    with pytest.raises(KeyError):
        library.model("../../secrets")


@EVERY
def test_all_evaluators_say_the_same_of_its_leads(code: str, workspace: Workspace) -> None:
    version = published(code, workspace)
    ids = [lead.pk for lead in _busy_people(workspace)]
    for later in (timedelta(0), 6 * DAY, 14 * DAY, 45 * DAY):
        found = by_all_four(rules_of(version), ids, at=MONDAY_NOON + later)
        assert len({numbers[:2] for numbers in found.values()}) > 2  # they are told apart


def _busy_people(workspace: Workspace) -> list[Lead]:
    company = make_company(workspace, name="Acme", industry="software", country="DE", employees=200)
    titles = ("Head of IT", "Assistant to the CEO", "Trainee", "Buyer", "")
    leads = [
        make_lead(workspace, company=company if title else None, job_title=title, country="DE")
        for title in titles
    ]
    for n, lead in enumerate(leads):
        use(lead, *range(n, 20, 3))
        for page in ("/", "/pricing", "/app/reports", "/app/team")[: n + 1]:
            use(lead, n, page=page, event=("first-result", "limit-reached")[n % 2])
        for step, content in enumerate(REMARKETING[: 4 - n]):
            said = {"utm_medium": "remarketing", "utm_content": content}
            at = MONDAY_NOON - (10 - step) * DAY
            do(lead, at, kind=EventKind.AD_CLICK, properties=said)
        do(lead, MONDAY_NOON - 8 * DAY, kind=EventKind.DEMO_REQUEST)
        do(lead, MONDAY_NOON + n * DAY, kind=EventKind.FORM)
    return leads


# Article 004's


@pytest.mark.parametrize(
    ("clicked", "intent"),
    [
        (REMARKETING[:1], 15),
        (REMARKETING[:2], 20),
        (REMARKETING, 35),
        (REMARKETING[::-1], 25),
        (("introduce", "introduce", "introduce"), 15),
        (("anything",), 10),
    ],
)
def test_remarketing_earns_with_each_step_and_more_for_all_in_order(
    workspace: Workspace, clicked: tuple[str, ...], intent: int
) -> None:
    published("article-004", workspace)
    lead = make_lead(workspace)
    for hour, content in enumerate(clicked):
        said = {"utm_medium": "Remarketing", "utm_content": content}
        at = MONDAY_NOON + timedelta(hours=hour - 12)
        do(lead, at, kind=EventKind.AD_CLICK, properties=said)
    assert standing(lead).intent == intent


def test_its_title_table_and_lists_belong_to_the_version(workspace: Workspace, ana: User) -> None:
    version = install_starter_model(workspace, by=ana, now=MONDAY_NOON)
    assert TitleLine.objects.filter(version=version).count() == 13
    (countries,) = NamedList.objects.filter(version=version)
    assert (countries.name, countries.entries) == (
        "Countries we do not serve",
        ["CU", "IR", "KP", "SY"],
    )


# The firmographic one


def test_firmographic_who_fits_is_an_mql_without_having_done_anything(
    workspace: Workspace,
) -> None:
    published("firmographic", workspace)
    company = make_company(workspace, industry="logistics", country="NL", employees=100)
    facts: dict[str, Any] = {"first_name": "Mia", "company": company}
    found = standing(make_lead(workspace, job_title="Head of Operations", **facts))
    assert (found.fit, found.fit_band, found.is_mql, found.is_ready) == (80, "Ideal", True, True)
    found = standing(make_lead(workspace, job_title="Operations Manager", **facts))
    assert (found.fit, found.fit_band, found.is_mql, found.is_ready) == (70, "Good", True, False)
    asked = make_lead(workspace, job_title="Operations Manager", **facts)
    do(asked, MONDAY_NOON, kind=EventKind.EMAIL_REPLY)
    found = standing(asked)
    assert (found.intent_band, found.is_ready, found.grade) == ("Asked", True, "A")


def test_firmographic_a_lead_we_went_to_needs_a_phone_number(workspace: Workspace) -> None:
    published("firmographic", workspace)
    fair = Source.objects.create(
        workspace=workspace, code="fair", name="Fair", direction="outbound"
    )
    site = Source.objects.create(workspace=workspace, code="site", name="Site")
    company = make_company(workspace, country="DE", employees=60)
    fits = [
        standing(make_lead(workspace, company=company, first_source=source, phone=phone)).fit
        for source, phone in ((fair, ""), (fair, "+49 30 1"), (site, ""), (None, ""))
    ]
    assert fits == [35, 45, 45, 45]


# The product-led one


def test_product_led_a_team_that_uses_it_is_worth_a_call(workspace: Workspace) -> None:
    published("product-led", workspace)
    company = make_company(workspace, name="Acme", employees=80)
    team = [
        make_lead(workspace, company=company, job_title=title)
        for title in ("Head of IT", "Buyer", "Analyst")
    ]
    use(team[0], 0, 1, 2, 3)
    assert standing(team[0]).intent_band == "Trying"
    for colleague in team[1:]:
        use(colleague, 2)
    found = standing(team[0])
    assert (found.intent_band, found.is_mql, found.is_ready) == ("Active", True, True)
    assert standing(team[1]).is_mql is False


def test_product_led_use_alone_stays_within_its_cap(workspace: Workspace) -> None:
    published("product-led", workspace)
    lead = make_lead(workspace)
    for n in range(30):
        use(lead, n % 10, page=f"/app/{n}")
    assert standing(lead).intent == 40


def test_product_led_a_trial_that_went_quiet_cools_down(workspace: Workspace) -> None:
    version = published("product-led", workspace)
    lead = make_lead(workspace)
    use(lead, 0, event="first-result")
    days = (0, 7, 30)
    found = [by_all_four(rules_of(version), [lead.pk], at=MONDAY_NOON + d * DAY) for d in days]
    assert [numbers[lead.pk][1] for numbers in found] == [17, 13.76, 7.6]
