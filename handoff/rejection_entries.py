"""Rejections as entries of the lead's timeline, where no move tells of them.

Those that led back to nurture or out are told by that move; what was corrected with one is told in
any case.
"""

from handoff.models import Handoff
from handoff.reasons import Outcome
from leadqual.models import Lead
from leadqual.timeline import Entry


def rejection_entries(lead: Lead) -> list[Entry]:
    """All there are, in one query."""
    rejected = lead.handoffs.filter(status=Handoff.Status.REJECTED)
    rejected = rejected.select_related("reason", "decided_by").defer("packet", "trace")
    return [_entry(each) for each in rejected if each.answers or _stays(each)]


def _stays(handoff: Handoff) -> bool:
    return bool(handoff.reason and handoff.reason.outcome in (Outcome.CORRECT, Outcome.REROUTE))


def _entry(handoff: Handoff) -> Entry:
    said = [_words(fact) for fact in handoff.answers.values()]
    if _stays(handoff) and handoff.note:
        said.append(handoff.note)
    what = "Rejected" if _stays(handoff) else "Facts said with the rejection"
    at = handoff.decided_at or handoff.offered_at
    title = f"{what}: {handoff.reason}"
    return Entry(at, "rejection", handoff.pk, title, " · ".join(said), str(handoff.decided_by))


def _words(fact: dict[str, str]) -> str:
    was = f" (was {fact['was']})" if fact["was"] else ""
    return f"{fact['label']}: {fact['is'] or 'withdrawn'}{was}"
