"""Whether the thresholds lie right: acceptance against its healthy band, in all, by grade, and by
how far above the MQL definition's total the offers lay."""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Count, F, Q

from handoff.metrics.acceptance import HEALTHY, LEAST, Endings, endings, interval, verdict
from handoff.metrics.counting import WHOLE
from handoff.models import AgendaItem, Handoff, Review
from handoff.reviews.agenda.found import Found, Part
from handoff.reviews.figures import scope_of
from scoring.engine.definitions import definitions_of
from scoring.models import ModelVersion
from scoring.versions import published_version

STEPS: Final = ((0, 10), (10, 20), (20, None))
"""Points above the least total that the MQL definition asks for."""
_SAYS: Final = {
    "loose": "below the healthy band: the MQL definition is too loose",
    "tight": "above the healthy band: the MQL definition is too tight",
    "healthy": "within the healthy band",
    "": f"fewer than {LEAST} decided: too few to say",
}


def thresholds(review: Review) -> Found:
    """A constant number of queries."""
    scope = scope_of(review, until=review.opened_at)
    in_all = endings(scope).get(WHOLE, Endings())
    by_grade = {line: found for (line, _), found in endings(scope, by="grade").items()}
    items = [_item("acceptance", "Acceptance of the period", in_all.accepted, in_all.decided)]
    for grade, found in sorted(by_grade.items()):
        if found.decided:
            words = f"Acceptance of grade {grade}" if grade else "Acceptance without a grade"
            items.append(_item(f"grade:{grade}", words, found.accepted, found.decided))
    version = published_version(review.workspace)
    items += _above(review, version) if version else ()
    band = {"low": HEALTHY[0], "high": HEALTHY[1]}
    return Found(items, len(items), {"band": band, "verdict": in_all.verdict})


def _above(review: Review, version: ModelVersion) -> Iterable[AgendaItem]:
    """Of offers made by this version: what raising the total would have spared, and cost."""
    totals = [way.total for way in definitions_of(version).mql if way.total is not None]
    if not totals:
        return
    least, total = min(totals), F("fit") + F("intent")
    decided = Handoff.objects.of(review.workspace).filter(
        status__in=[Handoff.Status.ACCEPTED, Handoff.Status.REJECTED],
        decided_at__gte=review.since,
        decided_at__lt=review.opened_at,
        model_version=version.number,
    )
    rows = decided.annotate(total=total).aggregate(
        **{f"of_{low}": Count("pk", filter=_within(least, low, high)) for low, high in STEPS},
        **{
            f"accepted_{low}": Count(
                "pk", filter=_within(least, low, high) & Q(status=Handoff.Status.ACCEPTED)
            )
            for low, high in STEPS
        },
    )
    for low, high in STEPS:
        of, accepted = rows[f"of_{low}"], rows[f"accepted_{low}"]
        if of:
            words = _points(least + low, None if high is None else least + high)
            yield _item(f"total:{least + low}", f"Offers with a total of {words}", accepted, of)


def _within(least: int, low: int, high: int | None) -> Q:
    above = Q(total__gte=least + low)
    return above if high is None else above & Q(total__lt=least + high)


def _points(low: int, high: int | None) -> str:
    return f"{low} or more" if high is None else f"{low} to under {high}"


def _item(key: str, title: str, accepted: int, of: int) -> AgendaItem:
    rate = accepted / of if of else None
    word = verdict(rate) if of >= LEAST else ""
    facts: dict[str, Any] = {
        "accepted": accepted,
        "of": of,
        "rate": rate,
        "interval": interval(accepted, of),
        "verdict": word,
        "says": _SAYS[word],
    }
    return AgendaItem(part=Part.THRESHOLD, key=key, title=title, facts=facts)
