"""Leads as rows of a file, for CSV and XLSX."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import QuerySet
from import_export import fields, resources

from accounts.models import Workspace
from leadqual.custom_fields import Of, custom_fields, written
from leadqual.models import CustomField, Lead
from scoring.overrides import Overridden
from scoring.standing import Standing, standings

CHUNK = 500
XLSX_ROWS = 20_000
"""XLSX is made in memory, so it ends here; CSV is streamed and has no end."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class LeadResource(resources.ModelResource):  # type: ignore[misc]
    """One row a lead; scores come in `export_rows`, set-based."""

    company = fields.Field("company__name", "company")
    domain = fields.Field("company__domain", "domain")
    industry = fields.Field("company__industry", "industry")
    company_country = fields.Field("company__country", "company_country")
    employees = fields.Field("company__employees", "employees")
    owner = fields.Field("owner__email", "owner")
    first_source = fields.Field("first_source__code", "first_source")
    first_campaign = fields.Field("first_campaign__code", "first_campaign")
    last_source = fields.Field("last_source__code", "last_source")

    class Meta:
        model = Lead
        fields = (
            *("id", "external_id", "email", "first_name", "last_name", "phone", "job_title"),
            *("country", "company", "domain", "industry", "company_country", "employees"),
            *("timeline", "challenge", "stage", "stage_since", "cycle", "owner"),
            *("first_source", "first_campaign", "last_source", "captured_at"),
        )
        export_order = fields


SCORE_COLUMNS = ("fit", "intent", "total", "grade", "model_version")
OVERRIDE_COLUMNS = (
    *("override_fit", "override_intent", "override_grade", "override_until"),
    *("override_by", "override_reason"),
)


def header(workspace: Workspace) -> list[str]:
    """The names of the columns; the typed facts of the workspace's own come last, by label."""
    own = [
        f"{'Company: ' if field.of == Of.COMPANY else ''}{field.label}"
        for field in custom_fields(workspace)
    ]
    known = LeadResource().get_export_headers()
    return [*known, *SCORE_COLUMNS, *OVERRIDE_COLUMNS, *map(harmless, own)]


def export_rows(
    leads: QuerySet[Lead], *, workspace: Workspace, now: datetime
) -> Iterator[list[Any]]:
    """The rows, newest lead first, fetched in chunks; texts that a spreadsheet would compute are
    quoted. Moments are ISO 8601 in UTC. The override is the one that is valid `now`;
    what the person left as computed is empty."""
    own = custom_fields(workspace)
    leads = leads.select_related(
        "company", "owner", "first_source", "first_campaign", "last_source"
    ).order_by("-captured_at", "-pk")
    chunk: list[Lead] = []
    for lead in leads.iterator(chunk_size=CHUNK):
        chunk.append(lead)
        if len(chunk) == CHUNK:
            yield from _rows(chunk, own, now)
            chunk = []
    yield from _rows(chunk, own, now)


def _rows(leads: list[Lead], own: list[CustomField], now: datetime) -> Iterator[list[Any]]:
    resource, known = LeadResource(), standings(leads, now=now)
    for lead in leads:
        said = resource.export_resource(lead)
        cells = (*said, *_score(known.get(lead.pk)), *(_own(lead, field) for field in own))
        yield [harmless(value) for value in cells]


def _own(lead: Lead, field: CustomField) -> Any:
    """A number as one, anything else as an import would take it back."""
    holder = lead if field.of == Of.LEAD else lead.company
    value = holder.attributes.get(field.key) if holder else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else written(field, value)


def _score(standing: Standing | None) -> tuple[Any, ...]:
    if standing is None:
        return ("",) * (len(SCORE_COLUMNS) + len(OVERRIDE_COLUMNS))
    total = round(standing.total, 2)
    computed = (standing.fit, standing.intent, total, standing.grade, standing.version)
    return *computed, *_override(standing.override)


def _override(override: Overridden | None) -> tuple[Any, ...]:
    if override is None:
        return ("",) * len(OVERRIDE_COLUMNS)
    until = override.expires_at.astimezone(UTC).isoformat()
    fit = override.fit if override.says_fit else ""
    intent = override.intent if override.says_intent else ""
    return fit, intent, override.grade, until, override.by, override.reason


def harmless(value: Any) -> Any:
    """A text that begins like a formula gets an apostrophe, so that no spreadsheet runs it."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


class Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(leads: QuerySet[Lead], *, workspace: Workspace, now: datetime) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow(header(workspace))  # or Excel does not take it for UTF-8
    for row in export_rows(leads, workspace=workspace, now=now):
        yield writer.writerow(row)
