"""What rules look up in tables of their version: lists, the title table, personas."""

from typing import Any

import pytest

from accounts.models import Workspace
from leadqual.models import Lead, Source
from scoring.engine.gather import gather
from scoring.engine.rules import RuleSet, read_rules, rules_of
from scoring.models import (
    AttributeRule,
    IntentRule,
    ModelVersion,
    NamedList,
    PersonaLine,
    PointsGroup,
    Rescore,
    TitleLine,
)
from scoring.models.rules import Operator
from tests.builders import MONDAY_NOON, make_lead, make_source
from tests.scoring.builders import by_all_four, do, make_draft, make_signal

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(workspace: Workspace) -> ModelVersion:
    """Without rules of its own."""
    draft = make_draft(workspace)
    draft.attributerules.all().delete()
    draft.intentrules.all().delete()
    return draft


def add(draft: ModelVersion, field: str, operator: Operator, *value: Any, **more: Any) -> None:
    number = draft.attributerules.count()
    defaults = {"name": f"Rule {number}", "points": 1 << number}
    AttributeRule.objects.create(
        version=draft, field=field, operator=operator, value=list(value), **{**defaults, **more}
    )


def fit(draft: ModelVersion, lead: Lead) -> float:
    """By the draft's rules: rule n gives 2ⁿ points."""
    return by_all_four(rules_of(draft), [lead.pk], at=MONDAY_NOON)[lead.pk][0]


def test_a_condition_asks_for_what_is_on_its_lists(draft: ModelVersion) -> None:
    lists = {"DACH": ["DE", "at ", "CH"], "Benelux": ["NL"], "Nobody": []}
    for name, entries in lists.items():
        NamedList.objects.create(version=draft, name=name, kind="countries", entries=entries)
    add(draft, "country", Operator.ON_LIST, "DACH")
    add(draft, "country", Operator.ON_LIST, "DACH", "Benelux")
    add(draft, "country", Operator.NOT_ON_LIST, "DACH")
    add(draft, "country", Operator.ON_LIST, "Nobody", "No such list")
    for country, points in (("AT", 3), ("NL", 6), ("FR", 4), ("", 4)):
        assert fit(draft, make_lead(draft.workspace, country=country)) == points


def test_numbers_may_be_on_a_list(draft: ModelVersion) -> None:
    NamedList.objects.create(version=draft, name="Sizes", entries=["20", 50, "many"])
    add(draft, "attributes.seats", Operator.ON_LIST, "Sizes")
    for seats, points in ((20, 1), ("50", 1), ("MANY", 1), (30, 0)):
        assert fit(draft, make_lead(draft.workspace, attributes={"seats": seats})) == points


def test_further_free_mailboxes_count_wherever_one_is_asked_for(draft: ModelVersion) -> None:
    add(draft, "email", Operator.FREE_MAILBOX)
    add(draft, "email_domain", Operator.FREE_MAILBOX)
    lead = make_lead(draft.workspace, email="ada@Webmail.Example")
    gmail = make_lead(draft.workspace, email="ada@gmail.com")
    assert fit(draft, lead) == 0
    NamedList.objects.create(
        version=draft, name="Ours", kind="free_mailboxes", entries=["webmail.example"]
    )
    NamedList.objects.create(version=draft, name="Firms", kind="domains", entries=["acme.example"])
    acme = make_lead(draft.workspace, email="ada@acme.example")
    assert (fit(draft, lead), fit(draft, gmail), fit(draft, acme)) == (3, 3, 0)


def test_numbers_are_compared_as_numbers_where_all_of_them_are_numbers(
    draft: ModelVersion,
) -> None:
    add(draft, "attributes.seats", Operator.EQUALS, 20)
    add(draft, "attributes.seats", Operator.IN_LIST, 20.0, 5)
    add(draft, "attributes.seats", Operator.EQUALS, "20")
    add(draft, "attributes.seats", Operator.IN_LIST, 20, "x")
    add(draft, "attributes.seats", Operator.NOT_IN_LIST, 20)
    expected = [(20, 15), (20.0, 3), ("20", 15), ("20.00", 3), ("x", 24), (5, 18), (True, 16)]
    for seats, points in expected:
        lead = make_lead(draft.workspace, attributes={"seats": seats})
        assert fit(draft, lead) == points, seats


@pytest.fixture
def titled(draft: ModelVersion) -> ModelVersion:
    """Four lines, the last two out of order; rules 0 to 4 ask for what they say."""
    for position, words, seniority, function in (
        (1, ["chief", "CTO"], "C-Level", ""),
        (2, ["CTO", "it"], "", "IT"),
        (4, ["director", "head of"], "Director", ""),
        (3, ["art director"], "", "Design"),
        (5, ["director"], "Never", "Management"),
    ):
        TitleLine.objects.create(
            version=draft, position=position, words=words, seniority=seniority, function=function
        )
    add(draft, "seniority", Operator.EQUALS, "c-LEVEL ")
    add(draft, "seniority", Operator.IS_KNOWN)
    add(draft, "job_function", Operator.IN_LIST, "IT", "Design")
    add(draft, "job_function", Operator.HAS_WORD, "management")
    add(draft, "job_function", Operator.IS_MISSING)
    return draft


@pytest.mark.parametrize(
    ("title", "points"),
    [
        ("Group-CTO", 1 + 2 + 4),
        ("Head of IT", 2 + 4),
        ("Art Director", 2 + 4),
        ("Director, sales", 2 + 8),
        ("Ahead of its time", 16),
        ("", 16),
    ],
)
def test_a_title_says_seniority_and_function(titled: ModelVersion, title: str, points: int) -> None:
    assert fit(titled, make_lead(titled.workspace, job_title=title)) == points


