"""What a figure of the funnel counts, in words: the heading of the list of leads behind it."""

from accounts.models import User, Workspace
from handoff.lead_criteria import DECIDED, Criteria, period_of
from handoff.metrics.scope import NONE
from handoff.models import Handoff, RejectionReason
from leadqual.stages import Stage


def figure_words(workspace: Workspace, criteria: Criteria) -> str:
    """“Leads moved to MQL that came to SAL since, 1 Mar 2026 to 31 Mar 2026, with Ben Okoye.”"""
    parts = [_moved(criteria), _decided(workspace, criteria)]
    said = " and ".join(part for part in parts if part)
    details = [said, _period(workspace, criteria), _rep(workspace, criteria)]
    return f"Leads {', '.join(part for part in details if part)}."


def _moved(criteria: Criteria) -> str:
    if not criteria.moved_to:
        return ""
    if criteria.moved_to == Stage.NEW:
        return "captured"
    since = f" that came to {Stage(criteria.reached).label} since" if criteria.reached else ""
    return f"moved to {Stage(criteria.moved_to).label}{since}"


def _decided(workspace: Workspace, criteria: Criteria) -> str:
    if not criteria.decision:
        return ""
    if criteria.decision == DECIDED:
        return "whose offer was accepted or rejected"
    ended = Handoff.Status(criteria.decision).label.lower()
    ended = "“not mine”" if criteria.decision == Handoff.Status.NOT_MINE else ended
    words = f"whose offer was {ended}"
    if criteria.reason:
        reason = RejectionReason.objects.of(workspace).filter(code=criteria.reason).first()
        words += f" for “{reason or criteria.reason}”"
    touch = {"known": " and touched after it", "missing": " and never touched after it"}
    return words + touch.get(criteria.first_touch, "")


def _period(workspace: Workspace, criteria: Criteria) -> str:
    period = period_of(workspace, criteria)
    first, last = (f"{day:%-d %b %Y}" if day else "" for day in (period.first, period.last))
    if first and last:
        return first if first == last else f"{first} to {last}"
    return f"since {first}" if first else f"until {last}" if last else ""


def _rep(workspace: Workspace, criteria: Criteria) -> str:
    if criteria.rep == NONE:
        return "with no rep"
    if not criteria.rep:
        return ""
    rep = User.objects.filter(pk=criteria.rep, memberships__workspace=workspace).first()
    return f"with {rep}" if rep else ""
