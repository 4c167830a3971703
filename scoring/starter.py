"""The model that a new workspace starts with: the table of article 004, everything editable.

MQL at 40 points in total, hand-off at 65, 10 % of intent lost a week without activity (001).
Two rules are ours, because the article asks for them without a figure: a click on a remarketing
ad “should add points just like a form submission would”, and a demo request is an enquiry.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User, Workspace
from leadqual.models import EventKind, Timeline
from scoring.fields import ICP
from scoring.locks import own_model
from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    GradeCell,
    IcpCriterion,
    IntentRule,
    ModelVersion,
    QualificationRule,
    Signal,
)
from scoring.models.rules import Operator
from scoring.models.versions import Axis
from scoring.publishing import publish
from scoring.signals import add_signal

INDUSTRIES = [
    "software",
    "information technology",
    "professional services",
    "financial services",
    "manufacturing",
    "logistics",
]
EMPLOYEES = [20, 1000]
DECISION_MAKERS = [
    *("chief", "ceo", "cfo", "cio", "cmo", "coo", "cpo", "cro", "cso", "cto"),
    *("head of", "managing director"),
]
NOT_SERVED = ["CU", "IR", "KP", "SY"]


@dataclass(frozen=True)
class _Did:
    """A signal and the points that its rule gives; each counts once, unless `times` says more."""

    code: str
    name: str
    kind: EventKind
    points: int
    rule: str = ""
    times: int | None = None
    only: dict[str, str] = field(default_factory=dict)


DID = (
    _Did(
        "pricing-page",
        "Visited pricing page",
        EventKind.PAGE_VIEW,
        20,
        only={"path_prefix": "/pricing"},
    ),
    _Did("enquiry-form", "Completed full enquiry form", EventKind.FORM, 20),
    _Did("download", "Downloaded a resource or guide", EventKind.DOWNLOAD, 10),
    _Did("page", "Visited a page", EventKind.PAGE_VIEW, 10, "Visited 3+ pages on site", times=3),
    _Did("email-open", "Opened email follow-up", EventKind.EMAIL_OPEN, 8),
    _Did("demo-request", "Requested a demo", EventKind.DEMO_REQUEST, 20),
    _Did(
        "remarketing-click",
        "Clicked a remarketing ad",
        EventKind.AD_CLICK,
        10,
        only={"utm_medium": "remarketing"},
    ),
)
SAID: tuple[tuple[Axis, str, int, str, Operator, list[Any]], ...] = (
    (
        Axis.INTENT,
        "Selected “Immediate” purchase timeline",
        25,
        "timeline",
        Operator.EQUALS,
        [Timeline.IMMEDIATE.value],
    ),
    (
        Axis.INTENT,
        "Selected “3–6 months” timeline",
        5,
        "timeline",
        Operator.EQUALS,
        [Timeline.THREE_TO_SIX.value],
    ),
    (
        Axis.INTENT,
        "Selected “Just researching” timeline",
        -15,
        "timeline",
        Operator.EQUALS,
        [Timeline.RESEARCHING.value],
    ),
    (
        Axis.FIT,
        "Decision-maker role (C-suite / Head of)",
        20,
        "job_title",
        Operator.HAS_WORD,
        DECISION_MAKERS,
    ),
    (Axis.FIT, "Matches ICP (industry + company size)", 15, ICP, Operator.IS_KNOWN, []),
    (
        Axis.FIT,
        "Generic email domain (Gmail / Yahoo)",
        -10,
        "email_domain",
        Operator.FREE_MAILBOX,
        [],
    ),
)
DISQUALIFIERS: tuple[tuple[str, str, str, Operator, list[Any]], ...] = (
    (
        "Student",
        "Students research, they do not buy.",
        "job_title",
        Operator.HAS_WORD,
        ["student", "students", "intern", "trainee"],
    ),
    (
        "Vendor",
        "Sells to us.",
        "attributes.relationship",
        Operator.EQUALS,
        ["vendor"],
    ),
    (
        "Competitor",
        "Sells what we sell.",
        "attributes.relationship",
        Operator.EQUALS,
        ["competitor"],
    ),
    (
        "Outside our geography",
        "We do not sell in this country.",
        "country",
        Operator.IN_LIST,
        NOT_SERVED,
    ),
)
BANDS = (
    (Axis.FIT, "Weak", 0),
    (Axis.FIT, "Moderate", 15),
    (Axis.FIT, "Strong", 30),
    (Axis.INTENT, "Low", 0),
    (Axis.INTENT, "Moderate", 20),
    (Axis.INTENT, "High", 40),
)
MATRIX = {
    "Strong": {"High": "A", "Moderate": "B", "Low": "C"},
    "Moderate": {"High": "B", "Moderate": "C", "Low": "D"},
    "Weak": {"High": "C", "Moderate": "D", "Low": "D"},
}
REQUIRED_FACTS = ["name", "company.name"]


@transaction.atomic
def install_starter_model(workspace: Workspace, *, by: User | None, now: datetime) -> ModelVersion:
    """Signals and a published first version; where one was ever published, that stays."""
    own_model(workspace.pk)
    if published := ModelVersion.objects.published().filter(workspace=workspace).first():
        return published
    signals = _install_signals(workspace)
    ModelVersion.objects.draft().filter(workspace=workspace).delete()
    version = ModelVersion.objects.create(
        workspace=workspace,
        number=1,
        note="The starter model: the table of article 004.",
        author=by,
        created_at=now,
        inactivity_percent=10,
        required_facts=REQUIRED_FACTS,
    )
    _install_rules(version, signals)
    _install_definitions(version)
    return publish(version, by=by, now=now)


def _install_signals(workspace: Workspace) -> dict[str, Signal]:
    known = {signal.code: signal for signal in Signal.objects.of(workspace)}
    for did in DID:
        if did.code not in known:
            known[did.code] = add_signal(
                Signal(workspace=workspace, code=did.code, name=did.name, kind=did.kind, **did.only)
            )
    return known


def _install_rules(version: ModelVersion, signals: dict[str, Signal]) -> None:
    IcpCriterion.objects.create(
        version=version, field="company.industry", operator=Operator.IN_LIST, value=INDUSTRIES
    )
    IcpCriterion.objects.create(
        version=version, field="company.employees", operator=Operator.BETWEEN, value=EMPLOYEES
    )
    AttributeRule.objects.bulk_create(
        AttributeRule(
            version=version, axis=axis, name=name, points=points, field=f, operator=op, value=value
        )
        for axis, name, points, f, op, value in SAID
    )
    IntentRule.objects.bulk_create(
        IntentRule(
            version=version,
            name=did.rule or did.name,
            signal=signals[did.code],
            points=did.points,
            shape=IntentRule.Shape.TIMES if did.times else IntentRule.Shape.EACH,
            at_least=did.times,
            cap=None if did.times else did.points,
        )
        for did in DID
    )
    Disqualifier.objects.bulk_create(
        Disqualifier(version=version, name=name, reason=reason, field=f, operator=op, value=value)
        for name, reason, f, op, value in DISQUALIFIERS
    )


def _install_definitions(version: ModelVersion) -> None:
    Band.objects.bulk_create(
        Band(version=version, axis=axis, name=name, floor=floor) for axis, name, floor in BANDS
    )
    GradeCell.objects.bulk_create(
        GradeCell(version=version, fit_band=fit, intent_band=intent, grade=grade)
        for fit, row in MATRIX.items()
        for intent, grade in row.items()
    )
    purpose = QualificationRule.Purpose
    QualificationRule.objects.create(version=version, purpose=purpose.MQL, total_at_least=40)
    QualificationRule.objects.create(version=version, purpose=purpose.HANDOFF, total_at_least=65)
