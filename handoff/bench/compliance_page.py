"""The compliance page over all leads and two clocks a lead: how long one waits for each part.

The page and its panels are fetched from the product's WSGI application by one process, as by
`queue_page`, for the latest month. The floor is the same of a workspace without a lead. What is
“counted anew” is the reading for which nothing had been kept.
"""

import statistics
import time
from collections.abc import Iterator
from typing import Final

from django.core.cache import cache
from django.db.models import Max
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Role, User, Workspace
from handoff.bench.figures import Figure, percentile
from handoff.bench.fill import moment_of, superuser, vacuum
from handoff.bench.queue_page import PLAIN_FILES, Reader
from handoff.bench.world import u
from handoff.compliance.panels import PANELS
from handoff.workspaces import create_workspace
from leadqual.models import Lead
from sla.models import BusinessCalendar, Clock, Commitment

CLOCKS_A_LEAD: Final = 2
OPEN_ONE_IN: Final = 100
TIERS: Final = ("", "full-call", "email")


def figures(workspace: Workspace, *, seconds: float) -> Iterator[Figure]:
    """`workspace` is that of the bench; so many seconds each part is read over and over."""
    leads = Lead.objects.of(workspace).count()
    if Clock.objects.of(workspace).count() < CLOCKS_A_LEAD * leads:
        fill(workspace)
    empty = _empty()
    person = _reader(workspace, empty)
    latest = Clock.objects.of(workspace).exclude(stopped_at=None).aggregate(at=Max("started_at"))
    month = (latest["at"] or timezone.now()).strftime("%Y-%m")
    with override_settings(STORAGES=PLAIN_FILES):
        for part in ("page", *PANELS):
            took = _read(person, workspace, part, month, seconds)
            floor = _read(person, empty, part, month, seconds / 4)
            slow, bare = percentile(took, 95), percentile(floor, 95)
            name = "compliance page" if part == "page" else f"compliance, {part}"
            yield Figure(f"{name}, p95", slow * 1000, "ms", bare * 1000, leads)
            if part != "page":
                anew = statistics.median(_read(person, workspace, part, month, 0, anew=True))
                yield Figure(f"{name}, counted anew", anew * 1000, "ms", bare * 1000, leads)


def _read(
    person: User,
    workspace: Workspace,
    part: str,
    month: str,
    seconds: float,
    *,
    anew: bool = False,
) -> list[float]:
    """Seconds of each reading; `anew`: what was counted before is forgotten each time."""
    name = reverse("compliance", args=[workspace.slug])
    if part != "page":
        name = reverse("compliance_panel", args=[workspace.slug, part])
    reader = Reader(person, f"{name}?month={month}")
    reader.read()  # the connection is made, templates are compiled
    took: list[float] = []
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends or len(took) < (5 if anew else 20):
        if anew:
            cache.clear()
        began = time.perf_counter()
        reader.read()
        took.append(time.perf_counter() - began)
    return took


def _reader(*workspaces: Workspace) -> User:
    user, _ = User.objects.get_or_create(
        email="lead@compliance.bench.example", defaults={"name": "Lead"}
    )
    for workspace in workspaces:
        Membership.objects.get_or_create(
            workspace=workspace, user=user, defaults={"role": Role.LEADERSHIP}
        )
    return user


def _empty() -> Workspace:
    found = Workspace.objects.filter(slug="no-leads").first()
    boss = User.objects.get(email="boss@bench.example")
    return found or create_workspace(name="No leads", slug="no-leads", by=boss, at=timezone.now())


