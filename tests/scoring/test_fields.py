"""The facts that rules may name: the same in Python and in SQL."""

from typing import Any

import pytest

from accounts.models import Workspace
from scoring.engine.fields import FIELDS, UnknownField, field_named, label_of
from scoring.engine.free_mailboxes import FREE_MAILBOXES
from scoring.engine.gather import gather
from scoring.engine.rules import Condition, RuleSet
from scoring.models.rules import Operator
from tests.builders import MONDAY_NOON, make_company, make_lead, make_source

pytestmark = pytest.mark.django_db

CUSTOM = ["attributes.seats", "attributes.plan.size", "company.attributes.tier"]


@pytest.mark.parametrize(
    ("seats", "known"),
    [(5, "5"), (5.0, "5.0"), (1e20, "1" + 20 * "0"), (" x ", "x"), (True, "true"), (None, None)],
)
def test_every_fact_reads_the_same_from_the_lead_and_from_the_database(
    workspace: Workspace, seats: Any, known: str | None
) -> None:
    company = make_company(
        workspace,
        name="Acme",
        domain="acme.example",
        industry="Software",
        country="DE",
        region=" Bavaria",
        employees=120,
        attributes={"tier": "gold"},
    )
    lead = make_lead(
        workspace,
        company=company,
        email="Ada@Acme.example",
        first_name="Ada",
        job_title="Head of IT",
        first_source=make_source(workspace, code="ads"),
        unsubscribed_at=MONDAY_NOON,
        attributes={"seats": seats, "plan.size": "L"},
    )
    names = [*FIELDS, *CUSTOM]
    rules = RuleSet(0, workspace.pk, 0, icp=tuple(Condition(n, Operator.IS_KNOWN) for n in names))
    values = gather([lead.pk], rules)[lead.pk].values
    in_python = {name: field_named(name).value_of(lead) for name in names}
    in_sql = {name: values[name].shown for name in names}
    # A domain is compared without case; Python already writes it small.
    in_sql["email_domain"] = values["email_domain"].text
    assert in_python == in_sql
    assert in_python["attributes.seats"] == known
    assert (in_python["name"], in_python["phone"], in_python["unsubscribed"]) == (
        "Ada",
        None,
        "true",
    )


def test_a_lead_without_company_knows_nothing_of_it(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    names = [name for name in [*FIELDS, *CUSTOM] if name.startswith("company.")]
    assert [field_named(name).value_of(lead) for name in names] == [None] * len(names)


def test_names_that_are_no_facts_are_refused_in_plain_words() -> None:
    for name in ("height", "attributes.", "company.attributes. ", "Job_Title", ""):
        with pytest.raises(UnknownField, match="is not a fact about a lead or its company"):
            field_named(name)
        assert label_of(name) == name


def test_labels_are_a_users_words() -> None:
    assert label_of("company.employees") == "company size (employees)"
    assert label_of("company.attributes.credit_limit") == "company’s credit limit"
    assert label_of("icp") == "ideal customer profile"


def test_the_free_mailboxes_are_domains_as_they_are_compared() -> None:
    assert {"gmail.com", "yahoo.com", "web.de", "outlook.com"} <= FREE_MAILBOXES
    assert [domain for domain in FREE_MAILBOXES if domain != domain.strip().lower()] == []
