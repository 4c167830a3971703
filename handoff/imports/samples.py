"""A planned lead in words, for the preview: as it would become."""

from typing import Any

from django.utils.timezone import localtime

from handoff.imports.planning import LeadPlan


def described(one: LeadPlan) -> dict[str, Any]:
    """JSON-ready: row number, outcome, and what would be known of the lead."""
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
        "attributes": {name: str(value) for name, value in one.record.attributes.items()},
    }
