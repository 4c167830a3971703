"""Files for the tests of imports, and a short way to bring them in."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from accounts.models import User, Workspace
from handoff.imports.files import open_table
from handoff.imports.importer import Importer, Outcome, count_rows
from handoff.imports.maps import read_map

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

FULL_MAP = """
[lead]
external_id = "id"
email = "mail"
first_name = "name"
source = "origin"
campaign = "campaign"
owner = "rep"
[moments]
new = "created"
mql = "mql"
sal = "sal"
won = "won"
lost = "lost"
[reasons]
lost = "why"
[opportunity]
amount = "amount"
[company]
name = "company"
domain = "site"
external_id = "account"
industry = "industry"
[attributes]
plan = "plan"
"""
COLUMNS = (
    "id", "mail", "name", "origin", "campaign", "rep", "created", "mql", "sal", "won", "lost",
    "why", "amount", "company", "site", "account", "industry", "plan",
)  # fmt: skip


def write_csv(path: Path, *lines: Sequence[str], encoding: str = "utf-8") -> Path:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_rows(path: Path, *rows: dict[str, str]) -> Path:
    """A CSV with all of COLUMNS; what a row does not say is blank."""
    return write_csv(path, COLUMNS, *([row.get(name, "") for name in COLUMNS] for row in rows))


def write_xlsx(path: Path, *lines: Sequence[Any]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in lines:
        sheet.append(list(line))
    book.save(path)
    return path


def bring_in(
    workspace: Workspace,
    path: Path,
    *,
    whole: str = FULL_MAP,
    by: User | None = None,
    now: datetime = NOW,
    dry_run: bool = False,
) -> Outcome:
    import_map, table = read_map(whole), open_table(path)
    count_rows(table, import_map)
    importer = Importer(workspace, table, import_map, now=now)
    for _ in importer.preview() if dry_run else importer.run(by=by):
        pass
    return importer.outcome


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, refused."""
    return outcome.created, outcome.updated, outcome.unchanged, outcome.refused
