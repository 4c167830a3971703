"""The facts that rules may name: in a user's words, in SQL, and read from a lead in Python.

A fact that is blank is not known. Custom facts are named attributes.<name> (the lead's) and
company.attributes.<name>; a number may come as a number or as digits in a text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from leadqual.models import Company, Lead, Source, Timeline
from scoring.engine.sql import Bind


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    COUNTRY = "country"
    CHOICE = "choice"
    BOOL = "bool"
    DATE = "date"
    CUSTOM = "custom"  # a text or a number, as the condition asks


class UnknownField(ValueError):
    """No fact has this name; the message says so in a user's words."""


@dataclass(frozen=True)
class Field:
    """`expression` is text-valued SQL over l (lead) and c (company); {key} is bound.

    `get` reads the same fact from a lead in memory (its company is fetched if need be).
    What a version's title table derives has neither: see `scoring.engine.titles`.
    """

    name: str
    label: str
    kind: Kind
    expression: str
    get: Callable[[Lead], Any]
    choices: tuple[tuple[str, str], ...] = ()
    key: str = ""
    number: str = ""  # the same as a number, where the column is one

    def raw_sql(self, bind: Bind) -> str:
        """The fact as text as it was written, null where it is not known."""
        filled = self.expression.replace("{key}", bind(self.key)) if self.key else self.expression
        return f"nullif(btrim({filled}), '')"

    def text_sql(self, bind: Bind) -> str:
        """The fact as conditions compare it: without case (as the database folds it)."""
        return f"lower({self.raw_sql(bind)})"

    def number_sql(self, bind: Bind) -> str:
        """The fact as a number, null where it is none."""
        if self.number:
            return self.number
        raw = self.raw_sql(bind)
        return (
            f"CASE WHEN {raw} ~ '^[-+]?[0-9]{{1,15}}([.][0-9]{{1,10}})?$' THEN ({raw})::numeric END"
        )

    def value_of(self, lead: Lead) -> str | None:
        """The fact of this lead as text, None where it is not known."""
        value = self.get(lead)
        if isinstance(value, bool):
            return "true" if value else "false"
        text = "" if value is None else str(value).strip(" ")
        return text or None


def _company(get: Callable[[Company], Any]) -> Callable[[Lead], Any]:
    return lambda lead: get(lead.company) if lead.company else None


def _domain(lead: Lead) -> str:
    return lead.email.strip().lower().rpartition("@")[2] if "@" in lead.email else ""


_FIELDS = (
    Field(
        "name",
        "name",
        Kind.TEXT,
        "(l.first_name || ' ' || l.last_name)",
        lambda lead: f"{lead.first_name} {lead.last_name}",
    ),
    Field("first_name", "first name", Kind.TEXT, "l.first_name", lambda lead: lead.first_name),
    Field("last_name", "last name", Kind.TEXT, "l.last_name", lambda lead: lead.last_name),
    Field("email", "e-mail address", Kind.TEXT, "l.email", lambda lead: lead.email),
    Field(
        "email_domain",
        "e-mail domain",
        Kind.TEXT,
        "CASE WHEN strpos(l.email, '@') > 0 THEN split_part(btrim(l.email), '@', -1) END",
        _domain,
    ),
    Field("phone", "phone number", Kind.TEXT, "l.phone", lambda lead: lead.phone),
    Field("job_title", "job title", Kind.TEXT, "l.job_title", lambda lead: lead.job_title),
    Field("seniority", "seniority", Kind.TEXT, "NULL::text", lambda lead: None),
    Field("job_function", "job function", Kind.TEXT, "NULL::text", lambda lead: None),
    Field("country", "country", Kind.COUNTRY, "l.country", lambda lead: lead.country),
    Field(
        "timeline",
        "purchase timeline",
        Kind.CHOICE,
        "l.timeline",
        lambda lead: lead.timeline,
        choices=tuple((value, str(label)) for value, label in Timeline.choices if value),
    ),
    Field("challenge", "main challenge", Kind.TEXT, "l.challenge", lambda lead: lead.challenge),
    Field(
        "first_source",
        "first source (code)",
        Kind.TEXT,
        "(SELECT s.code FROM leadqual_source s WHERE s.id = l.first_source_id)",
        lambda lead: lead.first_source.code if lead.first_source else None,
    ),
    Field(
        "direction",
        "direction of the first source",
        Kind.CHOICE,
        "(SELECT s.direction FROM leadqual_source s WHERE s.id = l.first_source_id)",
        lambda lead: lead.first_source.direction if lead.first_source else None,
        choices=tuple((value, str(label)) for value, label in Source.Direction.choices),
    ),
    Field(
        "unsubscribed",
        "unsubscribed",
        Kind.BOOL,
        "(l.unsubscribed_at IS NOT NULL)::text",
        lambda lead: lead.unsubscribed_at is not None,
    ),
    Field("company.name", "company", Kind.TEXT, "c.name", _company(lambda c: c.name)),
    Field(
        "company.domain", "company’s domain", Kind.TEXT, "c.domain", _company(lambda c: c.domain)
    ),
    Field(
        "company.industry",
        "company’s industry",
        Kind.TEXT,
        "c.industry",
        _company(lambda c: c.industry),
    ),
    Field(
        "company.country",
        "company’s country",
        Kind.COUNTRY,
        "c.country",
        _company(lambda c: c.country),
    ),
    Field(
        "company.region", "company’s region", Kind.TEXT, "c.region", _company(lambda c: c.region)
    ),
    Field(
        "company.employees",
        "company size (employees)",
        Kind.NUMBER,
        "c.employees::text",
        _company(lambda c: c.employees),
        number="c.employees::numeric",
    ),
)
FIELDS: dict[str, Field] = {field.name: field for field in _FIELDS}
"""The facts that every lead has, in the order in which people look for them."""

DERIVED = frozenset({"seniority", "job_function"})
"""Facts that the title table of a version reads from the job title; not stored, so that no lead
"knows" them by itself: hand-off cannot ask for them."""

ICP = "icp"
"""Not a fact: an attribute rule names it to ask whether the whole profile matches."""


def field_named(name: str) -> Field:
    """The fact of that name, custom ones included. Raises UnknownField."""
    if name in FIELDS:
        return FIELDS[name]
    for prefix, owner, table in (
        ("company.attributes.", "company’s ", "c"),
        ("attributes.", "", "l"),
    ):
        key = name.removeprefix(prefix)
        if name.startswith(prefix) and key.strip():
            return _custom(name, owner, table, key)
    raise UnknownField(
        f"“{name}” is not a fact about a lead or its company. "
        "Custom facts are written attributes.<name> or company.attributes.<name>."
    )


def _custom(name: str, owner: str, table: str, key: str) -> Field:
    def get(lead: Lead) -> Any:
        holder = lead if table == "l" else lead.company
        return _as_text(holder.attributes.get(key)) if holder else None

    return Field(
        name,
        f"{owner}{key.replace('_', ' ')}",
        Kind.CUSTOM,
        f"({table}.attributes ->> {{key}}::text)",
        get,
        key=key,
    )


def _as_text(value: Any) -> Any:
    """A JSON value as PostgreSQL's ->> writes it; lists and objects only for “is known”."""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return value


def label_of(name: str, own: Mapping[str, str] | None = None) -> str:
    """The fact in a user's words; the name itself where no such fact exists (any more).

    `own` are the labels of the workspace's typed facts, from `leadqual.custom_fields.labels`.
    """
    if own and name in own:
        return own[name]
    if name == ICP:
        return "ideal customer profile"
    try:
        return field_named(name).label
    except UnknownField:
        return name
