"""What one lead does may count for the others of its company: they follow through the queue.

Only after the change has been committed, and from the queue alone: whoever works off the row of
a change sees everyone who is in the company by then, and of two changes at the same moment the
one that is committed last finds the other. Nobody has to lock a company.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

COUNTS_PEOPLE = """EXISTS (
    SELECT FROM scoring_intentrule r JOIN scoring_modelversion v ON v.id = r.version_id
    WHERE r.shape = 'people' AND v.status IN ('published', 'shadow') AND v.workspace_id = {}
)"""


class Claim(NamedTuple):
    """A row of the queue, see `scoring.models.ScoreDirty`; no workspace where the lead is gone."""

    lead_id: int
    spread: bool
    left_company_id: int | None
    workspace_id: int | None


def queue_colleagues(workspace_id: int, claims: Sequence[Claim]) -> None:
    """Queue the other leads of the companies concerned, where a rule counts people.

    The leads of these claims have been scored in this transaction, and are left out.
    """
    spreading = [claim for claim in claims if claim.spread]
    if not spreading or not _counts_people(workspace_id):
        return
    text = """
        INSERT INTO scoring_scoredirty (lead_id, spread)
        SELECT l.id, false FROM leadqual_lead l
        WHERE l.workspace_id = %(workspace)s
          AND l.merged_into_id IS NULL AND l.erased_at IS NULL
          AND NOT l.id = ANY (%(scored)s::bigint[])
          AND l.company_id IN (
            SELECT company_id FROM leadqual_lead WHERE id = ANY (%(changed)s::bigint[])
            UNION SELECT unnest(%(left)s::bigint[])
          )
        ORDER BY l.id"""
    with connection.cursor() as cursor:
        cursor.execute(
            text,
            {
                "workspace": workspace_id,
                "scored": [claim.lead_id for claim in claims],
                "changed": [claim.lead_id for claim in spreading],
                "left": [c.left_company_id for c in spreading if c.left_company_id],
            },
        )


def _counts_people(workspace_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COUNTS_PEOPLE.format('%s')}", [workspace_id])
        return bool(cursor.fetchone()[0])


def waiting(lead_ids: Sequence[int]) -> set[int]:
    """Of these leads, those in the queue, and those beside whom somebody is or was who is."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.id FROM leadqual_lead l WHERE l.id = ANY (%(ids)s::bigint[]) AND (
                EXISTS (SELECT FROM scoring_scoredirty d WHERE d.lead_id = l.id)
                OR l.company_id IN (
                    SELECT o.company_id FROM scoring_scoredirty d
                    JOIN leadqual_lead o ON o.id = d.lead_id WHERE d.spread
                    UNION ALL SELECT d.left_company_id FROM scoring_scoredirty d
                )
            )""",
            {"ids": list(lead_ids)},
        )
        return {row[0] for row in cursor.fetchall()}
