"""The tiers that a new workspace starts with, after article 001.

By the grades of the starter model: content only is for grade D alone, which no lead has that its
hand-off rule lets through (65 points in total; grade D ends below 55). So whatever sales was
offered without tiers is offered with them, and only its playbook differs. A lead of no grade fits
no tier, and is called.
"""

from typing import Final

from django.utils.text import slugify

from accounts.models import Workspace
from handoff.models import Tier

SUBJECT: Final = "$first_name, a few questions before we talk"
BODY: Final = """Hello $first_name,

thank you for your interest. So that our first conversation is worth your time, would you answer \
two or three short questions? It takes a minute:

$form

I will come back to you as soon as I have read your answers.

Kind regards
$rep
$workspace
"""
ENTERPRISE_FROM: Final = 500
"""Employees from which a company is an enterprise to the starter set; the workspace edits it."""


def starter_tiers() -> list[Tier]:
    """In their order; without a workspace and not saved."""
    book = Tier.Playbook
    return [
        Tier(name="High value", grades=["A"], playbook=book.FULL_CALL, is_hot=True),
        Tier(
            name="Enterprise",
            grades=["B", "C"],
            employees_from=ENTERPRISE_FROM,
            playbook=book.FULL_CALL,
        ),
        Tier(
            name="Mid value",
            grades=["B", "C"],
            playbook=book.EMAIL_FORM,
            form_asks=["timeline", "challenge", "company.employees"],
            mail_subject=SUBJECT,
            mail_body=BODY,
        ),
        Tier(name="Low value", grades=["D"], playbook=book.CONTENT_ONLY),
    ]


def install_starter_tiers(workspace: Workspace) -> None:
    """For a workspace without tiers; call it inside the transaction that makes the workspace."""
    tiers = starter_tiers()
    for position, tier in enumerate(tiers):
        tier.workspace, tier.position = workspace, position
        tier.code = slugify(tier.name)
    Tier.objects.bulk_create(tiers)
