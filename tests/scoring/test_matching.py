"""How many leads a rule matches now, and what share of those that were won."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from accounts.models import Workspace
from leadqual.models import AttributeChange, EventKind, Lead, StageMove
from leadqual.patience import TooManyToCount, at_most
from leadqual.stages import Stage
from scoring.contents import Contents, contents_of
from scoring.editing.matching import Match, matches
from scoring.editing.signal_matching import matching_events
from scoring.models import (
    AttributeRule,
    Disqualifier,
    IcpCriterion,
    IntentRule,
    ModelVersion,
    NamedList,
    PersonaLine,
    PointsGroup,
    QualificationRule,
    Signal,
    TitleLine,
)
from scoring.models.rules import Operator
from scoring.models.versions import VersionPart
from scoring.publishing import open_draft
from scoring.scorers import score_lead
from tests.builders import MONDAY_NOON, make_company, make_lead, make_source, make_workspace
from tests.scoring.builders import DAY, do, make_model, make_signal

pytestmark = pytest.mark.django_db
NOW = MONDAY_NOON


@pytest.fixture
def draft(workspace: Workspace) -> ModelVersion:
    return open_draft(workspace=workspace, by=None, now=NOW)


@pytest.fixture
def leads(workspace: Workspace) -> list[Lead]:
    """Three leads, the first of them won; two buyers, two from Germany."""
    return [
        make_lead(workspace, stage=Stage.WON, job_title="Chief Buyer", country="DE"),
        make_lead(workspace, job_title="Buyer", country="AT"),
        make_lead(workspace, job_title="Clerk", country="DE"),
    ]


def add(draft: ModelVersion, part: type[VersionPart], **fields: object) -> VersionPart:
    row: VersionPart = part._default_manager.create(version=draft, **fields)
    return row


def buyers(draft: ModelVersion, **fields: object) -> VersionPart:
    rule = {"name": "Buyer", "points": -7, "field": "job_title", "operator": Operator.HAS_WORD}
    return add(draft, AttributeRule, **{**rule, "value": ["buyer"], **fields})


def count(draft: ModelVersion) -> dict[tuple[str, int], tuple[int, int]]:
    """Leads and won that match, by part and row; out of three leads of which one is won."""
    contents = contents_of(draft)
    found = matches(draft, contents, now=NOW)
    rows = {id(row): row for part in contents.parts.values() for row in part}
    assert {(match.of_leads, match.of_won) for match in found.values()} <= {(3, 1)}
    return {
        (type(rows[key]).__name__, rows[key].pk): (match.leads, match.won)
        for key, match in found.items()
    }


def of(draft: ModelVersion, row: VersionPart) -> tuple[int, int]:
    return count(draft)[type(row).__name__, row.pk]


def test_a_rule_over_a_fact_counts_leads_and_won(draft: ModelVersion, leads: list[Lead]) -> None:
    assert of(draft, buyers(draft)) == (2, 1)


def test_merged_and_erased_leads_and_those_of_others_are_not_counted(
    draft: ModelVersion, leads: list[Lead], workspace: Workspace
) -> None:
    make_lead(workspace, job_title="Buyer", merged_into=leads[0])
    make_lead(workspace, job_title="Buyer", erased_at=NOW)
    make_lead(make_workspace(), job_title="Buyer")
    assert of(draft, buyers(draft)) == (2, 1)


def test_a_rule_for_a_persona_counts_those_of_the_persona_alone(
    draft: ModelVersion, leads: list[Lead]
) -> None:
    persona = add(
        draft, PersonaLine, persona="German", field="country", operator="equals", value=["DE"]
    )
    rule = buyers(draft, persona="German")
    nobody = buyers(draft, name="Nobody", persona="Unknown")
    found = count(draft)
    assert found["PersonaLine", persona.pk] == (2, 1)
    assert found["AttributeRule", rule.pk] == (1, 1)
    assert found["AttributeRule", nobody.pk] == (0, 0)


def test_a_rule_over_a_list_of_the_same_version(draft: ModelVersion, leads: list[Lead]) -> None:
    add(draft, NamedList, name="DACH", kind="countries", entries=["DE", "CH"])
    line = add(draft, IcpCriterion, field="country", operator=Operator.ON_LIST, value=["DACH"])
    profile = buyers(draft, field="icp", operator=Operator.IS_KNOWN, value=[])
    flag = add(
        draft,
        Disqualifier,
        name="Elsewhere",
        reason="-",
        field="country",
        operator=Operator.NOT_ON_LIST,
        value=["DACH"],
    )
    found = count(draft)
    assert found["IcpCriterion", line.pk] == (2, 1)
    assert found["AttributeRule", profile.pk] == (2, 1)
    assert found["Disqualifier", flag.pk] == (1, 0)


def test_a_title_line_and_what_it_says(draft: ModelVersion, leads: list[Lead]) -> None:
    line = add(draft, TitleLine, words=["chief"], seniority="C-level", position=1)
    add(draft, TitleLine, words=["buyer"], function="Purchasing", position=0)
    rule = buyers(draft, field="seniority", operator=Operator.EQUALS, value=["C-level"])
    found = count(draft)
    assert found["TitleLine", line.pk] == (1, 1)
    assert found["AttributeRule", rule.pk] == (1, 1)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"points": 1, "cap": 1, "half_life_days": 1}, (3, 1)),
        ({"points": -5}, (3, 1)),
        ({"decay_steps": [[1, 0]]}, (0, 0)),
        ({"decay_steps": [[2, 50], [6, 0]]}, (2, 1)),
        ({"window_days": 2}, (2, 1)),
        ({"shape": "times", "at_least": 2}, (2, 1)),
        ({"shape": "times", "at_least": 2, "window_days": 1}, (0, 0)),
        ({"shape": "days", "at_least": 2}, (1, 0)),
        ({"shape": "pages", "at_least": 2}, (1, 1)),
        ({"shape": "people", "at_least": 2}, (2, 1)),
        ({"shape": "people", "at_least": 2, "persona": "Won"}, (1, 1)),
        ({"shape": "sequence", "later_steps": ["demo"]}, (1, 1)),
        ({"source_points": {"ads": 3}}, (3, 1)),
        ({"source_points": {"ads": 0}}, (2, 0)),
    ],
)
def test_every_way_to_count_events(
    draft: ModelVersion,
    leads: list[Lead],
    workspace: Workspace,
    fields: dict[str, object],
    expected: tuple[int, int],
) -> None:
    view = make_signal(workspace, code="view")
    make_signal(workspace, code="demo", kind=EventKind.DEMO_REQUEST)
    company = make_company(workspace)
    won, second, third = leads
    Lead.objects.filter(pk__in=[won.pk, second.pk]).update(company=company)
    AttributeChange.objects.update(at=NOW)  # known all along
    ads = make_source(workspace, code="ads")
    do(won, NOW - DAY, url="https://x.example/a", source=ads)
    do(won, NOW - DAY, url="https://x.example/b", source=ads)
    do(won, NOW, kind=EventKind.DEMO_REQUEST)
    do(second, NOW - 5 * DAY, NOW - DAY)
    do(third, NOW - 9 * DAY)
    add(
        draft,
        PersonaLine,
        persona="Won",
        field="job_title",
        operator="contains",
        value=["chief"],
    )
    rule = add(draft, IntentRule, **{"name": "Views", "signal": view, "points": 10, **fields})
    assert of(draft, rule) == expected


def test_a_signal_whose_older_events_are_not_matched_yet_is_counted_all_the_same(
    draft: ModelVersion, leads: list[Lead], workspace: Workspace
) -> None:
    do(leads[0], NOW - DAY, url="https://x.example/film")
    signal = make_signal(workspace, code="film", path_prefix="/film")
    assert not Signal.objects.get(pk=signal.pk).classified
    rule = add(draft, IntentRule, name="Film", signal=signal, points=10)
    assert of(draft, rule) == (1, 1)


def test_a_way_to_qualify_goes_by_the_present_scores(
    workspace: Workspace, leads: list[Lead]
) -> None:
    make_model(workspace)
    for lead in leads:
        score_lead(lead, now=NOW)  # 30 points for buyers, none for the clerk
    draft = open_draft(workspace=workspace, by=None, now=NOW)
    low = add(draft, QualificationRule, purpose="handoff", fit_at_least=30)
    band = add(draft, QualificationRule, purpose="handoff", fit_band="High")
    found = count(draft)
    assert found["QualificationRule", low.pk] == (2, 1)
    assert found["QualificationRule", band.pk] == (0, 0)


def handed_over(lead: Lead, at: datetime, *, cycle: int = 1) -> None:
    for n, (was, became) in enumerate([("mql", "sal"), ("sal", "opportunity")]):
        StageMove.objects.create(
            workspace=lead.workspace,
            lead=lead,
            cycle=cycle,
            from_stage=was,
            to_stage=became,
            at=at + n * DAY,
            rule="r",
        )


@pytest.mark.parametrize(
    "fields",
    [
        {"window_days": 7},
        {"decay_steps": [[7, 0]]},
        {"shape": "times", "at_least": 2, "window_days": 7},
        {"shape": "people", "at_least": 1, "window_days": 7},
    ],
)
def test_the_won_are_counted_as_of_when_they_were_handed_over(
    draft: ModelVersion, leads: list[Lead], workspace: Workspace, fields: dict[str, object]
) -> None:
    won, other, _ = leads
    Lead.objects.filter(pk=won.pk).update(company=make_company(workspace))
    AttributeChange.objects.update(at=NOW - 90 * DAY)
    Lead.objects.update(captured_at=NOW - 90 * DAY)
    view = make_signal(workspace, code="view")
    do(won, NOW - 40 * DAY, NOW - 41 * DAY)
    do(other, NOW - 40 * DAY, NOW - 41 * DAY)
    rule = add(draft, IntentRule, **{"name": "Views", "signal": view, "points": 10, **fields})
    assert of(draft, rule) == (0, 0)
    handed_over(won, NOW - 39 * DAY)
    assert of(draft, rule) == (0, 1)
    handed_over(won, NOW - 20 * DAY, cycle=2)  # the cycle in which it was won
    assert of(draft, rule) == (0, 0)


def test_what_was_learned_of_a_won_lead_after_its_handover_is_not_counted(
    draft: ModelVersion, leads: list[Lead]
) -> None:
    won = leads[0]
    rule = buyers(draft)
    handed_over(won, NOW)
    assert of(draft, rule) == (2, 1)
    Lead.objects.filter(pk=won.pk).update(job_title="Retired")
    assert of(draft, rule) == (1, 1)


def test_a_way_to_qualify_goes_by_what_the_won_had_when_they_were_handed_over(
    workspace: Workspace, leads: list[Lead]
) -> None:
    make_model(workspace)
    Lead.objects.update(captured_at=NOW - 90 * DAY)
    do(leads[0], NOW - 40 * DAY, NOW - 41 * DAY, NOW - 42 * DAY)
    score_lead(leads[0], now=NOW)  # its intent has faded by now
    draft = open_draft(workspace=workspace, by=None, now=NOW)
    way = add(draft, QualificationRule, purpose="handoff", intent_at_least=60)
    assert count(draft)["QualificationRule", way.pk] == (0, 0)
    handed_over(leads[0], NOW - 39 * DAY)
    assert count(draft)["QualificationRule", way.pk] == (0, 1)


def test_groups_and_lists_match_nobody_and_are_not_asked(
    draft: ModelVersion, leads: list[Lead]
) -> None:
    add(draft, PointsGroup, name="Web", axis="intent", cap=10)
    assert count(draft) == {}


def test_rows_that_were_never_saved_are_counted(draft: ModelVersion, leads: list[Lead]) -> None:
    row = AttributeRule(name="x", points=5, field="country", operator="in", value=["de"])
    found = matches(draft, Contents(parts={AttributeRule: [row]}), now=NOW)
    assert found[id(row)] == Match(leads=2, of_leads=3, won=1, of_won=1, all_won=1)
    assert not AttributeRule.objects.filter(version=draft).exists()


def test_counting_ends_when_it_takes_too_long(draft: ModelVersion, leads: list[Lead]) -> None:
    with pytest.raises(TooManyToCount, match="too many leads to count at once"):  # noqa: SIM117
        with at_most(0.05), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
    # The transaction around goes on, and without the limit.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.1)")
    buyers(draft)
    with at_most(3), connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("3s",)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.parametrize(
    ("match", "sentence"),
    [
        (Match(0, 0, 0, 0, 0), "There are no leads yet to match."),
        (Match(1, 3, 0, 0, 0), "Matches 1 of 3 leads now (33 %); none was won yet."),
        (
            Match(612, 5120, 40, 96, 96),
            "Matches 612 of 5,120 leads now (12 %); "
            "40 of the 96 won did when they were handed over (42 %).",
        ),
        (
            Match(1, 5120, 999, 1000, 1000),
            "Matches 1 of 5,120 leads now (under 1 %); "
            "999 of the 1,000 won did when they were handed over (99 %).",
        ),
        (
            Match(3, 3, 0, 2, 2),
            "Matches 3 of 3 leads now (100 %); "
            "0 of the 2 won did when they were handed over (0 %).",
        ),
    ],
)
def test_what_is_told_names_its_denominators(match: Match, sentence: str) -> None:
    assert match.sentence() == sentence


def test_of_more_won_than_are_looked_at_it_is_said() -> None:
    assert Match(9, 10, 500, 2000, 5321).sentence() == (
        "Matches 9 of 10 leads now (90 %); 500 of the 2,000 won last (of 5,321) did when they "
        "were handed over (25 %)."
    )


def test_a_signal_counts_the_events_of_the_last_thirty_days(workspace: Workspace) -> None:
    lead, other = make_lead(workspace), make_lead(make_workspace())
    do(lead, NOW - DAY, NOW - 31 * DAY, NOW + DAY, url="https://x.example/pricing")
    do(lead, NOW - 2 * DAY, url="https://x.example/")
    do(other, NOW - DAY, url="https://x.example/pricing")
    signal = Signal(workspace=workspace, kind=EventKind.PAGE_VIEW, path_prefix="/pricing", bit=0)
    said = matching_events(signal, since=NOW - timedelta(days=30), until=NOW)
    assert said == "1 of the 2 events of the last 30 days match."


def test_a_signal_says_where_no_event_came_in(workspace: Workspace) -> None:
    signal = Signal(workspace=workspace, kind=EventKind.PAGE_VIEW, bit=0)
    said = matching_events(signal, since=NOW - timedelta(days=30), until=NOW)
    assert said == "No event came in during the last 30 days."
