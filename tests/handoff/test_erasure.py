"""After an erasure nothing in the whole database says who the person was; the counts stay."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User, Workspace
from handoff import handoffs, score_overrides, scorecards
from handoff.erasure import erase
from handoff.marking import Value
from handoff.models import Erasure, Handoff, ImportRun
from handoff.scorecards import Said
from handoff.touches import log_touch
from handoff.transitions import MoveNotAllowed
from leadqual.models import Event, Lead, StageMove, Touch, TouchKind, TouchOutcome
from leadqual.stages import Stage
from scoring.models import Score
from scoring.scorers import score_dirty
from sla.models import Clock
from tests.builders import HOT, MONDAY_NOON, make_member, receive_hot_lead

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(minutes=30)
EMAIL = "xanthippe.quandt@acme.example"
PERSON = replace(
    HOT,
    first_name="Xanthippe",
    last_name="Quandt",
    phone="+49 30 7654321",
    external_id="crm-4711-x",
    challenge="Wants a zeppelin",
    attributes={"nickname": "Xanti"},
    touch={"gclid": "click-98765"},
)
TRACES = ("xanth", "quandt", "7654321", "crm-4711-x", "zeppelin", "xanti", "click-98765", "secret")


@pytest.fixture
def boss(workspace: Workspace) -> User:
    return make_member(workspace, name="Olga Chef", role=Role.ADMINISTRATOR)


def the_person(workspace: Workspace) -> Lead:
    return receive_hot_lead(workspace, email=EMAIL, facts=PERSON)


def cells_of_the_database() -> Iterator[tuple[str, str]]:
    """Every text and JSON value of every table, with the column it stands in."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'public'
              AND data_type IN ('text', 'character varying', 'jsonb', 'tsvector')
            """
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT "{column}"::text FROM "{table}"')  # noqa: S608 - our own names
            for (value,) in cursor.fetchall():
                yield f"{table}.{column}", (value or "").lower()


def traces() -> set[tuple[str, str]]:
    return {
        (where, trace) for where, value in cells_of_the_database() for trace in TRACES
        if trace in value
    }  # fmt: skip


def test_nothing_says_who_the_person_was(
    workspace: Workspace, ben_takes_turns: User, boss: User
) -> None:
    lead = the_person(workspace)
    handoff = lead.handoffs.get()
    score_overrides.put(
        lead,
        by=boss,
        fit=90,
        intent=None,
        reason="Xanthippe told me her secret",
        expires_at=LATER + timedelta(days=14),
        now=LATER,
    )
    handoffs.accept(handoff, by=ben_takes_turns, at=LATER)
    log_touch(
        lead,
        by=ben_takes_turns,
        kind=TouchKind.CALL,
        outcome=TouchOutcome.REACHED,
        at=LATER,
        now=LATER,
        note="Her secret: zeppelins",
    )
    scorecards.answer(
        lead,
        by=ben_takes_turns,
        at=LATER,
        question="need",
        said=Said(Value.CONFIRMED, evidence="secret", said_by="Xanthippe"),
    )
    ImportRun.objects.create(
        workspace=workspace,
        file_name="leads.csv",
        status=ImportRun.Status.DONE,
        refusals=[{"row": 2, "why": f"{EMAIL} stands twice"}],
        preview=[{"email": EMAIL}],
    )
    assert len(traces()) > 10
    erase(lead, by=boss, at=LATER)
    assert traces() == set()
    while score_dirty(now=LATER):
        pass
    assert traces() == set()


def test_the_counts_stay(workspace: Workspace, ben_takes_turns: User, boss: User) -> None:
    lead = the_person(workspace)
    before = (StageMove.objects.count(), Handoff.objects.count(), Clock.objects.count())
    erase(lead, by=boss, at=LATER)
    assert (StageMove.objects.count(), Handoff.objects.count(), Clock.objects.count()) == before
    lead.refresh_from_db()
    assert (lead.stage, lead.display_name, lead.company) == (
        Stage.MQL,
        "Erased person",
        Lead.objects.get().company,
    )
    assert lead.company is not None
    assert not Event.objects.exists()
    assert not Score.objects.exists()
    assert Erasure.objects.get().by == boss


def test_an_open_offer_is_withdrawn_and_its_clock_counts_for_nobody(
    workspace: Workspace, ben_takes_turns: User, boss: User
) -> None:
    lead = the_person(workspace)
    erase(lead, by=boss, at=LATER)
    assert lead.handoffs.get().status == Handoff.Status.WITHDRAWN
    clock = Clock.objects.get()
    assert (clock.stopped_at, clock.breached_at) == (LATER, None)


def test_the_same_address_may_come_in_again_as_somebody_new(
    workspace: Workspace, boss: User
) -> None:
    first = the_person(workspace)
    erase(first, by=boss, at=LATER)
    second = the_person(workspace)
    assert second.pk != first.pk
    assert second.display_name == "Xanthippe Quandt"
    with pytest.raises(MoveNotAllowed, match="erased already"):
        erase(first, by=boss, at=LATER)


def test_another_persons_notes_are_left_alone(workspace: Workspace, ben: User, boss: User) -> None:
    lead, other = the_person(workspace), receive_hot_lead(workspace)
    log_touch(
        other,
        by=ben,
        kind=TouchKind.CALL,
        outcome=TouchOutcome.REACHED,
        at=LATER,
        now=LATER,
        note="Call back",
    )
    erase(lead, by=boss, at=LATER)
    other.refresh_from_db()
    assert other.display_name == "Hanna Weiss"
    assert Touch.objects.get().note == "Call back"
    assert Event.objects.filter(lead=other).exists()


def test_erasing_is_typed_and_only_for_who_may(
    workspace: Workspace, boss: User, as_ana: Client, as_cleo: Client
) -> None:
    lead = the_person(workspace)
    address = reverse("erase_person", args=[workspace.slug, lead.pk])
    assert as_ana.get(address).status_code == 403
    assert as_cleo.get(address).status_code == 404
    as_boss = Client()
    as_boss.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "This cannot be undone" in as_boss.get(address).content.decode()
    refused = as_boss.post(address, {"confirmation": "yes"})
    assert refused.status_code == 422
    assert not Erasure.objects.exists()
    done = as_boss.post(address, {"confirmation": "erase"})
    assert done.headers["Location"] == reverse("leads", args=[workspace.slug])
    assert Erasure.objects.count() == 1