def test_what_a_title_says_is_shown_as_it_was_written(titled: ModelVersion) -> None:
    lead = make_lead(titled.workspace, job_title="cto")
    values = gather([lead.pk], rules_of(titled))[lead.pk].values
    assert (values["seniority"].shown, values["job_function"].shown) == ("C-Level", "IT")


def test_without_a_table_no_title_says_anything(draft: ModelVersion) -> None:
    add(draft, "seniority", Operator.IS_MISSING)
    assert fit(draft, make_lead(draft.workspace, job_title="CTO")) == 1


def persona(draft: ModelVersion, name: str, field: str, *value: str) -> None:
    PersonaLine.objects.create(
        version=draft, persona=name, field=field, operator=Operator.IN_LIST, value=list(value)
    )


def test_a_rule_for_a_persona_counts_only_for_its_leads(draft: ModelVersion) -> None:
    persona(draft, "German CFO", "country", "DE")
    persona(draft, "German CFO", "job_title", "CFO")
    for name in ("", "German CFO", "Nobody"):
        add(draft, "email", Operator.IS_KNOWN, persona=name)
    found = {
        (title, country): fit(draft, make_lead(draft.workspace, job_title=title, country=country))
        for title in ("CFO", "CTO")
        for country in ("DE", "FR")
    }
    assert found == {("CFO", "DE"): 3, ("CFO", "FR"): 1, ("CTO", "DE"): 1, ("CTO", "FR"): 1}


def test_inbound_and_outbound_are_personas(draft: ModelVersion) -> None:
    persona(draft, "Called on", "direction", "outbound")
    signal = make_signal(draft.workspace, code="view")
    for name, points in (("", 10), ("Called on", 50)):
        IntentRule.objects.create(
            version=draft, name=f"v{points}", signal=signal, points=points, persona=name
        )
    sources = {code: make_source(draft.workspace, code=code) for code in ("ads", "fair")}
    Source.objects.filter(code="fair").update(direction=Source.Direction.OUTBOUND)
    by_source = {}
    for code, source in sources.items():
        lead = make_lead(draft.workspace, first_source=source)
        do(lead, MONDAY_NOON)
        by_source[code] = by_all_four(rules_of(draft), [lead.pk], at=MONDAY_NOON)[lead.pk][1]
    assert by_source == {"ads": 10, "fair": 60}


def test_a_source_that_turns_and_a_zone_that_moves_rescore_everyone(workspace: Workspace) -> None:
    source = make_source(workspace, code="fair")
    Source.objects.filter(pk=source.pk).update(name="Fair")
    assert not Rescore.objects.exists()
    Source.objects.filter(pk=source.pk).update(direction="outbound")
    Workspace.objects.filter(pk=workspace.pk).update(timezone="Asia/Kolkata")
    Workspace.objects.filter(pk=workspace.pk).update(timezone="Asia/Kolkata")
    assert list(Rescore.objects.order_by("pk").values_list("workspace", "reason")) == [
        (workspace.pk, "source"),
        (workspace.pk, "zone"),
    ]


def meanings(*versions: ModelVersion) -> list[object]:
    return [rules.meaning() for rules in read_rules(versions).values()]


def test_names_mean_nothing_and_what_they_stand_for_everything(draft: ModelVersion) -> None:
    named = NamedList.objects.create(version=draft, name="DACH", entries=["DE", "AT"])
    persona(draft, "CFO", "job_title", "CFO")
    group = PointsGroup.objects.create(version=draft, axis="fit", name="Firm", cap=20)
    add(draft, "country", Operator.ON_LIST, "DACH", persona="CFO", group="Firm")
    add(draft, "seniority", Operator.IS_KNOWN, group="Firm")
    line = TitleLine.objects.create(version=draft, words=["cto"], seniority="Top")
    (before,) = meanings(draft)

    def now() -> object:
        return meanings(ModelVersion.objects.get(pk=draft.pk))[0]

    NamedList.objects.filter(pk=named.pk).update(
        name="German", kind="countries", entries=["AT", "DE"]
    )
    draft.attributerules.filter(field="country").update(
        name="New", value=["German"], persona="Money", group="Company"
    )
    draft.attributerules.filter(field="seniority").update(group="Company")
    draft.personalines.update(persona="Money")
    draft.pointsgroups.update(name="Company")
    assert now() == before
    changes: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
        (named, {"entries": ["DE"]}, {"entries": ["AT", "DE"]}),
        (group, {"cap": 21}, {"cap": 20}),
        (line, {"seniority": "High"}, {"seniority": "Top"}),
    ]
    for row, otherwise, as_before in changes:
        _set(row, **otherwise)
        assert now() != before
        _set(row, **as_before)
        assert now() == before
    draft.personalines.update(value=["CTO"])
    assert now() != before


def _set(row: Any, **fields: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**fields)


def test_days_follow_the_zone_of_the_workspace_also_where_rules_are_kept_in_memory(
    draft: ModelVersion,
) -> None:
    IntentRule.objects.create(
        version=draft,
        name="Days",
        signal=make_signal(draft.workspace, code="view"),
        points=5,
        shape=IntentRule.Shape.DAYS,
        at_least=2,
    )
    ModelVersion.objects.filter(pk=draft.pk).update(
        status="published", published_at=MONDAY_NOON, rule_set=draft
    )
    zones = []
    for zone in ("Europe/Berlin", "Asia/Kolkata"):
        Workspace.objects.update(timezone=zone)
        rules: RuleSet = rules_of(ModelVersion.objects.get(pk=draft.pk))
        zones.append(rules.zone)
    assert zones == ["Europe/Berlin", "Asia/Kolkata"]
