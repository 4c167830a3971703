"""Which leads a figure of the funnel is about: from a figure to a link, from a link to the leads.

The list of leads takes these parameters in its URL:

    moved_to         a stage: leads that moved into it in the period (`new`: were captured)
    reached          with moved_to=mql: those of them that have come to this stage since
    decision         how an offer of theirs ended in the period: accepted, rejected, not_mine,
                     expired, withdrawn, or decided (accepted or rejected)
    reason           with decision=rejected: the code of the reason
    first_touch      with decision=accepted: known or missing
    moved_from_date  first and last day of the period, both included, in the workspace's zone;
    moved_to_date    either may be left out; years before 1990 or after 2199 are
    source           a source's code, or (blank)
    rep              a person's id, or (blank)

`leads_matching` gives as many leads as the figure says. Erased people are among them: the counts
stay. Without `moved_to` and `decision` nothing is filtered here, and the list's own filters rule.
"""

from dataclasses import dataclass, fields
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from accounts.models import Workspace
from handoff.metrics.periods import Period, typed_day
from handoff.metrics.scope import NONE
from handoff.models import Handoff
from leadqual.models import Lead, LeadQuerySet, StageMove, Touch
from leadqual.stages import Stage

DECIDED = "decided"
DECISIONS = {*Handoff.Status.values, DECIDED} - {Handoff.Status.OPEN}
SALES = (Stage.SAL, Stage.SQL, Stage.OPPORTUNITY, Stage.WON, Stage.LOST)


@dataclass(frozen=True)
class Criteria:
    """What a figure counts; every field blank means: no figure, all leads."""

    moved_to: str = ""
    reached: str = ""
    decision: str = ""
    reason: str = ""
    first_touch: str = ""
    moved_from_date: str = ""
    moved_to_date: str = ""
    source: str = ""
    rep: str = ""

    @property
    def is_figure(self) -> bool:
        return bool(self.moved_to or self.decision)

    def as_query(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value}


def leads_url(workspace: Workspace, criteria: Criteria) -> str:
    """The list of leads, showing those behind the figure."""
    address = reverse("leads", kwargs={"workspace": workspace.slug})
    return f"{address}?{urlencode(criteria.as_query())}"


def criteria_of(query: QueryDict) -> Criteria:
    """What a URL asks for. A value that means nothing is as good as absent, never an error."""
    said = {field.name: query.get(field.name, "").strip() for field in fields(Criteria)}
    for name in ("moved_to", "reached"):
        said[name] = said[name] if said[name] in Stage.values else ""
    said["decision"] = said["decision"] if said["decision"] in DECISIONS else ""
    said["first_touch"] = said["first_touch"] if said["first_touch"] in ("known", "missing") else ""
    for name in ("moved_from_date", "moved_to_date"):
        said[name] = said[name] if typed_day(said[name]) else ""
    is_id = said["rep"].isdecimal() and len(said["rep"]) <= 18  # what fits a bigint
    said["rep"] = said["rep"] if said["rep"] == NONE or is_id else ""
    return Criteria(**said)


def period_of(workspace: Workspace, criteria: Criteria) -> Period:
    first, last = typed_day(criteria.moved_from_date), typed_day(criteria.moved_to_date)
    return Period(first, last, workspace.zone)


def leads_matching(workspace: Workspace, criteria: Criteria) -> LeadQuerySet:
    """The leads behind the figure: exactly as many as it says."""
    leads = Lead.objects.of(workspace)
    if not criteria.is_figure:
        return leads
    period = period_of(workspace, criteria)
    if criteria.moved_to:
        leads = leads.filter(pk__in=_moves(workspace, criteria, period).values("lead"))
    if criteria.decision:
        leads = leads.filter(pk__in=_offers(workspace, criteria, period).values("lead"))
    if criteria.source == NONE:
        leads = leads.filter(first_source=None)
    elif criteria.source:
        leads = leads.filter(first_source__code=criteria.source)
    return leads


def _within(moment: str, period: Period) -> Q:
    """A Q of no condition where the period is open on both sides."""
    condition = Q()
    if period.starts_at:
        condition &= Q(**{f"{moment}__gte": period.starts_at})
    if period.ends_at:
        condition &= Q(**{f"{moment}__lt": period.ends_at})
    return condition


def _of_rep(column: str, rep: str) -> Q:
    if not rep:
        return Q()
    return Q(**{f"{column}__isnull": True}) if rep == NONE else Q(**{column: int(rep)})


def _moves(workspace: Workspace, criteria: Criteria, period: Period) -> QuerySet[StageMove]:
    moves = StageMove.objects.of(workspace).filter(_within("at", period), counted=True)
    moves = moves.filter(to_stage=criteria.moved_to)
    if criteria.moved_to == Stage.NEW:
        moves = moves.filter(from_stage="")
        return moves.none() if criteria.rep else moves  # captures belong to no rep
    if criteria.moved_to != Stage.MQL:
        return moves.filter(_of_rep("rep", criteria.rep))
    if criteria.rep:
        moves = moves.filter(_mql_of_rep(criteria.rep))
    if criteria.reached:
        later = StageMove.objects.filter(_of_rep("rep", criteria.rep), counted=True)
        moves = moves.filter(
            Exists(
                later.filter(
                    lead=OuterRef("lead"), cycle__gte=OuterRef("cycle"), to_stage=criteria.reached
                )
            )
        )
    return moves


def _mql_of_rep(rep: str) -> Q:
    """As `funnel.scope.REPS_OF_MQL`: offered to the rep in that cycle, or moved on with them."""
    same = {"lead": OuterRef("lead"), "cycle": OuterRef("cycle")}
    offered = Handoff.objects.filter(**same)
    sold = StageMove.objects.filter(**same, counted=True, to_stage__in=SALES)
    moved_on = sold.filter(rep__isnull=False)
    if rep == NONE:
        return ~Exists(offered) & ~Exists(moved_on)
    return Q(Exists(offered.filter(rep=int(rep)))) | Q(Exists(moved_on.filter(rep=int(rep))))


def _offers(workspace: Workspace, criteria: Criteria, period: Period) -> QuerySet[Handoff]:
    offers = Handoff.objects.of(workspace).filter(_of_rep("rep", criteria.rep))
    if criteria.decision == DECIDED:
        statuses = [Handoff.Status.ACCEPTED, Handoff.Status.REJECTED]
        return offers.filter(_within("decided_at", period), status__in=statuses)
    moment = {"expired": "expired_at", "withdrawn": "withdrawn_at"}
    offers = offers.filter(
        _within(moment.get(criteria.decision, "decided_at"), period), status=criteria.decision
    )
    if criteria.reason:
        offers = offers.filter(reason__code=criteria.reason)
    if criteria.first_touch:
        touched = Exists(_touches_of_offer())
        offers = offers.filter(touched if criteria.first_touch == "known" else ~touched)
    return offers


def _touches_of_offer() -> QuerySet[Touch]:
    """As in `funnel.answers`: since the offer, before the lead's next one."""
    next_offers = Handoff.objects.filter(
        lead=OuterRef("lead"),
        offered_at__gt=OuterRef(OuterRef("offered_at")),
        offered_at__lte=OuterRef("occurred_at"),
    )
    since = Touch.objects.filter(lead=OuterRef("lead"), occurred_at__gte=OuterRef("offered_at"))
    return since.filter(~Exists(next_offers))
