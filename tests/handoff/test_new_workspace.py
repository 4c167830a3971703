"""The installation's administrator creates a workspace that works at once."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, User, Workspace
from handoff.workspaces import create_workspace
from scoring.models import ModelVersion
from sla.models import BusinessCalendar, Commitment
from sla.promise_rules import faults

WORDS = {
    "name": "Blue Yonder",
    "slug": "Blue-Yonder",
    "timezone": "Europe/Berlin",
    "country": "DE",
    "currency": "CHF",
}


def test_an_administrator_creates_one_and_is_in_it(ben: User, as_ben: Client) -> None:
    User.objects.filter(pk=ben.pk).update(is_superuser=True)
    page = as_ben.post(reverse("new_workspace"), WORDS, follow=True)
    assert "Blue Yonder is ready" in page.content.decode()
    created = Workspace.objects.get(slug="blue-yonder")
    assert (created.timezone, created.currency) == ("Europe/Berlin", "CHF")
    assert Membership.objects.get(workspace=created).role == Role.ADMINISTRATOR
    calendars = BusinessCalendar.objects.filter(workspace=created).values_list("name", "country")
    assert set(calendars) == {("Working hours", "DE"), ("Around the clock", "")}
    assert ModelVersion.objects.filter(workspace=created).count() == 1


def test_a_form_sent_twice_creates_one(ben: User, as_ben: Client) -> None:
    User.objects.filter(pk=ben.pk).update(is_superuser=True)
    as_ben.post(reverse("new_workspace"), WORDS)
    page = as_ben.post(reverse("new_workspace"), WORDS)
    assert page.context["form"].errors == {"slug": ["Another workspace has this short name."]}
    assert Workspace.objects.filter(name="Blue Yonder").count() == 1


def test_what_was_typed_wrong_is_said_where_it_was_typed(ben: User, as_ben: Client) -> None:
    User.objects.filter(pk=ben.pk).update(is_superuser=True)
    wrong = {"name": "", "slug": "a b", "timezone": "Mars", "country": "XX", "currency": "E1"}
    page = as_ben.post(reverse("new_workspace"), wrong)
    assert set(page.context["form"].errors) == set(wrong)


def test_currencies_are_chosen_by_name_and_others_are_refused(ben: User, as_ben: Client) -> None:
    User.objects.filter(pk=ben.pk).update(is_superuser=True)
    page = as_ben.get(reverse("new_workspace")).content.decode()
    assert '<option value="EUR" selected>EUR: Euro</option>' in page
    for code in ("ZZZ", "zzzz", "", "eur"):
        answer = as_ben.post(reverse("new_workspace"), WORDS | {"currency": code})
        assert list(answer.context["form"].errors) == ["currency"]
    assert not Workspace.objects.filter(name="Blue Yonder").exists()


def test_a_program_gives_the_plain_code(ben: User) -> None:
    made = create_workspace(name="Blue Yonder", slug="blue-yonder", currency="SEK", by=ben)
    assert made.currency == "SEK"
    with pytest.raises(ValueError, match="'ZZZ' is the code of no currency"):
        create_workspace(name="Red Moon", slug="red-moon", currency="ZZZ", by=ben)


def test_everybody_else_is_told_that_they_may_not(as_ben: Client) -> None:
    assert as_ben.get(reverse("new_workspace")).status_code == 403
    assert as_ben.post(reverse("new_workspace"), WORDS).status_code == 403
    assert not Workspace.objects.filter(name="Blue Yonder").exists()


def test_a_new_workspace_promises_all_kinds_and_more_of_hot_leads(ben: User) -> None:
    made = create_workspace(name="Blue Yonder", slug="blue-yonder", timezone="Europe/Rome", by=ben)
    promised = Commitment.objects.of(made).in_force().select_related("calendar")
    said = {(each.code, each.tier_code): each for each in promised}
    assert {code for code, _ in said} == set(Commitment.Code.values)
    assert [str(each) for (_, tier), each in sorted(said.items()) if tier] == [
        "First touch after acceptance (High value) within 5 business minutes",
        "First touch after the first offer (High value) within 5 business minutes",
    ]
    follow_up = said["follow_up", ""]
    assert (follow_up.touches, follow_up.within) == (3, "5 business days")
    by_the_clock = {code for (code, _), each in said.items() if "clock" in each.calendar.name}
    assert by_the_clock == {"scored", "offered"}
    assert said["scored", ""].calendar.timezone == "Europe/Rome"
    assert [fault for each in promised for fault in faults(each)] == []
