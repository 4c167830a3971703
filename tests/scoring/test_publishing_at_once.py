"""Two people publish, open or edit at the same moment, over two real connections."""

from contextlib import ExitStack
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from scoring import library
from scoring.copying import from_library
from scoring.engine.rules import rules_of
from scoring.models import AttributeRule, ModelVersion
from scoring.publishing import AlreadyPublished, open_draft, publish
from tests.admin_pages import messages_of
from tests.at_once import at_once, meanwhile
from tests.builders import MONDAY_NOON, make_member, make_workspace
from tests.scoring.builders import make_draft, make_model

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_who_publish_the_same_draft_at_once_one_wins(db: None) -> None:
    workspace = make_workspace()
    people = [make_member(workspace, name=name) for name in ("Ana Marques", "Ana Bell")]
    draft = make_draft(workspace)
    outcomes = at_once(2, lambda n: publish(draft, by=people[n], now=MONDAY_NOON).published_by)
    (winner,) = [outcome for outcome in outcomes if isinstance(outcome, User)]
    (loser,) = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert isinstance(loser, AlreadyPublished)
    assert loser.messages == [
        f"{winner.name} already published version 1 on 02 March 2026, 12:00 UTC."
    ]
    assert ModelVersion.objects.get(workspace=workspace).published_by == winner


def test_two_who_open_a_draft_at_once_get_the_same(db: None) -> None:
    workspace = make_workspace()
    make_model(workspace)
    outcomes = at_once(2, lambda _: open_draft(workspace=workspace, by=None))
    assert outcomes[0] == outcomes[1] == ModelVersion.objects.draft().get(workspace=workspace)


def test_an_edit_that_comes_too_late_does_not_reach_the_published_version(db: None) -> None:
    """The publication waits for the edit before it, and the edit after it is refused."""
    workspace = make_workspace()
    draft = make_draft(workspace)

    def edit_or_publish(n: int) -> object:
        if n:
            return publish(draft, by=None, now=MONDAY_NOON)
        return AttributeRule.objects.filter(version=draft).update(points=25)

    outcomes = at_once(2, edit_or_publish)
    points = AttributeRule.objects.get(version=draft).points
    assert points == (25 if outcomes[0] == 1 else 30)
    assert isinstance(outcomes[0], IntegrityError) or outcomes[0] == 1
    version = outcomes[1]
    assert isinstance(version, ModelVersion)
    assert rules_of(version).attributes[0].points == points


def test_of_one_who_publishes_a_draft_and_one_who_replaces_it_each_is_told_what_became_of_it(
    db: None,
) -> None:
    """They lock in the same order, so neither waits for the other for ever."""
    workspace = make_workspace()
    make_model(workspace)
    draft = open_draft(workspace=workspace, by=None)
    AttributeRule.objects.filter(version=draft).update(points=35)
    starter = from_library(library.STARTER)

    def publish_or_replace(n: int) -> ModelVersion:
        if n:
            return publish(draft, by=None, now=MONDAY_NOON)
        return open_draft(workspace=workspace, by=None, from_=starter, replacing=draft)

    new, published = at_once(2, publish_or_replace)
    assert new == ModelVersion.objects.draft().get(workspace=workspace)
    if isinstance(published, ValidationError):
        assert published.messages == ["This draft was deleted meanwhile."]
        assert new.number == draft.number
    else:
        assert (published, new.number) == (draft, draft.number + 1)


def test_who_presses_publish_while_a_colleague_does_is_told_who_was_faster(db: None) -> None:
    workspace = make_workspace()
    make_model(workspace)
    draft = open_draft(workspace=workspace, by=None)
    AttributeRule.objects.filter(version=draft).update(points=35)
    ana, omar = (
        make_member(workspace, name=name, role=Role.MARKETING_MANAGER)
        for name in ("Ana Marques", "Omar Diaz")
    )
    client = Client()
    client.force_login(omar)
    path = reverse("admin:scoring_modelversion_publish", args=[draft.pk])
    seen = {"seen": client.get(path).context["form"]["seen"].value()}
    with ExitStack() as after, transaction.atomic():
        publish(draft, by=ana, now=MONDAY_NOON)
        told = after.enter_context(meanwhile(lambda: client.post(path, seen, follow=True)))
    page: Any = told[0]
    assert messages_of(page) == [
        "Ana Marques published version 2 on 2 March 2026 at 12:00. It cannot be edited any more; "
        "open a new draft instead."
    ]
    assert page.redirect_chain == [
        (reverse("admin:scoring_modelversion_change", args=[draft.pk]), 302)
    ]
