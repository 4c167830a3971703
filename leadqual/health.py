"""GET /healthz: whether all parts live, the clocks are watched, and scores are right.

For monitors in JSON, for people who open it in a browser as a page.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error as DatabaseFailure
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import KombuError

from accounts.access import public_view
from leadqual.celery import app
from leadqual.models import Heartbeat

INTERVAL = timedelta(seconds=15)
"""How often worker, beat and scorer sign."""

PATIENCE = timedelta(seconds=60)
"""After how long a silence they count as dead: three signs may be late, four may not."""

SCORE_CHECK = "score check"
"""The sign that says what a check of the scores has found; the scoring package writes it."""

SCORE_CHECK_PATIENCE = timedelta(hours=36)
"""A sample of the scores is checked every night; one night may be missed by some hours."""

CLOCK_SWEEP = "sla.sweep"
"""The sign of the sweep that notices warnings and breaches; the package of clocks writes it."""

SWEEP_PATIENCE = timedelta(minutes=2)
"""It comes by every fifteen seconds: worker and beat may live and it does not, all the same."""

FIGURES = "figures"
"""The sign up to whose moment all figures are counted; the package that counts them writes it."""

FIGURES_PATIENCE = timedelta(minutes=1)
"""Nothing that dashboards show is older; it is counted every five seconds."""

_WRONG = "are not what the rules say: run “manage.py rescore”, then “manage.py rescore --check”."
_BROKER_PATIENCE = 3  # seconds; a monitor does not wait for ever


@dataclass(frozen=True)
class Sign:
    """Whether a part lives, and the moment it last showed it; None if that is not known.

    `says`: more about it, for people; in no more detail than a stranger may read. `counts`: the
    same with numbers, for whoever is signed in.
    """

    alive: bool
    at: datetime | None
    says: str = ""
    counts: str = ""

    def as_json(self, *, now: datetime) -> dict[str, object]:
        age = None if self.at is None else max(0.0, round((now - self.at).total_seconds(), 1))
        shown: dict[str, object] = {"alive": self.alive, "age_seconds": age}
        return {**shown, "says": self.says} if self.says else shown


@public_view
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 if all live and no score was found wrong, else 503; the body says which, in any case."""
    now = timezone.now()
    signs = read(now=now)
    status = 200 if all(sign.alive for sign in signs.values()) else 503
    if "text/html" in request.headers.get("Accept", ""):
        # Who is signed in, the database knows: without it nobody is.
        knows = signs["database"].alive and request.user.is_authenticated
        context = {"signs": signs, "is_well": status == 200, "may_see_counts": knows}
        return render(request, "leadqual/health.html", context, status=status)
    body = {name: sign.as_json(now=now) for name, sign in signs.items()}
    return JsonResponse(body, status=status)


