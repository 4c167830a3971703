"""Which lead is meant: by e-mail address or external id; one that was merged names its survivor."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from django.db.models import Q

from accounts.models import Workspace
from leadqual.models import Lead, normalise_email

Key = tuple[str, str]
"""A column (email_normalised, external_id) and what it says."""

_KEPT = "SELECT * FROM leadqual_lead WHERE id = ANY (%s::bigint[]) ORDER BY id FOR KEY SHARE"
MERGED_OR_NOT = Q(merged_into=None) | Q(merged_into__isnull=False)


class UnknownLead(LookupError):
    """No lead of the workspace has this e-mail address or external id."""


class TwoLeads(ValueError):
    """The e-mail address names one lead and the external id another."""

    def __init__(self, name: "Name") -> None:
        super().__init__(
            f"{name.email} and {name.external_id} belong to two different leads. Merge them first."
        )


@dataclass(frozen=True)
class Name:
    """What a lead is called by: an e-mail address in any spelling, an external id, or both."""

    email: str = ""
    external_id: str = ""

    def said(self) -> list[Key]:
        columns = (
            ("email_normalised", normalise_email(self.email)),
            ("external_id", self.external_id),
        )
        return [key for key in columns if key[1]]


class Hold(Enum):
    """What nobody else does with the leads until the transaction ends.

    KEPT: merge or erase them. It does not wait for those who score them, nor they for it. OWNED:
    write them at all.
    """

    KEPT = "kept"
    OWNED = "owned"


class LeadBook:
    """The leads that a batch names, in a constant few queries, held to the transaction's end.

    New leads and new names are entered while the batch is read, so that a later item finds what
    an earlier one said. Locks are taken in the order of ids.
    """

    def __init__(
        self, workspace: Workspace, names: Iterable[Name], *, hold: Hold = Hold.OWNED
    ) -> None:
        self._hold = hold
        wanted = {key for name in names for key in name.said()}
        while not self._load(workspace, wanted):
            pass  # one of them was merged while we waited for its lock: look again

    def find(self, name: Name) -> Lead | None:
        """Raises TwoLeads where the two names name different leads."""
        known = [self._own.get(key) or self._merged.get(key) for key in name.said()]
        found = {id(lead): lead for lead in known if lead}
        if len(found) > 1:
            raise TwoLeads(name)
        return next(iter(found.values()), None)

    def without_merged(self, lead: Lead, name: Name) -> Name:
        """What the lead may newly be called: not by the names of those merged into it.

        Else a visit under the old address would rename the survivor.
        """
        others = {
            key[0]
            for key in name.said()
            if self._merged.get(key) is lead and (id(lead), key[0]) in self._names
        }
        return Name(
            "" if "email_normalised" in others else name.email,
            "" if "external_id" in others else name.external_id,
        )

    def enter(self, lead: Lead, name: Name) -> None:
        """The lead is called so from now on; the address or id that it replaces is free again."""
        for key in name.said():
            before = self._names.get((id(lead), key[0]))
            if before:
                del self._own[before]
            self._own[key] = lead
            self._names[id(lead), key[0]] = key

    def _load(self, workspace: Workspace, wanted: set[Key]) -> bool:
        """Whether everything is still as it was when it was looked up."""
        rows = _named(workspace, wanted)
        into = {pk: merged for _, pk, merged in rows}
        while missing := {pk for pk in into.values() if pk is not None} - into.keys():
            into |= dict(Lead.objects.filter(pk__in=missing).values_list("pk", "merged_into_id"))
        leads = self._fetch({_root(pk, into) for pk in into})
        for lead in leads.values():
            lead.workspace = workspace
        self._own: dict[Key, Lead] = {}
        self._names: dict[tuple[int, str], Key] = {}
        for lead in leads.values():
            self.enter(lead, Name(lead.email, lead.external_id))
        self._merged: dict[Key, Lead] = {
            key: leads[_root(pk, into)]
            for key, pk, merged in rows
            if merged is not None and _root(pk, into) in leads
        }
        return not any(lead.merged_into_id for lead in leads.values())

    def _fetch(self, pks: set[int]) -> dict[int, Lead]:
        if not pks:
            return {}
        named = Lead.objects.filter(pk__in=pks).order_by("pk")
        leads: Iterable[Lead] = named
        if self._hold is Hold.KEPT:
            leads = Lead.objects.raw(_KEPT, [list(pks)])
        else:
            list(named.select_for_update().values_list("pk"))
            # Read once held: a join of who had to wait would miss a company given meanwhile.
            leads = named.select_related("company")
        return {lead.pk: lead for lead in leads if lead.erased_at is None}


def _named(workspace: Workspace, wanted: set[Key]) -> list[tuple[Key, int, int | None]]:
    """Who bears the names: the name, the lead, and what it was merged into; oldest first."""
    rows = []
    for column in ("email_normalised", "external_id"):
        values = {value for name, value in wanted if name == column}
        if values:
            bearers = Lead.objects.of(workspace).filter(erased_at=None, **{f"{column}__in": values})
            # What is always true lets PostgreSQL use the partial indexes: one knows the merged
            # leads, the unique one the others. Without it every event reads the whole table.
            bearers = bearers.exclude(**{column: ""}).filter(MERGED_OR_NOT).order_by("pk")
            found = bearers.values_list(column, "pk", "merged_into_id")
            rows += [((column, value), pk, merged) for value, pk, merged in found]
    return rows


def _root(pk: int, into: dict[int, int | None]) -> int:
    while (survivor := into.get(pk)) is not None:
        pk = survivor
    return pk
