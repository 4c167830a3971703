"""A preview in the background: asked for, carried on chunk by chunk, stopped.

The row is the truth. Whoever carries a preview on holds it locked for one chunk and commits what
the chunk adds together with where it ended; two workers take turns, a dead one loses its chunk.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, OperationalError, transaction
from django.forms.models import model_to_dict

from accounts.models import User
from leadqual.models import Lead, LeadQuerySet
from scoring.contents import PARTS, SETTINGS
from scoring.locks import share_model
from scoring.models import ModelVersion, Preview
from scoring.models.signals import DEFINITION
from scoring.models.versions import VersionPart
from scoring.previews.flips import Wording, described
from scoring.previews.question import HandoffMoment, Question, last_weeks
from scoring.previews.report import report
from scoring.previews.stories import Story, read_stories
from scoring.previews.tally import Tally
from scoring.signal_use import used_by
from scoring.versions import published_version

Handoffs = Callable[[Sequence[int]], Iterable[HandoffMoment]]
"""The hand-offs of these leads, those before the period included."""
CHUNK = 6000
"""Leads a transaction: some three seconds of work, in which publishing waits for it."""
Status = Preview.Status
CHANGED = "The draft was changed while the preview was running. Start it again."
BROKEN = "Something went wrong on our side. Start it again; nothing else is affected."

logger = logging.getLogger(__name__)


def request(
    version: ModelVersion,
    *,
    by: User | None,
    now: datetime,
    capacity: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    in_force: bool = False,
) -> Preview:
    """Have a version previewed against the one in force; of the last 13 full weeks by default.

    `capacity` is how many offers a week the reps can take. With `in_force` it may be that one
    itself, against itself: to weigh other thresholds of it. Raises ValidationError where the
    version is in force else, or gone meanwhile, or a preview of it is at work.
    """
    first, last = last_weeks(version.workspace.zone, now=now)
    until = until or last
    try:
        with transaction.atomic():
            version = _kept(version, in_force=in_force)
            return Preview.objects.create(
                workspace=version.workspace,
                version=version,
                against=published_version(version.workspace_id),
                fingerprint=fingerprint(version),
                requested_by=by,
                requested_at=now,
                since=since or first,
                until=until,
                capacity=capacity,
                leads_total=_leads(version.workspace_id, until).count(),
            )
    except IntegrityError as error:
        raise ValidationError("A preview of this version is at work already.") from error


def _kept(version: ModelVersion, *, in_force: bool) -> ModelVersion:
    """The version as it is now; nobody deletes it until the transaction ends."""
    found = ModelVersion.objects.raw(
        "SELECT * FROM scoring_modelversion WHERE id = %s FOR KEY SHARE", [version.pk]
    )
    for kept in found:
        if kept.status == ModelVersion.Status.PUBLISHED and not in_force:
            raise ValidationError("This version is in force: there is nothing to compare it with.")
        return kept
    raise ValidationError("This draft was discarded meanwhile.")


def fingerprint(version: ModelVersion) -> str:
    """Equal for two states of a version that say the same; of parts prefetched, as they were.

    What its signals notice is a part of it: those that only a draft uses may be edited.
    """
    rows = {part.__name__: _sorted(_part(version, part)) for part in PARTS}
    settings = {name: getattr(version, name) for name in SETTINGS}
    signals = list(used_by(version).values_list("code", *DEFINITION))
    said = [settings, {name: found for name, found in rows.items() if found}, signals]
    text = json.dumps(said, sort_keys=True, cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def _part(version: ModelVersion, part: type[VersionPart]) -> Iterable[VersionPart]:
    found: Iterable[VersionPart] = getattr(version, f"{part._meta.model_name}s").all()
    return found


def _sorted(rows: Iterable[VersionPart]) -> list[str]:
    said = (model_to_dict(row, exclude=["id", "version"]) for row in rows)
    return sorted(json.dumps(each, sort_keys=True, cls=DjangoJSONEncoder) for each in said)


def _leads(workspace_id: int, until: datetime) -> LeadQuerySet:
    return Lead.objects.filter(workspace=workspace_id, captured_at__lt=until).present()


def stop(preview: Preview, *, now: datetime) -> bool:
    """Stop it after the chunk at hand, which is waited for; False where it had ended already."""
    at_work = Preview.objects.at_work().filter(pk=preview.pk)
    return bool(at_work.update(status=Status.STOPPED, finished_at=now, partial={}))


def advance(
    preview: Preview, *, handoffs: Handoffs, now: datetime, chunk: int = CHUNK, lanes: int = 1
) -> bool:
    """Work off one chunk of leads; False where the preview has ended or is in other hands.

    `lanes` connections compute it at once; more than one only outside a transaction.
    What fails is written on the preview, in words; only a lost database is raised.
    """
    try:
        with transaction.atomic():
            return _advance(preview.pk, handoffs, now, chunk, lanes)
    except OperationalError:
        raise
    except Exception:
        logger.exception("Preview %s failed", preview.pk)
        at_work = Preview.objects.at_work().filter(pk=preview.pk)
        at_work.update(status=Status.FAILED, error=BROKEN, finished_at=now, partial={})
        return False


def _advance(pk: int, handoffs: Handoffs, now: datetime, chunk: int, lanes: int) -> bool:
    waiting = Preview.objects.at_work().filter(pk=pk)
    workspace_id = waiting.values_list("workspace_id", flat=True).first()
    if workspace_id is None:
        return False
    share_model(workspace_id)  # before any row, as who replaces a draft and its previews does
    preview = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if preview is None:
        return False
    question, tally = Question.of(preview), Tally(preview.partial)
    if fingerprint(preview.version) != preview.fingerprint:  # of the rows that were read just now
        _end(preview, Status.FAILED, now=now, error=CHANGED)
        return False
    ahead = _leads(preview.workspace_id, preview.until).filter(pk__gt=preview.after_lead_id)
    leads = list(ahead.order_by("pk").values_list("pk", "captured_at")[:chunk])
    if not leads:
        preview.report = report(question, tally)
        _end(preview, Status.DONE, now=now)
        return False
    stories = read_stories(question, leads, handoffs([pk for pk, _ in leads]), lanes=lanes)
    _add(preview, question, tally, stories)
    preview.status, preview.partial = Status.RUNNING, tally.written()
    preview.after_lead_id, preview.leads_done = leads[-1][0], preview.leads_done + len(leads)
    preview.save()
    return True


def _add(preview: Preview, question: Question, tally: Tally, stories: Iterable[Story]) -> None:
    wording = None
    for story in stories:
        flip = tally.add(question, story)
        if flip is not None and tally.wants(flip):
            wording = wording or Wording.of(preview.against, preview.version)
            tally.flips[flip.direction].append(described(question, flip, wording))


def _end(preview: Preview, status: Status, *, now: datetime, error: str = "") -> None:
    preview.status, preview.error, preview.finished_at = status, error, now
    preview.partial = {}
    preview.save()
