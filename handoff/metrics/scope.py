"""What a figure is about: a workspace, a period, and what it is narrowed to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from accounts.models import Workspace
from handoff.metrics.dimensions import NONE, OF_COMPANIES, OF_LEADS, leads_of
from handoff.metrics.periods import Period


@dataclass(frozen=True)
class Scope:
    """`filters` are values by the code of their dimension, as stored (ids as text); NONE asks for
    facts of which it is not known."""

    workspace: Workspace
    period: Period = field(default_factory=Period)
    filters: Mapping[str, str] = field(default_factory=dict)

    def of(self, dimension: str, value: str) -> Self:
        """Narrowed to one line of a dimension; a blank value is that of the unknown."""
        return replace(self, filters={**self.filters, dimension: value or NONE})

    def during(self, period: Period) -> Self:
        return replace(self, period=period)

    def is_summed(self, by: str) -> bool:
        """Whether the daily summary has it: one dimension at most, in the workspace's own days."""
        of_one = len({*self.filters, by} - {""}) <= 1
        return of_one and str(self.period.zone) == self.workspace.timezone

    def asked(self) -> list[str]:
        """The dimensions that facts must have for `narrowed`; what leads tell is in `within`."""
        return sorted(self.filters.keys() - OF_LEADS)

    def parameters(self) -> dict[str, Any]:
        """For all SQL about it."""
        values = {
            f"filter_{code}": "" if value == NONE else value for code, value in self.filters.items()
        }
        return {
            "workspace": self.workspace.pk,
            "starts_at": self.period.starts_at,
            "ends_at": self.period.ends_at,
            "first": self.period.first,
            "last": self.period.last,
            "zone": str(self.period.zone),
            **values,
        }

    def within(self) -> str:
        """The condition that a moment lies in the period, and that the lead is one of those asked
        about; `{moment}` and `{lead}` stand for them."""
        conditions = []
        if self.period.first:
            conditions.append("{moment} >= %(starts_at)s")
        if self.period.last:
            conditions.append("{moment} < %(ends_at)s")
        if leads := self._leads():
            conditions.append(f"{{lead}} IN ({leads})")
        return " AND ".join(conditions) or "TRUE"

    def _leads(self) -> str:
        """Found first, so that the facts of others need not be looked at; blank: everybody."""
        values = self.parameters()
        asked = {code: values[f"filter_{code}"] for code in sorted(self.filters.keys() & OF_LEADS)}
        if not asked:
            return ""
        # Who has no company has no size, industry or region, but may have a country.
        inner = any(asked.get(code) for code in OF_COMPANIES - {"country"})
        company = "JOIN leadqual_company c ON c.id = l.company_id"
        joined = f"{'' if inner else 'LEFT '}{company}" if OF_COMPANIES & asked.keys() else ""
        conditions = " AND ".join(leads_of(code, value) for code, value in asked.items())
        return (
            f"SELECT l.id FROM leadqual_lead l {joined}"  # noqa: S608 - text of ours
            f" WHERE l.workspace_id = %(workspace)s AND {conditions}"
        )

    def narrowed(self) -> str:
        """The condition on the `d_…` columns of facts `f`."""
        return " AND ".join(f"f.d_{code} = %(filter_{code})s" for code in self.asked()) or "TRUE"
