"""The company that a lead is said to work for: found, completed, or made when it is new."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Lower

from accounts.models import Workspace
from leadqual.models import Company

Key = tuple[str, str]
FACTS: Final = ("name", "domain", "external_id", "industry", "country", "region", "employees")


@dataclass(frozen=True)
class CompanyFacts:
    """What somebody says of a company. Blank means “not said”: it never wipes what is known."""

    name: str = ""
    domain: str = ""
    external_id: str = ""
    industry: str = ""
    country: str = ""
    region: str = ""
    employees: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """The columns of which something is said, as they are stored."""
        tidy = {name: getattr(self, name) for name in FACTS} | {
            "name": self.name.strip(),
            "domain": self.domain.strip().lower().removeprefix("www."),
            "country": self.country.strip().upper(),
        }
        return {name: value for name, value in tidy.items() if value not in ("", None)}


def learn(record: Any, said: Mapping[str, Any]) -> set[str]:
    """Take over what was said and is new; returns the names of the fields that changed."""
    changed = {name for name, value in said.items() if getattr(record, name) != value}
    for name in changed:
        setattr(record, name, said[name])
    return changed


def learn_attributes(record: Any, said: Mapping[str, Any]) -> set[str]:
    """The same for attributes of the workspace's own, one by one; blank or null is not said."""
    own = {name: value for name, value in said.items() if value not in ("", None)}
    return learn(record, {"attributes": {**record.attributes, **own}})


class CompanyBook:
    """The companies that a batch names, in a constant few queries.

    Found by external id, else domain, else name; never against an identifier that a company has
    already: of two companies of one name, a domain tells which.
    """

    def __init__(self, workspace: Workspace, batch: Iterable[CompanyFacts]) -> None:
        self._workspace = workspace
        self._companies: dict[Key, Company] = {}
        self._changed: dict[int, tuple[Company, set[str]]] = {}
        said = [facts.said() for facts in batch]
        for name in ("external_id", "domain"):
            self._load(name, {one[name] for one in said if name in one})
        names = {one["name"].lower() for one in said if "name" in one}
        self._load("name", names)
        unknown = {
            one["name"].lower()
            for one in said
            if "name" in one and not {"domain", "external_id"} & one.keys()
        } - {name for column, name in self._companies if column == "name"}
        if unknown:
            self._hold(unknown)
            self._load("name", unknown)

    def learn(self, facts: CompanyFacts) -> tuple[Company | None, bool]:
        """The company meant, having learned what is said, and whether that was anything new.

        None where no company is named.
        """
        said = facts.said()
        if not {"name", "domain", "external_id"} & said.keys():
            return None, False
        company = self._find(said)
        is_new = company is None
        if company is None:
            name = said.get("name") or said.get("domain") or said["external_id"]
            company = Company(workspace=self._workspace, name=name)
        for name in ("external_id", "domain"):  # what another company is known by stays its own
            if self._companies.get((name, said.get(name, "")), company) is not company:
                del said[name]
        changed = learn(company, said) | learn_attributes(company, facts.attributes)
        if changed or is_new:
            self._changed.setdefault(id(company), (company, set()))[1].update(changed)
            self._enter(company)
        return company, is_new or bool(changed)

    def save(self) -> None:
        """Write what is new and what changed.

        Raises IntegrityError where somebody makes the same company at the same moment.
        """
        known = {c.pk: (c, names) for c, names in self._changed.values() if c.pk is not None}
        Company.objects.bulk_create(c for c, _ in self._changed.values() if c.pk is None)
        held = Company.objects.filter(pk__in=known).select_for_update().order_by("pk")
        fresh = list(held) if known else []
        for now in fresh:  # what others wrote since we looked stays
            company, names = known[now.pk]
            attributes = {**now.attributes, **company.attributes}
            learn(now, {name: getattr(company, name) for name in names - {"attributes"}})
            learn(now, {"attributes": attributes})
        save_all(Company.objects.all(), fresh, [names for _, names in known.values()])

    def _find(self, said: Mapping[str, Any]) -> Company | None:
        for name in ("external_id", "domain", "name"):
            value = said.get(name, "")
            found = self._companies.get((name, value.lower() if name == "name" else value))
            if found and not _contradicts(found, said, after=name):
                return found
        return None

    def _load(self, column: str, values: set[str]) -> None:
        if not values:
            return
        rows: QuerySet[Company] = Company.objects.of(self._workspace).order_by("-pk")
        if column == "name":
            wanted = [Lower(Value(value)) for value in sorted(values)]
            rows = rows.alias(lower_name=Lower("name")).filter(lower_name__in=wanted)
        else:
            rows = rows.filter(**{f"{column}__in": values}).exclude(**{column: ""})
        for company in rows:  # of several of one name the oldest counts
            known = self._companies.get(("pk", str(company.pk)), company)
            self._companies["pk", str(company.pk)] = known
            self._enter(known)

    def _enter(self, company: Company) -> None:
        for key in (
            ("external_id", company.external_id),
            ("domain", company.domain),
            ("name", company.name.lower()),
        ):
            if key[1]:
                self._companies[key] = company

    def _hold(self, names: set[str]) -> None:
        """Nothing in the table forbids two companies of one name: their makers take turns."""
        keys = [f"company {self._workspace.pk} {name}" for name in sorted(names)]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(key, 0))"
                " FROM unnest(%s::text[]) AS key",
                [keys],
            )


def _contradicts(company: Company, said: Mapping[str, Any], *, after: str) -> bool:
    """Whether the company, found by `after`, has another one of the stronger identifiers."""
    stronger = {"external_id": (), "domain": ("external_id",), "name": ("external_id", "domain")}
    return any(
        said.get(name) and getattr(company, name) not in ("", said[name])
        for name in stronger[after]
    )


def save_all(rows: QuerySet[Any], records: Sequence[Any], changed: Sequence[set[str]]) -> None:
    """Write the named fields of many different records in one statement.

    Said as an upsert on the primary key: bulk_update's CASE is far slower.
    """
    if records:
        rows.bulk_create(
            records,
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=sorted(set().union(*changed)),
        )


@transaction.atomic
def company_of(workspace: Workspace, facts: CompanyFacts) -> Company | None:
    """The company of those facts, saved; None where none is named."""
    book = CompanyBook(workspace, [facts])
    company, _ = book.learn(facts)
    book.save()
    return company
