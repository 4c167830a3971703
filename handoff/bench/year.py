"""A workspace with a year of history: what dashboards are measured on. No events: none is counted.

A million leads come in over a year; nine of ten become MQL, are offered, and accepted, rejected or
recycled; of those put back into nurture, some come back in a second cycle.
"""

# ruff: noqa: S608 - texts of our own, put together

import time
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from accounts.models import Membership, Role, User, Workspace
from handoff.bench.fill import superuser, vacuum
from handoff.bench.world import one_of, u
from handoff.models import RejectionReason
from handoff.rosters import welcome_reps
from handoff.workspaces import create_workspace
from leadqual.models import Campaign, CampaignCost, Lead, Source, StageMove

SLUG: Final = "year"
REPS: Final = 40
CAMPAIGNS: Final = 30
MOVES_A_LEAD: Final = 4
_SOURCES: Final = ("google-ads", "linkedin", "webinar", "referral", "organic", "partner", "fair")
_INDUSTRIES: Final = "Software,Manufacturing,Retail,Logistics,Health,Finance,Education,Energy"
_REGIONS: Final = "North,South,East,West,Alps,Coast,Islands,Capital"

_COMPANIES: Final = f"""
INSERT INTO leadqual_company (workspace_id, name, domain, external_id, industry, country, region,
    employees, attributes, created_at)
SELECT %(workspace)s, 'Company ' || n, 'year-' || n || '.example', '',
    {one_of(_INDUSTRIES, "n", 11)}, {one_of("DE,FR,US,GB,PL", "n", 12)},
    {one_of(_REGIONS, "n", 13)}, (4 ^ (6 * {u("n", 14)}))::int, '{{}}', %(at)s
FROM generate_series(1, %(leads)s / 10) n
"""
_LEADS: Final = f"""
INSERT INTO leadqual_lead (workspace_id, company_id, email, email_normalised, external_id,
    first_name, last_name, phone, job_title, country, timeline, challenge, attributes, stage,
    stage_since, cycle, first_source_id, first_campaign_id, first_touch, last_touch, captured_at,
    imported)
SELECT %(workspace)s, %(company)s + n / 10 %% (%(leads)s / 10), '', '', 'year-' || n, '', '', '',
    '', 'DE', '', '', '{{}}', 'new', captured.at, 0,
    (%(sources)s::bigint[])[1 + floor({u("n", 21)} * cardinality(%(sources)s::bigint[]))::int],
    (%(campaigns)s::bigint[])[1 + floor({u("n", 22)} * cardinality(%(campaigns)s::bigint[]))::int],
    '{{}}', '{{}}', captured.at, false
FROM generate_series(1, %(leads)s) n
CROSS JOIN LATERAL (SELECT %(at)s::timestamptz
    - (1 - n / %(leads)s::float8) * interval '365 days' AS at) captured
"""
_FATES: Final = (
    (0.10, ""),
    (0.22, "mql"),
    (0.57, "mql,nurture"),
    (0.69, "mql,sal,nurture"),
    (0.77, "mql,sal,sql,nurture"),
    (0.88, "mql,sal,sql,opportunity,lost"),
    (1.00, "mql,sal,sql,opportunity,won"),
)


def _path(drawn: str) -> str:
    cases = " ".join(f"WHEN drawn.{drawn} < {to} THEN '{path}'" for to, path in _FATES)
    return f"string_to_array(nullif(CASE {cases} END, ''), ',')"


