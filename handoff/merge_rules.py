"""What survives when two leads are one person: decided here, shown before and done after.

- Facts: the survivor's; where it has none, the other's.
- First touch: the earlier of both; last touch: the later.
- Stage, its date and the owner: of the lead that stands further along in STANDING; of two that
  stand alike, the survivor's.
- Cycles count on: the nth time this person became MQL, in either record.
- Imported, so that scores never move it: only if both were. Unsubscribed: if either was.
"""

from dataclasses import dataclass
from typing import Any, Final

from leadqual.attribution import FIRST, LAST
from leadqual.models import Lead
from leadqual.stages import Stage

STANDING: Final = (
    Stage.OPPORTUNITY,  # before won: an open deal must stay one that can be won or lost
    Stage.WON,
    Stage.SQL,
    Stage.SAL,
    Stage.MQL,
    Stage.NURTURE,
    Stage.NEW,
    Stage.LOST,  # interest that is alive counts more than one that has ended,
    Stage.DISQUALIFIED,  # and “duplicate” is itself a reason to disqualify
)
FACTS: Final = (
    "email",
    "email_normalised",
    "external_id",
    "first_name",
    "last_name",
    "phone",
    "job_title",
    "country",
    "timeline",
    "challenge",
    "company",
)


@dataclass(frozen=True)
class Plan:
    """`values` are the survivor's fields afterwards; `taken` names the facts from the other lead,
    as `leadqual.models.AttributeChange` names them; `standing` is the lead whose stage holds."""

    survivor: Lead
    absorbed: Lead
    standing: Lead
    values: dict[str, Any]
    taken: frozenset[str]

    @property
    def other(self) -> Lead:
        return self.absorbed if self.standing is self.survivor else self.survivor


def plan_of(survivor: Lead, absorbed: Lead) -> Plan:
    standing = min(survivor, absorbed, key=lambda lead: STANDING.index(Stage(lead.stage)))
    taken = {f for f in FACTS if not getattr(survivor, f) and getattr(absorbed, f)}
    values = {field: getattr(absorbed, field) for field in taken}
    own = {name: value for name, value in survivor.attributes.items() if value not in ("", None)}
    values["attributes"] = {**survivor.attributes, **absorbed.attributes, **own}
    added = values["attributes"].keys() - own.keys()
    values |= _touch(survivor, absorbed, FIRST) | _touch(survivor, absorbed, LAST)
    other = absorbed if standing is survivor else survivor
    values["owner"] = standing.owner or other.owner
    values["captured_at"] = min(survivor.captured_at, absorbed.captured_at)
    values["imported"] = survivor.imported and absorbed.imported
    left = [lead.unsubscribed_at for lead in (survivor, absorbed) if lead.unsubscribed_at]
    values["unsubscribed_at"] = min(left, default=None)
    names = {"company_id" if field == "company" else field for field in taken}
    names |= {f"attributes.{name}" for name in added}
    return Plan(survivor, absorbed, standing, values, frozenset(names))


def _touch(survivor: Lead, absorbed: Lead, fields: tuple[str, ...]) -> dict[str, Any]:
    """The fields of the earlier first touch, or the later last touch."""
    moment = fields[-1]
    touched = [lead for lead in (survivor, absorbed) if getattr(lead, moment)]
    if not touched:
        return {}
    choose = min if fields == FIRST else max
    chosen = choose(touched, key=lambda lead: getattr(lead, moment))
    return {field: getattr(chosen, field) for field in fields}
