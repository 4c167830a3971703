"""A workspace as it starts, its people, and a draft that lacks nothing."""

from datetime import datetime
from typing import Any

from accounts.models import Role, User, Workspace
from handoff.workspaces import create_workspace
from sla import agreements
from sla.agreement_edits import edit_terms, edition
from sla.agreement_text import Line, Section, read
from sla.models import Agreement
from tests.builders import MONDAY_NOON, make_member, make_user


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
