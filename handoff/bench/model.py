"""The model that is measured: 20 signals, 20 rules of fit, 20 of intent, as in the first trial."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts.models import User, Workspace
from leadqual.models import EventKind
from scoring.locks import own_model
from scoring.models import (
    AttributeRule,
    IcpCriterion,
    IntentRule,
    ModelVersion,
    Signal,
)
from scoring.models.rules import Operator
from scoring.publishing import open_draft
from scoring.signals import add_signal

FIT: tuple[tuple[str, int, str, Operator, list[Any]], ...] = (
    ("Head of or chief", 14, "job_title", Operator.HAS_WORD, ["head of", "chief", "vp"]),
    ("Manager", 7, "job_title", Operator.HAS_WORD, ["manager", "lead"]),
    ("Marketing", 6, "job_title", Operator.HAS_WORD, ["marketing", "growth"]),
    ("IT", 5, "job_title", Operator.CONTAINS, ["it", "engineer"]),
    ("Assistant", -6, "job_title", Operator.BEGINS_WITH, ["assistant", "junior"]),
    ("No title", -3, "job_title", Operator.IS_MISSING, []),
    ("Home markets", 8, "country", Operator.IN_LIST, ["DE", "AT", "CH"]),
    ("Other markets", 4, "country", Operator.IN_LIST, ["FR", "NL", "GB", "US"]),
    ("Far away", -4, "country", Operator.NOT_IN_LIST, ["DE", "AT", "CH", "FR", "NL", "GB", "US"]),
    ("Ideal customer", 10, "icp", Operator.IS_KNOWN, []),
    ("Mid-sized", 8, "company.employees", Operator.BETWEEN, [50, 1000]),
    ("Large", 4, "company.employees", Operator.AT_LEAST, [1001]),
    ("Very small", -8, "company.employees", Operator.AT_MOST, [9]),
    ("Industry", 6, "company.industry", Operator.IN_LIST, ["software", "logistics"]),
    ("Manufacturing", 3, "company.industry", Operator.CONTAINS, ["manufactur"]),
    ("Free mailbox", -10, "email_domain", Operator.FREE_MAILBOX, []),
    ("Budget known", 5, "attributes.budget", Operator.IS_KNOWN, []),
    ("Large team", 5, "attributes.team_size", Operator.AT_LEAST, [20]),
    ("Uses a CRM", 6, "company.attributes.crm", Operator.IN_LIST, ["hubspot", "salesforce"]),
    ("Phone known", 3, "phone", Operator.IS_KNOWN, []),
)


@dataclass(frozen=True)
class Did:
    """A signal, and the rule that gives points for it."""

    code: str
    kind: EventKind
    points: int
    only: dict[str, str] = field(default_factory=dict)
    rule: dict[str, Any] = field(default_factory=dict)


def _page(code: str, path: str, points: int, **rule: Any) -> Did:
    return Did(code, EventKind.PAGE_VIEW, points, {"path_prefix": path}, rule)


DID = (
    _page("pricing", "/pricing", 12, cap=24, window_days=30),
    _page("compare", "/compare", 8, cap=16, half_life_days=14),
    _page("product", "/product", 3, cap=12, window_days=60),
    _page("integrations", "/product/integrations", 5, cap=10),
    _page("customers", "/customers", 4, cap=12, window_days=45),
    _page("docs", "/docs", 2, cap=10, half_life_days=30),
    _page("blog", "/blog", 1, cap=5, window_days=30),
    _page("security", "/security", 6, cap=6, window_days=90),
    _page("careers", "/careers", -10, cap=20),
    _page("any-page", "/", 6, shape="times", at_least=5, window_days=14),
    Did("contact-form", EventKind.FORM, 15, {"property_name": "form", "property_value": "contact"}),
    Did("any-form", EventKind.FORM, 5, rule={"cap": 10, "window_days": 60}),
    Did("demo", EventKind.DEMO_REQUEST, 25, rule={"cap": 25, "half_life_days": 14}),
    Did("download", EventKind.DOWNLOAD, 6, rule={"cap": 18, "source_points": {"linkedin": 8}}),
    Did("webinar", EventKind.WEBINAR, 8, rule={"cap": 16, "window_days": 90}),
    Did("opened", EventKind.EMAIL_OPEN, 1, rule={"cap": 6, "window_days": 30}),
    Did("clicked", EventKind.EMAIL_CLICK, 4, rule={"cap": 12, "window_days": 30}),
    Did("replied", EventKind.EMAIL_REPLY, 15, rule={"cap": 30, "half_life_days": 30}),
    Did(
        "remarketing",
        EventKind.AD_CLICK,
        6,
        {"utm_medium": "remarketing"},
        {"cap": 18, "source_points": {"google": 5, "linkedin": 9}},
    ),
    Did("chat", EventKind.CHAT, 5, rule={"cap": 10, "window_days": 30}),
)
ICP: tuple[tuple[str, Operator, list[Any]], ...] = (
    ("company.industry", Operator.IN_LIST, ["software", "logistics", "manufacturing"]),
    ("company.employees", Operator.BETWEEN, [20, 5000]),
)
MQL_FROM, READY_FROM = 40, 65
"""Points in total from which a lead is an MQL, and from which it is handed over (004)."""


@transaction.atomic
def draft_measured_model(workspace: Workspace, *, by: User) -> ModelVersion:
    """The draft of the measured model; bands, matrix and thresholds are the starter model's."""
    own_model(workspace.pk)
    known = {signal.code: signal for signal in Signal.objects.of(workspace)}
    draft = open_draft(workspace=workspace, by=by)
    for part in (AttributeRule, IntentRule, IcpCriterion):
        part._default_manager.filter(version=draft).delete()
    _write_rules(draft, {did.code: known.get(did.code) or _add(workspace, did) for did in DID})
    return draft


def _add(workspace: Workspace, did: Did) -> Signal:
    name = did.code.replace("-", " ").capitalize()
    return add_signal(
        Signal(workspace=workspace, code=did.code, name=name, kind=did.kind, **did.only)
    )


def _write_rules(draft: ModelVersion, signals: dict[str, Signal]) -> None:
    IcpCriterion.objects.bulk_create(
        IcpCriterion(version=draft, field=name, operator=operator, value=value)
        for name, operator, value in ICP
    )
    AttributeRule.objects.bulk_create(
        AttributeRule(
            version=draft, name=name, points=points, field=fact, operator=operator, value=value
        )
        for name, points, fact, operator, value in FIT
    )
    IntentRule.objects.bulk_create(
        IntentRule(
            version=draft,
            name=f"Signal {did.code}",
            signal=signals[did.code],
            points=did.points,
            **did.rule,
        )
        for did in DID
    )


def move_thresholds(draft: ModelVersion, *, by_points: int) -> None:
    """Move both thresholds of a draft; no rule changes, so nobody needs to be scored again."""
    for row in draft.qualificationrules.all():
        assert row.total_at_least is not None  # noqa: S101 - the starter model asks for totals
        row.total_at_least += by_points
        row.save(update_fields=["total_at_least"])