def fill(workspace: Workspace) -> None:
    """Clocks and touches of the leads there are, over their half year, in the order of time.

    Of every hundred clocks one runs on, fifteen were missed and three taken back. Nobody sweeps
    them: they say already what a sweep would have noted.
    """
    at = moment_of(workspace)
    for code in (Commitment.Code.DECIDE_OFFER, Commitment.Code.FIRST_TOUCH):
        for tier in TIERS:
            Commitment.objects.get_or_create(
                workspace=workspace,
                agreement=None,
                retired_at=None,
                code=code,
                tier_code=tier,
                defaults={
                    "minutes": 60,
                    "calendar": BusinessCalendar.objects.of(workspace).earliest("pk"),
                },
            )
    people = workspace.memberships.filter(role=Role.REP).order_by("user")
    values = {
        "workspace": workspace.pk,
        "at": at,
        "tiers": list(TIERS),
        "reps": list(people.values_list("user", flat=True)),
    }
    with superuser() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM sla_clock WHERE workspace_id = %(workspace)s", values)
        cursor.execute(_CLOCKS, values)
        cursor.execute(_TOUCHES, values)
    vacuum("sla_clock", "leadqual_touch")


_CLOCKS: Final = f"""
INSERT INTO sla_clock (workspace_id, lead_id, commitment_id, calendar_id, code, tier_code,
    subject_key, person_id, minutes, warn_percents, started_at, warn_ats, warned, told, due_at,
    next_check_at, breached_at, noticed_at, answered_at, cause, stopped_at, stopped_by,
    stop_recorded_at, business_seconds, error)
SELECT l.workspace_id, l.id, c.id, c.calendar_id, c.code, c.tier_code, 'bench:' || l.id,
    (%(reps)s::bigint[])[1 + l.id %% cardinality(%(reps)s::bigint[])], 60, '{{75}}', began.at,
    ARRAY[began.at + interval '45 minutes'], 0, 0, due.at, NULL,
    CASE WHEN drawn.missed THEN due.at END, CASE WHEN drawn.missed THEN due.at END,
    CASE WHEN drawn.missed THEN due.at END, CASE WHEN drawn.missed THEN 'person' ELSE '' END,
    CASE WHEN NOT drawn.open THEN ended.at END,
    CASE WHEN drawn.open THEN '' WHEN drawn.back THEN 'withdrawn' ELSE 'accepted' END,
    CASE WHEN NOT drawn.open THEN ended.at END,
    CASE WHEN NOT drawn.open THEN extract(epoch FROM ended.at - began.at)::int END, ''
FROM leadqual_lead l
CROSS JOIN LATERAL (SELECT (%(tiers)s::text[])[1 + l.id %% 3] AS tier) own
JOIN sla_commitment c ON c.workspace_id = l.workspace_id AND c.agreement_id IS NULL
    AND c.retired_at IS NULL AND c.code IN ('decide_offer', 'first_touch')
    AND c.tier_code = own.tier
CROSS JOIN LATERAL (SELECT {u("l.id * 7 + c.id", 91)} AS n, {u("l.id * 7 + c.id", 92)} AS m) dice
CROSS JOIN LATERAL (SELECT l.id %% {OPEN_ONE_IN} = 0 AS open, dice.n < 0.15 AND
    l.id %% {OPEN_ONE_IN} > 0 AS missed, dice.n > 0.97 AND l.id %% {OPEN_ONE_IN} > 0 AS back) drawn
CROSS JOIN LATERAL (SELECT CASE WHEN drawn.open THEN %(at)s::timestamptz
    ELSE l.captured_at END AS at) began
CROSS JOIN LATERAL (SELECT CASE WHEN drawn.open THEN %(at)s::timestamptz + interval '30 years'
    ELSE began.at + interval '60 minutes' END AS at) due
CROSS JOIN LATERAL (SELECT began.at + interval '1 minute' * CASE WHEN drawn.missed
    THEN 61 + 400 * dice.m ELSE 1 + 58 * dice.m END AS at) ended
WHERE l.workspace_id = %(workspace)s
ORDER BY l.captured_at, c.id
"""  # noqa: S608 - our own text
_TOUCHES: Final = f"""
INSERT INTO leadqual_touch (workspace_id, lead_id, kind, outcome, occurred_at, logged_at, note,
    by_id)
SELECT h.workspace_id, h.lead_id, 'call', 'reached', h.decided_at + interval '20 minutes',
    h.decided_at + interval '20 minutes', '', h.rep_id
FROM handoff_handoff h
WHERE h.workspace_id = %(workspace)s AND h.status = 'accepted' AND {u("h.id", 93)} < 0.85
"""  # noqa: S608 - our own text