def sign(name: str, *, at: datetime) -> None:
    """Write down that `name` lives; its first sign ever stays in the detail."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=at, detail={"since": at.isoformat()})],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )


def sign_off(name: str) -> None:
    """It has ended in good order: nobody is to miss it."""
    Heartbeat.objects.filter(name=name).delete()


def read(*, now: datetime) -> dict[str, Sign]:
    """Ask database and broker now; look up when the others last signed."""
    try:
        signed = Heartbeat.objects.in_bulk()
        database, scores = Sign(alive=True, at=now), _scores(signed.get(SCORE_CHECK), now=now)
        scorer, sweep = _scorer(signed.get("scorer"), now=now), _sweep(signed, now=now)
        figures = _figures(signed, now=now)
    except DatabaseFailure:
        connection.close()
        signed = {}
        database = scores = scorer = sweep = figures = Sign(alive=False, at=None)
    return {
        "database": database,
        "broker": Sign(alive=True, at=now) if _broker_answers() else Sign(alive=False, at=None),
        "worker": _signed(signed.get("worker"), now=now),
        "beat": _signed(signed.get("beat"), now=now),
        "clock sweep": sweep,
        FIGURES: figures,
        "scorer": scorer,
        SCORE_CHECK: scores,
    }


def _signed(sign: Heartbeat | None, *, now: datetime) -> Sign:
    at = sign.at if sign else None
    return Sign(alive=at is not None and now - at <= PATIENCE, at=at)


def _scorer(sign: Heartbeat | None, *, now: datetime) -> Sign:
    """Where none was ever run, or it was ended in good order, the worker scores alone."""
    if sign is None:
        return Sign(alive=True, at=None, says="None runs: the worker scores what has changed.")
    return _signed(sign, now=now)


def _sweep(signed: Mapping[str, Heartbeat], *, now: datetime) -> Sign:
    """A new installation is well until worker and beat have lived for long enough to sweep."""
    if sign := signed.get(CLOCK_SWEEP):
        if now - sign.at <= SWEEP_PATIENCE:
            return Sign(alive=True, at=sign.at)
        late = "Nobody has looked at the clocks since: warnings and breaches are noticed late."
        return Sign(alive=False, at=sign.at, says=late)
    if _have_lived(signed, SWEEP_PATIENCE, now=now):
        return Sign(alive=False, at=None, says="Nobody has looked at the clocks yet.")
    return Sign(alive=True, at=None, says="The first sweep of the clocks comes by itself.")


def _figures(signed: Mapping[str, Heartbeat], *, now: datetime) -> Sign:
    if sign := signed.get(FIGURES):
        late = "Some figures of the dashboards lack what has happened since."
        alive = now - sign.at <= FIGURES_PATIENCE
        return Sign(alive=alive, at=sign.at, says="" if alive else late)
    if _have_lived(signed, FIGURES_PATIENCE, now=now):
        return Sign(alive=False, at=None, says="Nobody has counted the dashboards' figures yet.")
    return Sign(alive=True, at=None, says="The first count of the figures comes by itself.")


def _have_lived(signed: Mapping[str, Heartbeat], patience: timedelta, *, now: datetime) -> bool:
    """Whether worker and beat have both been there for longer than that."""
    first = [signed[name].detail.get("since") for name in ("worker", "beat") if name in signed]
    lived = [now - datetime.fromisoformat(at) for at in first if at]
    return len(lived) == 2 and min(lived) > patience


def _scores(check: Heartbeat | None, *, now: datetime) -> Sign:
    """A new installation is well: its first check comes by itself."""
    if check is None:
        return Sign(alive=True, at=None, says="No score was checked yet; some are every night.")
    leads, wrong = check.detail.get("leads", 0), check.detail.get("differences", 0)
    left_out = len(check.detail.get("left_out", ()))
    if wrong:
        return Sign(
            alive=False,
            at=check.at,
            says=f"Some of the checked scores {_WRONG}",
            counts=f"{wrong:,} of {leads:,} checked scores {_WRONG}",
        )
    if now - check.at > SCORE_CHECK_PATIENCE:
        says = "No score was checked for more than 36 hours; some should be every night."
        return Sign(alive=False, at=check.at, says=says)
    some = " Workspaces that were being scored again were left out." if left_out else ""
    return Sign(
        alive=True,
        at=check.at,
        says=f"None of the checked scores was wrong.{some}",
        counts=f"{leads:,} scores were checked, none was wrong.{_left_out(left_out)}",
    )


def _left_out(workspaces: int) -> str:
    if workspaces == 1:
        return " 1 workspace was left out: its leads were being scored again."
    if workspaces:
        return f" {workspaces:,} workspaces were left out: their leads were being scored again."
    return ""


def _broker_answers() -> bool:
    try:
        with app.connection_for_write(connect_timeout=_BROKER_PATIENCE) as broker:
            broker.ensure_connection(max_retries=0, timeout=_BROKER_PATIENCE)
            folder = (broker.transport_options or {}).get("data_folder_out")
            return folder is None or os.access(folder, os.W_OK | os.X_OK)
    except (OSError, KombuError):
        return False