# Each step takes up to four days; a second cycle begins a month after the first ended.
_MOVES: Final = f"""
INSERT INTO leadqual_stagemove (workspace_id, lead_id, cycle, from_stage, to_stage, at,
    recorded_at, rule, reason, note, grade, counted, imported, source_id, model_version, rep_id)
SELECT l.workspace_id, l.id, step.cycle, step.former, step.stage, moved.at, moved.at,
    'mql_definition', '', '', chr(65 + (l.id %% 4)::int), true, false, l.first_source_id,
    1 + step.cycle, CASE WHEN step.stage NOT IN ('new', 'mql', 'nurture') THEN
        (%(reps)s::bigint[])[1 + (l.id + step.cycle) %% cardinality(%(reps)s::bigint[])] END
FROM leadqual_lead l
CROSS JOIN LATERAL (SELECT {u("l.id", 31)} AS u31, {u("l.id", 32)} AS u32) drawn
CROSS JOIN LATERAL (SELECT {_path("u31")} AS first, {_path("u32")} AS second) paths
CROSS JOIN LATERAL (
    SELECT 0 AS cycle, '' AS former, 'new' AS stage, 0 AS days
    UNION ALL
    SELECT 1, coalesce(lag(stage) OVER (ORDER BY n), 'new'), stage, 4 * n::int
    FROM unnest(paths.first) WITH ORDINALITY AS s (stage, n)
    UNION ALL
    SELECT 2, coalesce(lag(stage) OVER (ORDER BY n), 'nurture'), stage, 40 + 4 * n::int
    FROM unnest(paths.second) WITH ORDINALITY AS s (stage, n)
    WHERE paths.first[cardinality(paths.first)] = 'nurture'
) step
CROSS JOIN LATERAL (SELECT l.captured_at
    + step.days * (0.5 + {u("l.id", 33)} / 2) * interval '1 day' AS at) moved
WHERE l.workspace_id = %(workspace)s AND moved.at <= %(at)s
ORDER BY moved.at
"""
_STAND: Final = """
UPDATE leadqual_lead l SET stage = m.to_stage, stage_since = m.at, cycle = m.cycle,
    owner_id = m.rep_id
FROM (SELECT DISTINCT ON (lead_id) lead_id, to_stage, at, rep_id, cycle FROM leadqual_stagemove
    WHERE workspace_id = %(workspace)s ORDER BY lead_id, at DESC, id DESC) m
WHERE m.lead_id = l.id AND m.cycle > 0
"""
# Of the MQLs answered: those that went straight back were rejected, the others accepted.
_OFFERS: Final = """
INSERT INTO handoff_handoff (workspace_id, lead_id, rep_id, cycle, status, offered_at, viewed_at,
    decided_at, decided_by_id, reason_id, note, source_id, fit, intent, grade, model_version,
    why_now, packet, trace, answers)
SELECT m.workspace_id, m.lead_id, coalesce(m.rep_id,
        (%(reps)s::bigint[])[1 + m.lead_id %% cardinality(%(reps)s::bigint[])]), m.cycle,
    CASE WHEN m.to_stage = 'sal' THEN 'accepted' ELSE 'rejected' END,
    m.at - (m.lead_id %% 500) * interval '1 minute', m.at - interval '1 minute', m.at,
    (%(reps)s::bigint[])[1], CASE WHEN m.to_stage <> 'sal' THEN
        (%(reasons)s::bigint[])[1 + m.lead_id %% cardinality(%(reasons)s::bigint[])] END,
    '', m.source_id, 50, 50, m.grade, m.model_version, 'Made up for measurements', %(packet)s,
    '{}', '{}'
FROM leadqual_stagemove m
WHERE m.workspace_id = %(workspace)s AND m.from_stage = 'mql'
ORDER BY m.at
"""
_TOUCHES: Final = """
INSERT INTO leadqual_touch (workspace_id, lead_id, kind, outcome, occurred_at, logged_at, by_id,
    note)
SELECT h.workspace_id, h.lead_id, 'call', 'reached', h.decided_at
    + (h.id %% 3000) * interval '1 minute', h.decided_at, h.rep_id, ''
FROM handoff_handoff h
WHERE h.workspace_id = %(workspace)s AND h.status = 'accepted' AND h.id %% 10 > 0
"""
_DEALS: Final = """
INSERT INTO handoff_opportunity (workspace_id, lead_id, cycle, amount, currency, opened_at, won,
    closed_at, lost_reason)
SELECT o.workspace_id, o.lead_id, o.cycle, 1000 + o.lead_id %% 50000, 'EUR', o.at,
    c.to_stage = 'won', c.at, CASE WHEN c.to_stage = 'lost' THEN 'price' ELSE '' END
FROM leadqual_stagemove o
LEFT JOIN leadqual_stagemove c ON c.lead_id = o.lead_id AND c.cycle = o.cycle
    AND c.to_stage IN ('won', 'lost')
WHERE o.workspace_id = %(workspace)s AND o.to_stage = 'opportunity'
"""
_PACKET: Final = (
    '{"explanation": {"rules": [{"name": "Visited pricing page", "hit": true, "points": 20},'
    ' {"name": "Job title fits", "hit": true, "points": 15}, {"name": "Student", "hit": false,'
    ' "points": -20}]}}'
)


