"""What a column of a file can become: the fields of a lead, its company, history and deal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from leadqual.built_in_facts import HEADERS, plain
from leadqual.custom_fields import Of
from leadqual.models import Company, CustomField, Lead
from leadqual.stages import Stage

Kind = Literal[
    "text", "email", "country", "timeline", "number", "boolean", "any", "moment", "amount", "count"
]


@dataclass(frozen=True)
class Target:
    """`name` is section.field as in a map file; `hints` are headers that usually mean it.

    `own` is the typed fact of the workspace's own that the column fills, if it is one.
    """

    name: str
    label: str
    kind: Kind = "text"
    max_length: int = 200
    hints: tuple[str, ...] = ()
    own: CustomField | None = None


def _length(model: type[Lead] | type[Company], field: str) -> int:
    return int(getattr(model._meta.get_field(field), "max_length", None) or 200)


def _lead(field: str, label: str, kind: Kind = "text") -> Target:
    return _built_in(f"lead.{field}", label, kind, _length(Lead, field))


def _company(field: str, label: str, kind: Kind = "text") -> Target:
    return _built_in(f"company.{field}", f"Company: {label}", kind, _length(Company, field))


def _built_in(name: str, label: str, kind: Kind = "text", max_length: int = 200) -> Target:
    return Target(name, label, kind, max_length, HEADERS[name])


REASONED = (Stage.NURTURE, Stage.DISQUALIFIED, Stage.LOST)

_ALL = (
    _lead("external_id", "External id"),
    _lead("email", "E-mail", "email"),
    _lead("first_name", "First name"),
    _lead("last_name", "Last name"),
    _lead("phone", "Phone"),
    _lead("job_title", "Job title"),
    _lead("country", "Country of the lead", "country"),
    _lead("timeline", "Purchase timeline", "timeline"),
    _lead("challenge", "Main challenge"),
    _built_in("lead.source", "Source", max_length=80),
    _built_in("lead.campaign", "Campaign", max_length=120),
    _built_in("lead.owner", "Owner (e-mail of the rep)", "email", 254),
    *(_built_in(f"moments.{stage}", f"Moment: {stage.label}", "moment") for stage in Stage),
    *(_built_in(f"reasons.{stage}", f"Reason: {stage.label}", max_length=60) for stage in REASONED),
    _built_in("opportunity.amount", "Deal amount", "amount"),
    _company("external_id", "external id"),
    _company("name", "name"),
    _company("domain", "domain"),
    _company("industry", "industry"),
    _company("country", "country", "country"),
    _company("region", "region"),
    _company("employees", "employees", "count"),
)
TARGETS: dict[str, Target] = {target.name: target for target in _ALL}
ATTRIBUTES = ("attributes.", "company.attributes.")  # and behind it, a name of one's own
ATTRIBUTE_LENGTH = 2_000


def target_of(name: str, own: Sequence[CustomField] = ()) -> Target | None:
    """The target of that name; any name below attributes. or company.attributes. is one.

    `own` are the typed facts of the workspace.
    """
    for field in own:
        if field.name == name:
            return _typed(field)
    for prefix in ATTRIBUTES:
        key = name.removeprefix(prefix)
        if name.startswith(prefix) and key and len(key) <= 80:
            return Target(name, key, "any", ATTRIBUTE_LENGTH)
    return TARGETS.get(name)


def _typed(field: CustomField) -> Target:
    key, label = plain(field.key), plain(field.label)
    if field.of == Of.LEAD:
        return Target(field.name, field.label, "any", hints=(key, label), own=field)
    hints = (f"company_{key}", f"company_{label}", key, label)
    return Target(field.name, f"Company: {field.label}", "any", hints=hints, own=field)


def typed_targets(own: Sequence[CustomField]) -> list[Target]:
    """Those that are the typed facts of the workspace, in their order."""
    return [_typed(field) for field in own]


def guess(column: str, own: Sequence[CustomField] = ()) -> str:
    """The target that a header of that name usually means; blank where it could be anything.

    A built-in fact comes before what the workspace calls a fact of its own.
    """
    header = plain(column)
    return next((t.name for t in (*_ALL, *typed_targets(own)) if header in t.hints), "")
