"""Companies, leads, what they did, what we did, and every stage they have been in."""

from leadqual.models.companies import Company
from leadqual.models.custom_fields import CustomField
from leadqual.models.events import Event, EventKind, Touch, TouchKind, TouchOutcome
from leadqual.models.facts import AttributeChange
from leadqual.models.leads import Lead, LeadQuerySet, Timeline, normalise_email
from leadqual.models.moves import StageMove
from leadqual.models.outgoing import Heartbeat, Notice, OutboxMessage
from leadqual.models.sources import Campaign, CampaignCost, Source

__all__ = [
    "AttributeChange",
    "Campaign",
    "CampaignCost",
    "Company",
    "CustomField",
    "Event",
    "EventKind",
    "Heartbeat",
    "Lead",
    "LeadQuerySet",
    "Notice",
    "OutboxMessage",
    "Source",
    "StageMove",
    "Timeline",
    "Touch",
    "TouchKind",
    "TouchOutcome",
    "normalise_email",
]
