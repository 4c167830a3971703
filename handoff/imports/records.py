"""A line of a file into what it says of one lead, or why it cannot be taken."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from handoff.imports.cells import BadCell, value_of
from handoff.imports.files import Row
from handoff.imports.maps import ImportMap
from handoff.imports.targets import target_of
from leadqual.models import CustomField, normalise_email
from leadqual.stages import Stage

CompanyKey = tuple[str, str]


@dataclass(frozen=True)
class Record:
    """What one line says. Blank and missing mean “not said”: they never wipe what is known."""

    row: Row
    external_id: str = ""
    email: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)  # columns of Lead
    attributes: Mapping[str, Any] = field(default_factory=dict)
    company: Mapping[str, Any] = field(default_factory=dict)  # columns of Company, and attributes
    source: str = ""
    campaign: str = ""
    owner: str = ""  # an e-mail address, normalised
    moments: Mapping[Stage, datetime] = field(default_factory=dict)
    reasons: Mapping[Stage, str] = field(default_factory=dict)
    amount: Decimal | None = None

    @property
    def address(self) -> str:
        return normalise_email(self.email)

    @property
    def name(self) -> str:
        return self.external_id or self.email


@dataclass(frozen=True)
class Refusal:
    row: Row
    why: str


@dataclass(frozen=True)
class Flag:
    """A line that was taken, with something about it that a person should know."""

    row: Row
    what: str


class Reader:
    """Reads the lines of one file in their order; remembers what it has read to tell doubles."""

    def __init__(
        self,
        columns: Sequence[str],
        whole: ImportMap,
        *,
        now: datetime,
        own: Sequence[CustomField] = (),
    ) -> None:
        self._places = {name: place for place, name in enumerate(columns)}
        self._targets = {name: target_of(name, own) for name in whole.fields}
        self._width, self._map, self._now = len(columns), whole, now
        self._seen: dict[tuple[str, str], int] = {}
        self._said: dict[tuple[CompanyKey, str], Any] = {}

    def read(self, row: Row) -> Record | Refusal:
        problems: list[str] = []
        if any(cell not in (None, "") for cell in row.cells[self._width :]):
            problems.append(f"has {len(row.cells)} cells, but the header has {self._width}")
        values = self._values(row, problems)
        external_id, email = values.get("lead.external_id", ""), values.get("lead.email", "")
        if not problems and not external_id and not email:
            problems.append("has neither an external id nor an e-mail address")
        problems += self._doubles(row, external_id, email)
        if problems:
            return Refusal(row, "; ".join(problems))
        return self._record(row, values)

    def _values(self, row: Row, problems: list[str]) -> dict[str, Any]:
        values = {}
        for name, one in self._map.fields.items():
            place = self._places[one.column] if one.column else len(row.cells)
            cell = row.cells[place] if place < len(row.cells) else None
            target = self._targets[name]
            assert target is not None  # noqa: S101 - from_dict let no other name in
            try:
                value = value_of(cell, target=target, one=one, whole=self._map, now=self._now)
            except BadCell as why:
                problems.append(f"{one.column or target.label}: {why}")
                continue
            if value is not None:
                values[name] = value
        return values

    def _doubles(self, row: Row, external_id: str, email: str) -> list[str]:
        problems = []
        for kind, key in (("external id", external_id), ("e-mail", normalise_email(email))):
            first = self._seen.setdefault((kind, key), row.number) if key else row.number
            if first != row.number:
                problems.append(f"has the same {kind} as row {first}: {key}")
        return problems

    def _record(self, row: Row, values: Mapping[str, Any]) -> Record:
        lead, reasons = below("lead.", values), below("reasons.", values)
        own = {name: lead.pop(name, "") for name in ("external_id", "email", "source", "campaign")}
        return Record(
            row=row,
            owner=normalise_email(lead.pop("owner", "")),
            facts=lead,
            attributes=below("attributes.", values),
            company=self._company(values),
            moments={Stage(name): at for name, at in below("moments.", values).items()},
            reasons={Stage(name): reason for name, reason in reasons.items()},
            amount=values.get("opportunity.amount"),
            **own,
        )

    def _company(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the line says of the company. Of lines that differ about one, the first is taken:
        otherwise the same file, imported twice, would change it to and fro."""
        said = below("company.", values)
        if "domain" in said:
            said["domain"] = domain_of(said["domain"])
        key = company_key(said)
        if key is None:
            return {}
        return {name: self._said.setdefault((key, name), value) for name, value in said.items()}


def company_key(said: Mapping[str, Any]) -> CompanyKey | None:
    """What names the company: its external id, else its domain, else its name."""
    for kind in ("external_id", "domain", "name"):
        if said.get(kind):
            return kind, said[kind].lower() if kind == "name" else said[kind]
    return None


def domain_of(text: str) -> str:
    """acme.com out of https://www.acme.com/about."""
    return re.sub(r"^[a-z]+://", "", text.lower()).split("/")[0].removeprefix("www.")


def below(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """company.attributes.x stays attributes.x below company."""
    return {
        name.removeprefix(prefix): value
        for name, value in values.items()
        if name.startswith(prefix)
    }
