"""The stages of a lead, whose turn it is in each, and their written criteria (product.md)."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models


class Stage(models.TextChoices):
    NEW = "new", "New"
    MQL = "mql", "MQL"
    SAL = "sal", "SAL"
    SQL = "sql", "SQL"
    OPPORTUNITY = "opportunity", "Opportunity"
    WON = "won", "Won"
    LOST = "lost", "Lost"
    NURTURE = "nurture", "Nurture"
    DISQUALIFIED = "disqualified", "Disqualified"


class Turn(StrEnum):
    """Who has to act next. An MQL is sales' turn only while it is offered to a rep."""

    MARKETING = "marketing"
    SALES = "sales"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Criteria:
    turn: Turn
    meaning: str
    entry: str
    exit: str


FUNNEL: tuple[Stage, ...] = (
    Stage.NEW,
    Stage.MQL,
    Stage.SAL,
    Stage.SQL,
    Stage.OPPORTUNITY,
    Stage.WON,
)
OPEN: frozenset[Stage] = frozenset(set(Stage) - {Stage.WON, Stage.LOST, Stage.DISQUALIFIED})
IN_SALES: frozenset[Stage] = frozenset({Stage.SAL, Stage.SQL, Stage.OPPORTUNITY})

CRITERIA: dict[Stage, Criteria] = {
    Stage.NEW: Criteria(
        Turn.MARKETING,
        "Known, not yet qualified.",
        "The lead was captured, or reopened by a marketing manager.",
        "The MQL definition holds, or the lead goes to nurture.",
    ),
    Stage.MQL: Criteria(
        Turn.MARKETING,
        "Marketing’s promise that sales should look.",
        "The MQL definition of the published scoring model holds.",
        "A rep accepts or rejects the offer, or the definition no longer holds "
        "and no offer is open.",
    ),
    Stage.SAL: Criteria(
        Turn.SALES,
        "Explicitly accepted by a sales rep.",
        "The rep to whom the lead was offered accepted it.",
        "The discovery scorecard passes, or the lead is recycled with a reason.",
    ),
    Stage.SQL: Criteria(
        Turn.SALES,
        "A person confirmed need, authority, budget awareness and timeline.",
        "The discovery scorecard passed.",
        "An opportunity with an amount is opened, or the lead is recycled with a reason.",
    ),
    Stage.OPPORTUNITY: Criteria(
        Turn.SALES,
        "A deal with an amount.",
        "An amount was agreed to be worth pursuing.",
        "Won or lost.",
    ),
    Stage.WON: Criteria(Turn.NOBODY, "A customer.", "The deal was signed.", "None."),
    Stage.LOST: Criteria(
        Turn.NOBODY,
        "The deal was not made.",
        "The opportunity was lost, with a reason.",
        "The lead is put back into nurture.",
    ),
    Stage.NURTURE: Criteria(
        Turn.MARKETING,
        "Not ready: kept warm with its history.",
        "Not ready, or recycled by sales with a reason.",
        "New intent since the recycle, or the wake date, and the MQL definition holds.",
    ),
    Stage.DISQUALIFIED: Criteria(
        Turn.NOBODY,
        "Will not be handed to sales.",
        "A disqualifying reason was given.",
        "Reopened by a marketing manager, with a reason.",
    ),
}
