"""Write a plan: a constant number of statements for a chunk, in the caller's transaction."""

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model

from accounts.models import User
from handoff.imports import deals
from handoff.imports.history import SOLD_BY_REP
from handoff.imports.planning import Plan
from handoff.models import Opportunity
from handoff.transitions import PastMove, record_history
from leadqual.models import Campaign, Company, Lead, Source

M = TypeVar("M", bound=Model)
COMPANY_COLUMNS = (
    "name",
    "domain",
    "external_id",
    "industry",
    "country",
    "region",
    "employees",
    "attributes",
)


def write(plan: Plan, *, by: User | None) -> None:
    """Sources and companies first, then leads, then their moves and deals.

    Two writers of one name meet in a unique index: IntegrityError, after which the caller plans
    the chunk again. Scores follow through the dirty queue; no offer, clock or mail is made here.
    """
    known = plan.known
    _create(Source, list(known.sources.values()))
    _create(Campaign, list(known.campaigns.values()))
    _save(Company, list(plan.companies.values()), COMPANY_COLUMNS)
    new = [one.lead for one in plan.leads if one.is_new]
    changed = [one for one in plan.leads if one.changed and not one.is_new]
    columns = sorted(set().union(*(one.changed for one in changed)))
    _create(Lead, new)
    _save(Lead, [one.lead for one in changed], columns)
    past = [
        PastMove(
            lead_id=one.lead.pk,
            to_stage=moment.stage,
            at=moment.at,
            rep_id=one.lead.owner_id if moment.stage in SOLD_BY_REP else None,
            reason=moment.reason,
        )
        for one in plan.leads
        for moment in one.past
    ]
    if past:
        record_history(known.workspace, past, by=by)
    _save(Opportunity, [one.deal for one in plan.leads if one.deal], deals.COLUMNS)


def _create(model: type[M], rows: Sequence[M]) -> None:
    model._default_manager.bulk_create([row for row in rows if row.pk is None])


def _save(model: type[M], rows: Sequence[M], columns: Sequence[str]) -> None:
    """Insert the new rows; write the named columns of the others, all in one statement."""
    known = [row for row in rows if row.pk is not None]
    _create(model, rows)
    if known:
        # An UPDATE of many different rows, said as an upsert: bulk_update's CASE is far slower.
        model._default_manager.bulk_create(
            known, update_conflicts=True, unique_fields=["pk"], update_fields=columns
        )
