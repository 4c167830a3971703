"""How the demo's reps behave: how long they take, what they accept, why they reject."""

from datetime import datetime, timedelta
from random import Random

from handoff.demo.generate import LeadPlan
from handoff.demo.world import Person, World
from handoff.frameworks import DISCOVERY, framework
from handoff.marking import Value
from leadqual.models import Timeline
from sla.business_time import Calendar, due


def decides_at(rep: Person, offered_at: datetime, calendar: Calendar, random: Random) -> datetime:
    """Some business time after the offer, around the rep's median."""
    hours = rep.hours_to_decide * random.lognormvariate(0, 0.7)
    at = due(offered_at, max(1, round(hours * 60)), calendar)
    return at + timedelta(seconds=random.randrange(60))


def touches_at(rep: Person, accepted_at: datetime, calendar: Calendar, random: Random) -> datetime:
    """The first touch: within the hour for most, later for those who decide late."""
    minutes = 18 * max(rep.hours_to_decide, 0.5) * random.lognormvariate(0.3, 0.7)
    return due(accepted_at, max(2, round(minutes)), calendar)


def accepts(plan: LeadPlan, world: World, random: Random) -> bool:
    if plan.company.industry == world.always_rejected:
        return False
    senior = plan.job_title.startswith(("Head", "C"))
    return random.random() < 0.5 + 0.35 * plan.interest + (0.12 if senior else 0)


def reason_code(plan: LeadPlan, world: World, random: Random) -> str:
    """The reason that fits the lead; the workspace's starter list has all of them."""
    if plan.company.industry == world.always_rejected:
        return "wrong-territory" if random.random() < 0.2 else "too-small"
    if plan.timeline in (Timeline.RESEARCHING, Timeline.THREE_TO_SIX):
        return "timeline-too-long"
    if plan.company.employees < 20:
        return "too-small"
    if not plan.job_title.startswith(("Head", "C")):
        return "not-a-decision-maker"
    return random.choice(("no-budget", "no-budget", "unreachable", "bad-data"))


def scorecard(plan: LeadPlan, random: Random) -> dict[str, Value]:
    """What discovery finds; the keener the lead, the more is confirmed."""
    sure = 0.45 + 0.4 * plan.interest
    return {
        question.code: Value.CONFIRMED
        if random.random() < sure
        else random.choice((Value.WEAK, Value.WEAK, Value.NO))
        for question in framework(DISCOVERY).questions
    }
