"""What a column of a file can become: the fields of a lead, its company, history and deal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

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


def _lead(field: str, label: str, *hints: str, kind: Kind = "text") -> Target:
    return Target(f"lead.{field}", label, kind, _length(Lead, field), (field, *hints))


def _company(field: str, label: str, *hints: str, kind: Kind = "text") -> Target:
    return Target(f"company.{field}", label, kind, _length(Company, field), hints)


_MOMENT_HINTS: dict[Stage, tuple[str, ...]] = {
    Stage.NEW: ("created", "created_at", "created_date", "create_date", "captured_at"),
    Stage.MQL: ("mql", "mql_date", "mql_at", "first_contact_date", "became_mql"),
    Stage.SAL: ("sal", "sal_date", "accepted_at", "accepted_date"),
    Stage.SQL: ("sql", "sql_date", "sql_at", "qualified_date"),
    Stage.OPPORTUNITY: ("opportunity_date", "opportunity_at", "opportunity_created"),
    Stage.WON: ("won_date", "won_at", "close_won_date", "closed_won_date"),
    Stage.LOST: ("lost_date", "lost_at", "closed_lost_date"),
    Stage.NURTURE: ("nurture_date", "recycled_date"),
    Stage.DISQUALIFIED: ("disqualified_date", "disqualified_at"),
}
REASONED = (Stage.NURTURE, Stage.DISQUALIFIED, Stage.LOST)

_ALL = (
    _lead("external_id", "External id", "id", "lead_id", "contact_id", "record_id", "mql_id"),
    _lead("email", "E-mail", "e_mail", "email_address", "mail", kind="email"),
    _lead("first_name", "First name", "firstname", "given_name"),
    _lead("last_name", "Last name", "lastname", "surname", "family_name"),
    _lead("phone", "Phone", "phone_number", "mobile", "telephone"),
    _lead("job_title", "Job title", "title", "position", "role"),
    _lead("country", "Country of the lead", "country_code", kind="country"),
    _lead("timeline", "Purchase timeline", "purchase_timeline", kind="timeline"),
    _lead("challenge", "Main challenge", "main_challenge"),
    Target(
        "lead.source", "Source", max_length=80, hints=("source", "origin", "channel", "lead_source")
    ),
    Target("lead.campaign", "Campaign", max_length=120, hints=("campaign", "utm_campaign")),
    Target(
        "lead.owner",
        "Owner (e-mail of the rep)",
        "email",
        254,
        ("owner", "owner_email", "rep", "rep_email", "sales_rep"),
    ),
    *(
        Target(f"moments.{stage}", f"Moment: {stage.label}", "moment", hints=_MOMENT_HINTS[stage])
        for stage in Stage
    ),
    *(
        Target(
            f"reasons.{stage}", f"Reason: {stage.label}", max_length=60, hints=(f"{stage}_reason",)
        )
        for stage in REASONED
    ),
    Target("opportunity.amount", "Deal amount", "amount", hints=("amount", "deal_amount", "value")),
    _company("external_id", "Company: external id", "company_id", "account_id"),
    _company("name", "Company: name", "company", "company_name", "account", "organisation"),
    _company("domain", "Company: domain", "domain", "website", "company_domain"),
    _company("industry", "Company: industry", "industry", "sector", "business_segment"),
    _company("country", "Company: country", "company_country", kind="country"),
    _company("region", "Company: region", "region", "state"),
    _company("employees", "Company: employees", "employees", "company_size", kind="count"),
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
    key, label = _plain(field.key), _plain(field.label)
    if field.of == Of.LEAD:
        return Target(field.name, field.label, "any", hints=(key, label), own=field)
    hints = (f"company_{key}", f"company_{label}", key, label)
    return Target(field.name, f"Company: {field.label}", "any", hints=hints, own=field)


def typed_targets(own: Sequence[CustomField]) -> list[Target]:
    """Those that are the typed facts of the workspace, in their order."""
    return [_typed(field) for field in own]


def guess(column: str, own: Sequence[CustomField] = ()) -> str:
    """The target that a header of that name usually means; blank where it could be anything.

    What the workspace calls its own facts comes first.
    """
    plain = _plain(column)
    return next((t.name for t in (*typed_targets(own), *_ALL) if plain in t.hints), "")


def _plain(column: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in column.lower()).split())
