"""What people wait for on a screen: thresholds moved, the matrix of grades, the list by score."""

from collections.abc import Iterator

from django.db import connection, transaction

from accounts.models import User, Workspace
from handoff.bench.figures import Figure, median_seconds
from handoff.bench.fill import moment_of
from handoff.bench.model import move_thresholds
from handoff.lead_lists import LeadList
from leadqual.models import Lead
from scoring.engine.definitions import definitions_of
from scoring.grade_counts import cell_counts
from scoring.models import QualificationDue, Rescore
from scoring.publishing import open_draft, publish

_SCAN = "SELECT count(*), sum(intent) FROM scoring_score WHERE workspace_id = %s"
_WRITES = (
    "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
    " WHERE relname = 'scoring_score'"
)


def figures(workspace: Workspace) -> Iterator[Figure]:
    leads = Lead.objects.of(workspace).count()
    with connection.cursor() as cursor:
        floor = median_seconds(lambda: cursor.execute(_SCAN, [workspace.pk])) * 1000
    with transaction.atomic():
        moved = list(_moved(workspace, leads=leads, floor=floor))
        transaction.set_rollback(True)  # the next measurement finds the model as it was
    yield from moved
    yield _listed(workspace, leads=leads)


def _moved(workspace: Workspace, *, leads: int, floor: float) -> Iterator[Figure]:
    """Both thresholds five points higher: what is written, and how soon the grades are counted.

    The floor of what is written is the number of leads that stand elsewhere by it.
    """
    now = moment_of(workspace)
    before, rescores = _written(), Rescore.objects.count()
    draft = open_draft(workspace=workspace, by=None, now=now)
    move_thresholds(draft, by_points=5)
    version = publish(draft, by=User.objects.earliest("pk"), now=now)
    written = _written() - before + leads * (Rescore.objects.count() - rescores)
    moved = QualificationDue.objects.count()
    yield Figure("scores written by a new threshold", written, "rows", moved, leads)
    grades = definitions_of(version)
    milliseconds = median_seconds(lambda: cell_counts(workspace, grades)) * 1000
    yield Figure("matrix of grades", milliseconds, "ms", floor, leads)


def _written() -> int:
    """Rows of scores that this transaction has written so far."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITES)
        found: int = cursor.fetchone()[0]
    return found


def _listed(workspace: Workspace, *, leads: int) -> Figure:
    """The first page of the list by score; the floor is the list by capture."""

    def page(sort: str) -> float:
        now, listed = moment_of(workspace), Lead.objects.of(workspace).present()
        return 1000 * median_seconds(lambda: LeadList(listed, now=now, sort=sort).rows)

    return Figure("page of leads by score", page("score"), "ms", page("newest"), leads)
