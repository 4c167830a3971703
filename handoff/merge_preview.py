"""A merge before it is done: fact by fact what remains, and what else follows, in sentences."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef
from django.db.models.functions import TruncSecond

from handoff.merge_rules import Plan
from handoff.models import Handoff
from leadqual.countries import country_name
from leadqual.custom_fields import Of
from leadqual.models import Event, Lead
from leadqual.shown_facts import shown_facts
from leadqual.stages import Stage

_SHOWN: Final = (
    ("E-mail address", "email"),
    ("First name", "first_name"),
    ("Last name", "last_name"),
    ("Phone", "phone"),
    ("Job title", "job_title"),
    ("Company", "company"),
    ("Country", "country"),
    ("Wants to start", "timeline"),
    ("Main challenge", "challenge"),
    ("External id", "external_id"),
    ("Stage", "stage"),
    ("Rep", "owner"),
    ("Captured", "captured_at"),
    ("First source", "first_source"),
    ("First touch", "first_touch_at"),
    ("Last source", "last_source"),
    ("Last touch", "last_touch_at"),
    ("Unsubscribed", "unsubscribed_at"),
)


@dataclass(frozen=True)
class Line:
    """One fact in words: what the survivor says, what the other says, and what remains."""

    name: str
    survivor: str
    absorbed: str
    result: str

    @property
    def is_lost(self) -> bool:
        """The other lead says something that does not survive."""
        return bool(self.absorbed) and self.absorbed != self.result


def lines(plan: Plan) -> list[Line]:
    """Every fact that one of them has; those of the workspace's own come after the rest."""
    workspace = plan.survivor.workspace
    own = [
        (fact.label, f"attributes.{fact.key}")
        for fact in shown_facts(workspace, Of.LEAD, plan.values["attributes"])
    ]
    after = _afterwards(plan)
    found = [
        Line(
            name,
            _words(plan.survivor, field),
            _words(plan.absorbed, field),
            _words(plan.standing if field == "stage" else after, field),
        )
        for name, field in (*_SHOWN, *own)
    ]
    return [line for line in found if line.survivor or line.absorbed]


def _afterwards(plan: Plan) -> Lead:
    """The survivor as it would be, but for its stage; never saved."""
    after = Lead.objects.select_related("workspace", "company").get(pk=plan.survivor.pk)
    for field, value in plan.values.items():
        setattr(after, field, value)
    return after


def _words(lead: Lead, field: str) -> str:
    key = field.partition(".")[2]
    if key:
        said = {key: lead.attributes.get(key)}
        return "".join(map(str, shown_facts(lead.workspace, Of.LEAD, said)))
    if field in ("stage", "timeline"):
        return str(getattr(lead, f"get_{field}_display")()) if getattr(lead, field) else ""
    value = getattr(lead, field)
    if field == "country":
        return country_name(value)
    if field.endswith("_at") and value:
        return f"{value.astimezone(lead.workspace.zone):%-d %b %Y, %H:%M}"
    return str(value or "")


def consequences(plan: Plan) -> Iterator[str]:
    """What else follows, in sentences."""
    survivor, absorbed = plan.survivor, plan.absorbed
    moved = [
        _count(absorbed.events.count() - _common_events(plan), "event"),
        _count(absorbed.touches.count(), "touch", "touches"),
        _count(absorbed.handoffs.count(), "hand-off"),
        _count(absorbed.opportunities.count(), "deal"),
    ]
    if any(moved):
        yield f"{', '.join(filter(None, moved))} and all stages go over to {survivor.display_name}."
    if common := _count(_common_events(plan), "event"):
        yield f"{common} that both have count once."
    yield from _offers(plan)
    names = [absorbed.email, absorbed.external_id]
    if known := " or ".join(filter(None, names)):
        yield f"Whatever arrives for {known} from now on belongs to {survivor.display_name}."


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}" if number else ""


def _common_events(plan: Plan) -> int:
    theirs = plan.absorbed.events.annotate(second=TruncSecond("occurred_at"))
    same = Event.objects.filter(
        lead=plan.survivor, kind=OuterRef("kind"), url=OuterRef("url")
    ).annotate(own_second=TruncSecond("occurred_at"))
    return theirs.filter(Exists(same.filter(own_second=OuterRef("second")))).count()


def _offers(plan: Plan) -> Iterator[str]:
    offers = Handoff.objects.open().filter(lead__in=[plan.survivor, plan.absorbed])
    found = {offer.lead_id: offer for offer in offers.select_related("rep")}
    kept = found.get(plan.standing.pk) or found.get(plan.other.pk)
    for offer in found.values():
        if plan.standing.stage != Stage.MQL or offer != kept:
            yield f"The offer to {offer.rep} is withdrawn."
        else:
            yield f"The offer to {offer.rep} stays open."


def fingerprint(plan: Plan) -> str:
    """Of what the person has seen: a merge that would do something else is shown again."""
    seen = repr((lines(plan), list(consequences(plan))))
    return hashlib.sha256(seen.encode()).hexdigest()[:32]
