"""What a figure is about: a workspace, a period, perhaps one source or one rep.

`Scope` also writes the SQL that every figure shares. All of it is text of ours; what comes from
outside goes in as parameters.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from accounts.models import Workspace
from handoff.metrics.periods import Period

By = Literal["source", "rep", "week", "month"]
NONE = "(blank)"  # as a filter: leads without a source, or without a rep; no slug reads so
NONE_IN_WORDS = {"source": "Without a source", "rep": "Without a rep"}
SALES = "('sal', 'sql', 'opportunity', 'won', 'lost')"  # moves that carry a rep's name

# The reps of one MQL: those it was offered to in its cycle, and those who moved it on (imported
# history has no offers).
REPS_OF_MQL = f"""(
    SELECT h.rep_id FROM handoff_handoff h WHERE h.lead_id = m.lead_id AND h.cycle = m.cycle
    UNION
    SELECT s.rep_id FROM leadqual_stagemove s
    WHERE s.lead_id = m.lead_id AND s.cycle = m.cycle AND s.to_stage IN {SALES}
        AND s.rep_id IS NOT NULL AND s.counted
)"""  # noqa: S608


@dataclass(frozen=True)
class Scope:
    """`source` is a code and `rep` a user's id as text; NONE asks for those without."""

    workspace: Workspace
    period: Period = field(default_factory=Period)
    source: str = ""
    rep: str = ""

    def parameters(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace.pk,
            "starts_at": self.period.starts_at,
            "ends_at": self.period.ends_at,
            "zone": str(self.period.zone),
            "source": self.source,
            "rep": int(self.rep) if self.rep not in ("", NONE) else None,
        }

    def within(self, moment: str) -> str:
        """The condition that a moment lies in the period."""
        conditions = []
        if self.period.first:
            conditions.append(f"{moment} >= %(starts_at)s")
        if self.period.last:
            conditions.append(f"{moment} < %(ends_at)s")
        return " AND ".join(conditions) or "TRUE"

    def of_source(self, lead_id: str) -> str:
        """The locked first source, read from the lead: another file may tell it after the move."""
        if not self.source:
            return "TRUE"
        if self.source == NONE:
            return f"{lead_id} IN (SELECT id FROM leadqual_lead WHERE first_source_id IS NULL)"  # noqa: S608
        return f"""{lead_id} IN (
            SELECT l.id FROM leadqual_lead l JOIN leadqual_source s ON s.id = l.first_source_id
            WHERE s.workspace_id = %(workspace)s AND s.code = %(source)s)"""  # noqa: S608

    def of_rep(self, column: str) -> str:
        if not self.rep:
            return "TRUE"
        return f"{column} IS NULL" if self.rep == NONE else f"{column} = %(rep)s"

    def mql_of_rep(self) -> str:
        """The condition on a move `m` into MQL; moves have no rep yet when a lead becomes MQL."""
        if not self.rep:
            return "TRUE"
        if self.rep == NONE:
            return f"NOT EXISTS {REPS_OF_MQL}"
        return f"%(rep)s IN {REPS_OF_MQL}"


def bucket(by: By | None, *, moment: str, rep: str) -> str:
    """The SQL that says which line of a breakdown a row belongs to; blank for none."""
    if by is None:
        return "''"
    if by == "source":
        return "coalesce(l.first_source_id::text, '')"
    if by == "rep":
        return f"coalesce({rep}::text, '')"
    return f"to_char(date_trunc('{by}', {moment} AT TIME ZONE %(zone)s), 'YYYY-MM-DD')"


def joined(by: By | None, lead_id: str) -> str:
    """What a breakdown joins, one row to one row: by source, the lead."""
    return f"JOIN leadqual_lead l ON l.id = {lead_id}" if by == "source" else ""
