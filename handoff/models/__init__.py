"""The workflow's own tables: offers, routing, nurture, scorecards, deals, imports, merges."""

from handoff.models.configuration import HandoffPolicy, MessageTemplate, RejectionReason
from handoff.models.handoffs import Handoff, HandoffQuerySet
from handoff.models.imports import ImportRun
from handoff.models.joint_reviews import (
    AgendaItem,
    Mark,
    Minutes,
    Participant,
    Review,
)
from handoff.models.lead_conditions import LeadConditions
from handoff.models.metrics import CountDue, DayCount
from handoff.models.nurture import (
    LowScoreLook,
    NurtureStay,
    NurtureStep,
    NurtureTrack,
    StepDone,
    Task,
)
from handoff.models.people import Erasure, LeadMerge
from handoff.models.qualification import (
    Framework,
    FrameworkQuestion,
    LostReason,
    Opportunity,
    Scorecard,
    ScorecardAnswer,
)
from handoff.models.releases import Release
from handoff.models.review_cadences import ReviewCadence, ReviewKind
from handoff.models.review_decisions import Decision
from handoff.models.reviews import CallBack, ReviewItem
from handoff.models.routing import (
    FallbackEntry,
    Pool,
    PoolMember,
    Rep,
    RoutingPlan,
    RoutingRule,
    Tier,
)
from handoff.models.sharing import ReportMail, SharedPage

__all__ = [
    "AgendaItem",
    "CallBack",
    "CountDue",
    "DayCount",
    "Decision",
    "Erasure",
    "FallbackEntry",
    "Framework",
    "FrameworkQuestion",
    "Handoff",
    "HandoffPolicy",
    "HandoffQuerySet",
    "ImportRun",
    "LeadConditions",
    "LeadMerge",
    "LostReason",
    "LowScoreLook",
    "Mark",
    "MessageTemplate",
    "Minutes",
    "NurtureStay",
    "NurtureStep",
    "NurtureTrack",
    "Opportunity",
    "Participant",
    "Pool",
    "PoolMember",
    "RejectionReason",
    "Release",
    "Rep",
    "ReportMail",
    "Review",
    "ReviewCadence",
    "ReviewItem",
    "ReviewKind",
    "RoutingPlan",
    "RoutingRule",
    "Scorecard",
    "ScorecardAnswer",
    "SharedPage",
    "StepDone",
    "Task",
    "Tier",
]