def year(*, leads: int, at: datetime) -> Workspace:
    """The workspace, filled where it is not; its days are marked, and left for whoever counts."""
    workspace = Workspace.objects.filter(slug=SLUG).first() or _made(at)
    if Lead.objects.of(workspace).count() < leads:
        _fill(workspace, leads=leads, at=at)
    return workspace


def _made(at: datetime) -> Workspace:
    boss = User.objects.get(email="boss@bench.example")
    workspace = create_workspace(name="A year", slug=SLUG, by=boss, at=at)
    for n in range(REPS):
        rep, _ = User.objects.get_or_create(
            email=f"year-{n}@bench.example", defaults={"name": f"Year {n}"}
        )
        Membership.objects.create(workspace=workspace, user=rep, role=Role.REP)
    welcome_reps(workspace)
    Source.objects.bulk_create(
        Source(workspace=workspace, code=code, name=code)
        for code in _SOURCES
        if not Source.objects.of(workspace).filter(code=code).exists()
    )
    Campaign.objects.bulk_create(
        Campaign(workspace=workspace, code=f"c{n}", name=f"Campaign {n}") for n in range(CAMPAIGNS)
    )
    today = at.astimezone(workspace.zone).date()
    CampaignCost.objects.bulk_create(
        CampaignCost(
            workspace=workspace,
            campaign=campaign,
            first=today - timedelta(days=364),
            last=today,
            amount=10_000,
        )
        for campaign in Campaign.objects.of(workspace)
    )
    return workspace


def _fill(workspace: Workspace, *, leads: int, at: datetime) -> None:
    reasons = RejectionReason.objects.of(workspace)
    values = {
        "workspace": workspace.pk,
        "leads": leads,
        "at": at,
        "packet": _PACKET,
        "reps": list(workspace.memberships.filter(role=Role.REP).values_list("user", flat=True)),
        "sources": list(Source.objects.of(workspace).values_list("pk", flat=True)),
        "campaigns": list(Campaign.objects.of(workspace).values_list("pk", flat=True)),
        "reasons": list(reasons.values_list("pk", flat=True)),
    }
    with superuser() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_COMPANIES, values)
        cursor.execute(
            "SELECT min(id) FROM leadqual_company WHERE workspace_id = %(workspace)s", values
        )
        values["company"] = (cursor.fetchone() or [0])[0]
        for text in (_LEADS, _MOVES, _STAND, _OFFERS, _TOUCHES, _DEALS):
            cursor.execute(text, values)
        cursor.execute("SELECT handoff_every_count(%(workspace)s)", values)
    vacuum()


def moves(workspace: Workspace) -> int:
    return StageMove.objects.of(workspace).count()


def scan_seconds() -> float:
    """The floor: one sequential scan of all recorded moves, by as many processes as PostgreSQL
    chooses."""
    with connection.cursor() as cursor:
        for name in ("indexscan", "indexonlyscan", "bitmapscan"):
            cursor.execute(f"SET enable_{name} = off")
        took = []
        for _ in range(3):
            began = time.perf_counter()
            cursor.execute("SELECT count(*), max(at), sum(cycle) FROM leadqual_stagemove")
            cursor.fetchall()
            took.append(time.perf_counter() - began)
        for name in ("indexscan", "indexonlyscan", "bitmapscan"):
            cursor.execute(f"SET enable_{name} = on")
    return sorted(took)[1]
