"""Running previews in tests: hand-offs told by a list, the report when it is done."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from accounts.models import Workspace
from scoring.models import ModelVersion, Preview
from scoring.previews import runs
from scoring.previews.question import HandoffMoment
from scoring.publishing import open_draft

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)  # a Wednesday
SINCE, UNTIL = datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
"""The thirteen full weeks before it."""


def known(moments: Sequence[HandoffMoment]) -> runs.Handoffs:
    def of(lead_ids: Sequence[int]) -> Iterable[HandoffMoment]:
        return [moment for moment in moments if moment.lead_id in set(lead_ids)]

    return of


def run(
    version: ModelVersion, handoffs: Sequence[HandoffMoment] = (), *, chunk: int = 1000
) -> dict[str, Any]:
    preview = runs.request(version, by=None, now=NOW)
    while runs.advance(preview, handoffs=known(handoffs), now=NOW, chunk=chunk):
        pass
    return report_of(preview)


def report_of(preview: Preview) -> dict[str, Any]:
    preview.refresh_from_db()
    assert (preview.status, preview.error) == ("done", "")
    assert preview.report is not None
    found: dict[str, Any] = preview.report
    return found


def looser(workspace: Workspace, *, total: int = 30) -> ModelVersion:
    """A draft like the version in force, with MQL from fewer points."""
    draft = open_draft(workspace=workspace, by=None, now=NOW)
    draft.qualificationrules.update(total_at_least=total)
    return draft
