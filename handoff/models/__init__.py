"""The workflow's own tables: offers, reasons, nurture, scorecards, deals, imports, merges."""

from handoff.models.configuration import HandoffPolicy, MessageTemplate, PoolMember, RejectionReason
from handoff.models.handoffs import Handoff, HandoffQuerySet
from handoff.models.imports import ImportRun
from handoff.models.nurture import NurtureStay
from handoff.models.people import Erasure, LeadMerge
from handoff.models.qualification import LostReason, Opportunity, Scorecard, ScorecardAnswer
from handoff.models.releases import Release

__all__ = [
    "Erasure",
    "Handoff",
    "HandoffPolicy",
    "HandoffQuerySet",
    "ImportRun",
    "LeadMerge",
    "LostReason",
    "MessageTemplate",
    "NurtureStay",
    "Opportunity",
    "PoolMember",
    "RejectionReason",
    "Release",
    "Scorecard",
    "ScorecardAnswer",
]
