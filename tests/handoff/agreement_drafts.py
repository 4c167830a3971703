"""A workspace as it starts, its people, and a draft that lacks nothing."""

from datetime import datetime, timedelta
from typing import Any

from accounts.models import Role, User, Workspace
from handoff.agreement.drafting import document_of
from handoff.workspaces import create_workspace
from sla import agreements
from sla.agreement_edits import edit_terms, edition, put_commitment
from sla.agreement_text import Line, Section, read
from sla.models import Agreement, BusinessCalendar, Commitment
from tests.builders import MONDAY_NOON, make_member, make_user

LATER = MONDAY_NOON + timedelta(days=1)


def make_starter(*, slug: str = "starter") -> Workspace:
    """A workspace as everybody gets it, in Berlin."""
    by = make_user(name="Ida Installer")
    return create_workspace(
        name="Starter", slug=slug, by=by, timezone="Europe/Berlin", country="DE", at=MONDAY_NOON
    )


def complete_draft(workspace: Workspace, *, at: datetime = MONDAY_NOON, **terms: Any) -> Agreement:
    """A draft that may be proposed, by new members: Mona for marketing, Sam for sales."""
    marketing = make_member(workspace, name="Mona Marketing", role=Role.MARKETING_MANAGER)
    sales = make_member(workspace, name="Sam Sales", role=Role.SALES_MANAGER)
    draft = agreements.begin(workspace, by=marketing, at=at)
    owed = {
        "marketing_owner": marketing,
        "sales_owner": sales,
        "escalates_to": sales,
        "leads_a_month": 120,
        "good_grades": ["A", "B"],
        "good_percent": 40,
        **terms,
    }
    return edit_terms(draft, by=marketing, at=at, seen=edition(draft), **owed)


def owners_of(agreement: Agreement) -> tuple[User, User]:
    """For marketing and for sales."""
    assert agreement.marketing_owner is not None
    assert agreement.sales_owner is not None
    return agreement.marketing_owner, agreement.sales_owner


def section(document: list[dict[str, Any]], code: str) -> Section:
    return next(found for found in read(document) if found.code == code)


def anchored(document: list[dict[str, Any]]) -> dict[str, Line]:
    """Every line that can be linked to, by its anchor."""
    return {line.anchor: line for found in read(document) for line in found.lines if line.anchor}


def words_of(document: list[dict[str, Any]], code: str) -> list[str]:
    return [line.text for line in section(document, code).lines]


def text_of(agreement: Agreement) -> list[dict[str, Any]]:
    """As it is read a day after it was begun."""
    return document_of(agreement, now=LATER).sections


def promise(draft: Agreement, **said: Any) -> str:
    """The sentence of a promise of the draft, by the fields given; one it has is changed."""
    marketing, _ = owners_of(draft)
    calendar = BusinessCalendar.objects.of(draft.workspace).order_by("pk")[0]
    row = draft.commitments.filter(code=said["code"], tier_code=said.get("tier_code", "")).first()
    row = row or Commitment(calendar=calendar)
    for name, value in said.items():
        setattr(row, name, value)
    draft.refresh_from_db()
    put_commitment(draft, row, by=marketing, at=LATER, seen=edition(draft))
    tier = f"-{row.tier_code}" if row.tier_code else ""
    return anchored(text_of(draft))[f"commitment-{row.code}{tier}"].text
