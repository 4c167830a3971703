"""Random but possible histories of leads, and everything the database says, for comparing."""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection

from accounts.models import User, Workspace
from handoff import detours, handoffs, opportunities, scorecards
from handoff.frameworks import DISCOVERY, framework
from handoff.intake import take_lead
from handoff.marking import Value
from handoff.models import LostReason, RejectionReason
from handoff.scorecards import Said
from handoff.touches import log_touch
from handoff.transitions import MoveNotAllowed
from leadqual.capture import CompanyFacts, EventFacts, LeadFacts
from leadqual.models import Lead, TouchKind, TouchOutcome
from tests.builders import MONDAY_NOON, receive_event

QUEUES = {"scoring_scoredirty", "scoring_qualificationdue", "handoff_countdue"}
DEEDS = (
    "pricing", "demo", "visit", "fact", "accept", "reject", "not_mine", "touch", "answer",
    "pass", "deal", "win", "lose", "recycle", "not_ready", "disqualify", "reopen",
)  # fmt: skip


class History:
    """Does to a lead what is asked for, where the lifecycle allows it; an hour passes each time."""

    def __init__(self, workspace: Workspace, *, by: User, start: datetime = MONDAY_NOON) -> None:
        self.workspace, self.by, self.now = workspace, by, start
        self._events = 0

    def capture(self, **facts: Any) -> Lead:
        said = LeadFacts(company=CompanyFacts(country="DE", name="Acme"), **facts)
        receipt = take_lead(workspace=self.workspace, facts=said, at=self.now, now=self.now)
        assert receipt.lead is not None
        return receipt.lead

    def run(self, lead: Lead, deeds: Sequence[str]) -> None:
        for deed in deeds:
            self.now += timedelta(hours=1)
            with suppress(MoveNotAllowed):
                getattr(self, f"_{deed}")(Lead.objects.get(pk=lead.pk))

    def _reason(self, code: str) -> RejectionReason:
        return RejectionReason.objects.get(workspace=self.workspace, code=code)

    def _event(self, lead: Lead, kind: str, url: str = "") -> None:
        # Half of all visits meet another in the same second, as when two trackers see one.
        self._events += 1
        second = self.now.replace(minute=0, second=self._events % 2)
        facts = EventFacts(
            kind, second, lead.email, url=url, properties={"utm_source": f"s{self._events % 3}"}
        )
        receive_event(workspace=self.workspace, facts=facts, now=self.now)

    def _pricing(self, lead: Lead) -> None:
        self._event(lead, "page_view", "/pricing")

    def _demo(self, lead: Lead) -> None:
        self._event(lead, "demo_request")

    def _visit(self, lead: Lead) -> None:
        self._event(lead, "page_view", "/blog")

    def _fact(self, lead: Lead) -> None:
        said = LeadFacts(
            email=lead.email,
            phone=f"+49 {lead.pk} {self.now.hour}",
            timeline="immediate",
            attributes={f"a{self.now.hour % 3}": lead.pk},
        )
        take_lead(workspace=self.workspace, facts=said, at=self.now, now=self.now)

    def _decide(self, lead: Lead, how: Any, **more: Any) -> None:
        if offer := lead.handoffs.open().first():
            how(offer, by=self.by, at=self.now, **more)

    def _accept(self, lead: Lead) -> None:
        self._decide(lead, handoffs.accept)

    def _reject(self, lead: Lead) -> None:
        self._decide(lead, handoffs.reject, reason=self._reason("no-budget"), note="No money")

    def _not_mine(self, lead: Lead) -> None:
        self._decide(lead, handoffs.not_mine)

    def _touch(self, lead: Lead) -> None:
        log_touch(
            lead,
            by=self.by,
            kind=TouchKind.CALL,
            outcome=TouchOutcome.REACHED,
            at=self.now,
            now=self.now,
            note="Called",
        )

    def _answer(self, lead: Lead) -> None:
        for question in framework(DISCOVERY).questions:
            scorecards.answer(
                lead,
                by=self.by,
                at=self.now,
                question=question.code,
                said=Said(Value.CONFIRMED, evidence="They said so"),
            )

    def _pass(self, lead: Lead) -> None:
        opportunities.qualify(lead, by=self.by, at=self.now)

    def _deal(self, lead: Lead) -> None:
        opportunities.open_opportunity(lead, by=self.by, at=self.now, amount=Decimal("9000.50"))

    def _win(self, lead: Lead) -> None:
        opportunities.win(lead, by=self.by, at=self.now)

    def _lose(self, lead: Lead) -> None:
        opportunities.lose(lead, by=self.by, at=self.now, reason=LostReason.PRICE)

    def _recycle(self, lead: Lead) -> None:
        detours.recycle(lead, by=self.by, at=self.now, reason=self._reason("no-budget"))

    def _not_ready(self, lead: Lead) -> None:
        detours.not_ready(lead, by=self.by, at=self.now)

    def _disqualify(self, lead: Lead) -> None:
        detours.disqualify(lead, by=self.by, at=self.now, reason=self._reason("duplicate"))

    def _reopen(self, lead: Lead) -> None:
        detours.reopen(lead, by=self.by, at=self.now, why="A mistake")


def everything(*, but: Collection[str] = ()) -> dict[str, list[Any]]:
    """Every row of every table of ours, as PostgreSQL's JSON; the queues are left out."""
    rows = {}
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in {"accounts", "leadqual", "scoring", "sla", "handoff"}
    }
    with connection.cursor() as cursor:
        for table in sorted(tables - QUEUES - set(but)):
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")  # noqa: S608
            found = [json.loads(row) for (row,) in cursor.fetchall()]
            rows[table] = sorted(found, key=lambda row: json.dumps(row, sort_keys=True))
    return rows
