"""Rejection reasons, the pool and the policy in the admin."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User, Workspace
from handoff.models import Handoff, HandoffPolicy, RejectionReason, Rep
from tests.admin_pages import errors_of, fields_of, messages_of
from tests.builders import MONDAY_NOON, make_lead, make_member

REASONS = "/admin/handoff/rejectionreason/"
REPS = "/admin/handoff/rep/"
FORM = "rejectionreason_form"


@pytest.fixture
def reason(workspace: Workspace) -> RejectionReason:
    return RejectionReason.objects.of(workspace).get(code="no-budget")


def page_of(reason: RejectionReason, action: str = "change") -> str:
    return reverse(f"admin:handoff_rejectionreason_{action}", args=[reason.pk])


def test_a_new_reason_comes_last(as_ana: Client, workspace: Workspace) -> None:
    last = RejectionReason.objects.of(workspace).order_by("-position")[0]
    fields = fields_of(as_ana.get(f"{REASONS}add/"), FORM)
    fields |= {"name": "Left the company", "code": "left", "outcome": "disqualified"}
    assert as_ana.post(f"{REASONS}add/", fields).status_code == 302
    reason = RejectionReason.objects.get(code="left")
    assert (reason.workspace, reason.position) == (workspace, last.position + 1)


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        (
            {"outcome": "disqualified", "recycle_days": "30"},
            "recycle_days",
            "A disqualified lead is not woken: leave this empty.",
        ),
        (
            {"code": "no-budget"},
            "code",
            "There is already another rejection reason with this code.",
        ),
    ],
)
def test_a_reason_is_refused_where_it_was_typed(
    as_ana: Client, workspace: Workspace, values: dict[str, str], field: str, told: str
) -> None:
    fields = fields_of(as_ana.get(f"{REASONS}add/"), FORM)
    fields |= {"name": "New", "code": "new", "outcome": "nurture", **values}
    assert errors_of(as_ana.post(f"{REASONS}add/", fields)) == {field: [told]}


def test_a_reason_is_changed_and_the_change_recorded(
    as_ana: Client, reason: RejectionReason
) -> None:
    fields = fields_of(as_ana.get(page_of(reason)), FORM)
    del fields["is_active"]
    fields |= {"recycle_days": "120", "outcome": "nurture"}
    assert as_ana.post(page_of(reason), fields).status_code == 302
    reason.refresh_from_db()
    assert (reason.recycle_days, reason.is_active) == (120, False)
    assert LogEntry.objects.latest("action_time").get_change_message().splitlines() == [
        "Wake after (days) from 90 to 120.",
        "In use from yes to no.",
    ]


def test_reasons_are_put_into_another_order(as_ana: Client, workspace: Workspace) -> None:
    fields = fields_of(as_ana.get(REASONS), "changelist-form")
    fields |= {"form-0-position": "1", "form-1-position": "0", "_save": "Save"}
    assert as_ana.post(REASONS, fields).status_code == 302
    first = RejectionReason.objects.of(workspace)[0]
    assert first.code == "not-a-decision-maker"


def test_the_order_of_foreign_reasons_is_not_changed(
    as_ana: Client, workspace: Workspace, cleo: User
) -> None:
    theirs = RejectionReason.objects.create(
        workspace=cleo.workspaces.get(), code="x", name="Theirs", position=3
    )
    fields = fields_of(as_ana.get(REASONS), "changelist-form")
    fields |= {"form-0-id": theirs.pk, "form-0-position": "77", "_save": "Save"}
    as_ana.post(REASONS, fields)
    theirs.refresh_from_db()
    assert theirs.position == 3


def test_a_reason_that_was_given_stays_and_the_page_says_what_to_do(
    as_ana: Client, reason: RejectionReason, workspace: Workspace, ben: User
) -> None:
    Handoff.objects.create(
        workspace=workspace,
        lead=make_lead(workspace),
        rep=ben,
        cycle=1,
        status=Handoff.Status.REJECTED,
        offered_at=MONDAY_NOON,
        due_at=MONDAY_NOON,
        decided_at=MONDAY_NOON,
        decided_by=ben,
        reason=reason,
        fit=10,
        intent=10,
        grade="C",
        model_version=1,
        why_now="Why",
        packet={},
    )
    page = as_ana.post(page_of(reason, "delete"), {"post": "yes"}, follow=True)
    assert messages_of(page) == [
        "“No budget” was given once and stays in the history. "
        "To offer it no longer, untick “in use”."
    ]
    assert RejectionReason.objects.filter(pk=reason.pk).exists()


def test_a_reason_that_was_never_given_goes(as_ana: Client, reason: RejectionReason) -> None:
    as_ana.post(page_of(reason, "delete"), {"post": "yes"})
    assert not RejectionReason.objects.filter(pk=reason.pk).exists()


def test_the_list_of_reasons_is_exported_as_far_as_it_is_seen(
    as_ana: Client, workspace: Workspace, cleo: User
) -> None:
    RejectionReason.objects.create(workspace=cleo.workspaces.get(), code="x", name="Theirs")
    page = as_ana.post(f"{REASONS}export/", {"format": "0", "resource": ""})
    lines = page.content.decode().splitlines()
    assert lines[0] == "Workspace,code,name,outcome,recycle_days,position,is_active"
    assert lines[1] == "northwind,no-budget,No budget,nurture,90,0,1"
    assert len(lines) == 1 + RejectionReason.objects.of(workspace).count()


def test_reps_are_members_who_decide_offers_and_no_others(
    as_ana: Client, workspace: Workspace, ben: User, cleo: User, mara: User
) -> None:
    leader = make_member(workspace, name="Lea Der", role=Role.LEADERSHIP)
    add = f"{REPS}add/"
    context: Any = as_ana.get(add).context
    offered = set(context["adminform"].form.fields["user"].queryset)
    assert {ben, mara} <= offered
    assert not {leader, cleo} & offered
    for person in (leader, cleo):
        assert errors_of(
            as_ana.post(add, {"user": person.pk, "is_active": "on", "offers_per_day": 8})
        ) == {"user": ["Select a valid choice. That choice is not one of the available choices."]}
    assert (
        as_ana.post(add, {"user": ben.pk, "is_active": "on", "offers_per_day": 8}).status_code
        == 302
    )
    assert Rep.objects.of(workspace).get().user == ben
    assert errors_of(
        as_ana.post(add, {"user": ben.pk, "is_active": "on", "offers_per_day": 8})
    ) == {"user": ["There is already another rep with this user."]}


def test_the_list_of_reps_asks_as_little_for_three_as_for_one(
    as_ana: Client, workspace: Workspace, ben_takes_turns: User, django_assert_num_queries: Any
) -> None:
    as_ana.get(REPS)
    with django_assert_num_queries(6):
        as_ana.get(REPS)
    for _ in range(2):
        Rep.objects.create(workspace=workspace, user=make_member(workspace))
    with django_assert_num_queries(6):
        as_ana.get(REPS)


def test_the_policy_is_one_row_that_is_neither_added_nor_deleted(
    as_ana: Client, workspace: Workspace
) -> None:
    path = f"/admin/handoff/handoffpolicy/{workspace.pk}/change/"
    fields = fields_of(as_ana.get(path), "handoffpolicy_form")
    assert as_ana.post(path, {**fields, "scorecard_gate": "warn"}).status_code == 302
    assert HandoffPolicy.objects.get(workspace=workspace).scorecard_gate == "warn"
    assert as_ana.get("/admin/handoff/handoffpolicy/add/").status_code == 403
    assert as_ana.post(path.replace("change", "delete"), {"post": "yes"}).status_code == 403
