"""Texts of nurture: the lead's own facts, what stands there instead, and what is refused."""

from typing import Any

import pytest

from accounts.models import User, Workspace
from handoff.nurture_mails import BadText, check, fill, known_in_words
from leadqual.models import CustomField
from tests.builders import make_company, make_custom_field, make_lead

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("Hello $first_name,", {"first_name": "Lena"}, "Hello Lena,"),
        ("Hello $first_name,", {}, "Hello there,"),
        ("Hello ${first_name|dear reader},", {}, "Hello dear reader,"),
        ("Hello ${first_name|}!", {}, "Hello !"),
        ("${first_name}s", {"first_name": "Lena"}, "Lenas"),
        ("Only $$5 for $job_title", {"job_title": "$company"}, "Only $5 for $company"),
        ("From $rep of $workspace", {}, "From our team of Northwind"),
        ("$challenge", {"challenge": "churn"}, "churn"),
    ],
)
def test_facts_are_filled_in(
    workspace: Workspace, text: str, facts: dict[str, Any], expected: str
) -> None:
    assert fill(text, make_lead(workspace, **facts)) == expected


def test_own_facts_are_read_as_people_read_them(workspace: Workspace, ben: User) -> None:
    make_custom_field(workspace, key="seats", label="Seats", kind="number")
    make_custom_field(workspace, key="fleet", label="Fleet", of=CustomField.Of.COMPANY)
    company = make_company(workspace, attributes={"fleet": "Vans"})
    lead = make_lead(workspace, company=company, attributes={"seats": 40}, owner=ben)
    text = "${attributes.seats|some} for ${company.attributes.fleet|none}, $rep"
    check(text, workspace)
    assert fill(text, lead) == "40 for Vans, Ben"
    assert fill("${attributes.seats|some}", make_lead(workspace)) == "some"
    assert "${attributes.seats|…} is Seats" in known_in_words(workspace)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hello $firstname", "“firstname” is not a fact. It may name $first_name, $last_name,"),
        ("${attributes.gone|x}", "“attributes.gone” is not a fact."),
        ("For $5", "to write one as such, write it twice"),
        ("${first_name", "A dollar sign begins a fact"),
        ("${attributes.seats}", "Not every lead has “Seats”: say what stands there instead, as"),
    ],
)
def test_what_no_mail_knows_is_refused(workspace: Workspace, text: str, told: str) -> None:
    make_custom_field(workspace, key="seats", label="Seats")
    with pytest.raises(BadText) as refused:
        check(text, workspace)
    assert told in str(refused.value)
