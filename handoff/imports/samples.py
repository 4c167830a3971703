"""A planned lead in words, for the preview: as it would become."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.timezone import localtime

from handoff.imports.planning import LeadPlan
from handoff.imports.records import below
from handoff.imports.targets import typed_targets
from leadqual.custom_fields import in_words
from leadqual.models import CustomField


def described(one: LeadPlan, own: Sequence[CustomField]) -> dict[str, Any]:
    """JSON-ready: row number, outcome, and what would be known of the lead.

    `own` are the typed facts of the workspace.
    """
    lead = one.lead
    zone = lead.workspace.zone
    return {
        "row": one.record.row.number,
        "outcome": one.outcome,
        "name": lead.display_name if (lead.pk or lead.email or lead.first_name) else "",
        "external_id": lead.external_id,
        "email": lead.email,
        "company": lead.company.name if lead.company else "",
        "source": lead.first_source.name if lead.first_source else "",
        "moments": [
            f"{moment.stage.label} {localtime(moment.at, zone):%d %b %Y %H:%M}"
            for moment in sorted(one.past, key=lambda moment: moment.at)
        ],
        "amount": str(one.deal.amount) if one.deal else "",
        "attributes": dict(_attributes(one, own)),
    }


def _attributes(one: LeadPlan, own: Sequence[CustomField]) -> Iterator[tuple[str, str]]:
    """What the line says of them, by label; those of the company after the lead's."""
    typed = {target.name: target for target in typed_targets(own)}
    company = below("attributes.", one.record.company)
    for name, label, value in (
        *((f"attributes.{key}", key, value) for key, value in one.record.attributes.items()),
        *((f"company.attributes.{key}", f"Company: {key}", v) for key, v in company.items()),
    ):
        target = typed.get(name)
        if target and target.own:
            yield target.label, in_words(target.own, value)
        else:
            yield label, str(value)
