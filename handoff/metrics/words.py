"""What a figure counts, in words: the heading of the list of leads behind it."""

from typing import Final

from accounts.models import Workspace
from handoff.metrics.dimensions import DIMENSIONS, NONE, names_of
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.models import RejectionReason
from leadqual.stages import Stage

_ENDED: Final = {
    "accepted": "whose offer was accepted",
    "rejected": "whose offer was rejected",
    "not_mine": "whose offer was passed on as “not mine”",
    "expired": "whose offer expired",
    "withdrawn": "whose offer was withdrawn",
}
_SINCE: Final = {
    "recycled": "and back in nurture since",
    "returned": "and MQL again since, in a later cycle",
    "accepted": "and accepted since, in a later cycle",
    "elsewhere": "and accepted since by another offer of the same cycle",
    "won": "and won since",
    "out": "and disqualified since",
}
_PLAIN: Final = {
    "entered:new": "captured",
    "became:mql": "captured, and MQL since",
    "mql": "that became MQL",
    "offered": "offered to a rep",
    "decided": "whose offer was accepted or rejected",
    "followed:up": "whose offer was accepted, and touched since",
    "followed:not": "whose offer was accepted, and never touched since",
}


def figure_words(scope: Scope, kind: str) -> str:
    """“Leads that became MQL and reached SAL in that cycle, 1 Mar 2026 to 31 Mar 2026.”"""
    details = [_kind(scope.workspace, kind), period_words(scope.period), *filter_words(scope)]
    return f"Leads {', '.join(part for part in details if part)}."


def _kind(workspace: Workspace, kind: str) -> str:
    if kind in _PLAIN:
        return _PLAIN[kind]
    head, _, rest = kind.partition(":")
    if head == "ended":
        return _ENDED[rest]
    if head == "rejected":
        reason = RejectionReason.objects.of(workspace).filter(code=rest).first()
        return f"whose offer was rejected for “{reason or rest}”"
    if head == "since":
        what, _, code = rest.partition(":")
        return f"{_kind(workspace, f'rejected:{code}')}, {_SINCE[what]}"
    if head == "entered":
        return f"moved to {Stage(rest).label}"
    if head == "reached":
        return f"that became MQL and reached {Stage(rest).label} in that cycle"
    far, _, now = rest.partition(":")
    return (
        f"that became MQL, came as far as {Stage(far).label} in that cycle and stand in "
        f"{Stage(now).label}"
    )


def period_words(period: Period) -> str:
    """“1 Mar 2026 to 31 Mar 2026”; blank for all time."""
    first, last = (f"{day:%-d %b %Y}" if day else "" for day in (period.first, period.last))
    if first and last:
        return first if first == last else f"{first} to {last}"
    return f"since {first}" if first else f"until {last}" if last else ""


def filter_words(scope: Scope) -> list[str]:
    """What it is narrowed to, such as “Source: Google Ads”; a query a dimension."""
    words = []
    for code, value in scope.filters.items():
        stored = "" if value == NONE else value
        name = names_of(scope.workspace, DIMENSIONS[code], [stored])[stored]
        words.append(f"{DIMENSIONS[code].label}: {name}" if stored else name)
    return words
