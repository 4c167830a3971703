"""The company that a lead is said to work for: found, completed, or made when it is new."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
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
    after = {**record.attributes, **own}
    if repr(after) == repr(record.attributes):  # == takes 1 for true
        return set()
    record.attributes = after
    return {"attributes"}


class CompanyBook:
    """The companies that a batch names, in a constant few queries.

    Found by external id, else domain, else name; never against an identifier that a company has
    already: of two companies of one name, a domain tells which, else the older counts.
    """

    def __init__(self, workspace: Workspace, batch: Iterable[CompanyFacts]) -> None:
        self._workspace = workspace
        self._index: dict[Key, list[Company]] = defaultdict(list)
        self._changed: dict[int, tuple[Company, set[str]]] = {}
        self._new: dict[int, int] = {}  # which of the new ones was named first, by id()
        said = [facts.said() for facts in batch]
        for name in ("external_id", "domain"):
            self._load(name, {one[name] for one in said if name in one})
        self._load("name", {one["name"].lower() for one in said if "name" in one})
        by_name_alone = (
            one["name"].lower()
            for one in said
            if "name" in one and not {"domain", "external_id"} & one.keys()
        )
        if unknown := {name for name in by_name_alone if not self._index["name", name]}:
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
            self._new[id(company)] = len(self._new)
        for column in ("external_id", "domain"):  # what another is known by stays its own
            if any(c is not company for c in self._index[column, said.get(column, "")]):
                del said[column]
        self._forget(company)
        changed = learn(company, said) | learn_attributes(company, facts.attributes)
        self._enter(company)
        if changed or is_new:
            self._changed.setdefault(id(company), (company, set()))[1].update(changed)
        return company, is_new or bool(changed)

    def save(self) -> None:
        """Write what is new and what changed.

        Raises IntegrityError where somebody makes the same company at the same moment.
        """
        known = {c.pk: (c, names) for c, names in self._changed.values() if c.pk is not None}
        held = Company.objects.filter(pk__in=known).select_for_update().order_by("pk")
        fresh = list(held) if known else []
        for now in fresh:  # what others wrote since we looked stays
            company, names = known[now.pk]
            learn(now, {name: getattr(company, name) for name in names - {"attributes"}})
            learn_attributes(now, company.attributes)
        save_all(Company.objects.all(), fresh, [names for _, names in known.values()])
        Company.objects.bulk_create(c for c, _ in self._changed.values() if c.pk is None)

    def _find(self, said: Mapping[str, Any]) -> Company | None:
        for column in ("external_id", "domain", "name"):
            value = said.get(column, "")
            for company in self._index[column, value.lower() if column == "name" else value]:
                if not _contradicts(company, said, after=column):
                    return company
        return None

    def _load(self, column: str, values: set[str]) -> None:
        if not values:
            return
        rows: QuerySet[Company] = Company.objects.of(self._workspace)
        if column == "name":
            wanted = [Lower(Value(value)) for value in sorted(values)]
            rows = rows.alias(lower_name=Lower("name")).filter(lower_name__in=wanted)
        else:
            rows = rows.filter(**{f"{column}__in": values}).exclude(**{column: ""})
        known = {company.pk for companies in self._index.values() for company in companies}
        for company in rows.exclude(pk__in=known):
            self._enter(company)

    def _enter(self, company: Company) -> None:
        for key in _keys(company):
            self._index[key].append(company)
            self._index[key].sort(key=self._age)

    def _age(self, company: Company) -> tuple[float, int]:
        """The older first; of those that are not saved yet, the one that was named first."""
        return company.pk or inf, self._new.get(id(company), 0)

    def _forget(self, company: Company) -> None:
        for key in _keys(company):
            self._index[key] = [known for known in self._index[key] if known is not company]

    def _hold(self, names: set[str]) -> None:
        """Nothing in the table forbids two companies of one name: their makers take turns."""
        keys = [f"company {self._workspace.pk} {name}" for name in sorted(names)]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(key, 0))"
                " FROM unnest(%s::text[]) AS key",
                [keys],
            )


def _keys(company: Company) -> list[Key]:
    """What the company is found by."""
    columns = (
        ("external_id", company.external_id),
        ("domain", company.domain),
        ("name", company.name.lower()),
    )
    return [key for key in columns if key[1]]


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
