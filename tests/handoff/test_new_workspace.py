"""The installation's administrator creates a workspace that works at once."""

from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, User, Workspace
from scoring.models import ModelVersion
from sla.models import BusinessCalendar

WORDS = {
    "name": "Blue Yonder",
    "slug": "Blue-Yonder",
    "timezone": "Europe/Berlin",
    "country": "DE",
    "currency": "eur",
}


def test_an_administrator_creates_one_and_is_in_it(ben: User, as_ben: Client) -> None:
    User.objects.filter(pk=ben.pk).update(is_superuser=True)
    page = as_ben.post(reverse("new_workspace"), WORDS, follow=True)
    assert "Blue Yonder is ready" in page.content.decode()
    created = Workspace.objects.get(slug="blue-yonder")
    assert (created.timezone, created.currency) == ("Europe/Berlin", "EUR")
    assert Membership.objects.get(workspace=created).role == Role.ADMINISTRATOR
    assert BusinessCalendar.objects.get(workspace=created).country == "DE"
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


def test_everybody_else_is_told_that_they_may_not(as_ben: Client) -> None:
    assert as_ben.get(reverse("new_workspace")).status_code == 403
    assert as_ben.post(reverse("new_workspace"), WORDS).status_code == 403
    assert not Workspace.objects.filter(name="Blue Yonder").exists()
