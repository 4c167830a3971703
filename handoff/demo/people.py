"""How the demo's reps behave: how long they take, what they accept, why they reject."""

from collections.abc import Container
from datetime import datetime, timedelta
from random import Random

from handoff.demo.generate import LeadPlan
from handoff.demo.signing import NEW_REASON
from handoff.demo.world import Person, World
from handoff.frameworks import DISCOVERY, framework
from handoff.marking import Value
from leadqual.models import Timeline
from sla.business_time import Calendar, after, due


def decides_at(
    rep: Person, offered_at: datetime, calendar: Calendar, random: Random, *, is_hot: bool
) -> datetime:
    """Some business time after the offer, around the rep's median; who asks to talk is looked at
    within minutes."""
    minutes = rep.hours_to_decide * (1.2 if is_hot else 60) * random.lognormvariate(0, 0.7)
    seconds = random.randrange(60)
    if is_hot:
        return after(offered_at, timedelta(minutes=minutes), calendar)
    return due(offered_at, max(1, round(minutes)), calendar) + timedelta(seconds=seconds)


def touches_at(
    rep: Person, accepted_at: datetime, calendar: Calendar, random: Random, *, is_hot: bool
) -> datetime:
    """The first touch: within the hour for most, later for those who decide late; of a hot lead
    within minutes."""
    minutes = max(rep.hours_to_decide, 0.5) * random.lognormvariate(0.3, 0.7)
    if is_hot:
        return after(accepted_at, timedelta(minutes=0.6 * minutes), calendar)
    return due(accepted_at, max(2, round(18 * minutes)), calendar)


def accepts(plan: LeadPlan, world: World, random: Random) -> bool:
    if plan.company.industry == world.always_rejected:
        return False
    senior = plan.job_title.startswith(("Head", "C"))
    return random.random() < 0.5 + 0.35 * plan.interest + (0.12 if senior else 0)


def reason_code(plan: LeadPlan, world: World, allowed: Container[str], random: Random) -> str:
    """The reason that fits the lead, of those allowed at the time."""
    if plan.company.industry == world.always_rejected:
        return "wrong-territory" if random.random() < 0.2 else "too-small"
    if plan.timeline in (Timeline.RESEARCHING, Timeline.THREE_TO_SIX):
        return "timeline-too-long"
    if plan.company.employees < 20:
        return "too-small"
    if not plan.job_title.startswith(("Head", "C")):
        return "not-a-decision-maker"
    found = random.choice(("no-budget", NEW_REASON, "unreachable", "bad-data"))
    return found if found in allowed else "no-budget"


def scorecard(plan: LeadPlan, random: Random) -> dict[str, Value]:
    """What discovery finds; the keener the lead, the more is confirmed."""
    sure = 0.45 + 0.4 * plan.interest
    return {
        question.code: Value.CONFIRMED
        if random.random() < sure
        else random.choice((Value.WEAK, Value.WEAK, Value.NO))
        for question in framework(DISCOVERY).questions
    }
