"""The draft of a workspace: a copy of the version in force, or of a model chosen instead."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User, Workspace
from scoring.contents import PARTS, Contents
from scoring.copying import Original, arrive, from_version, settle
from scoring.locks import own_model
from scoring.models import ModelVersion
from scoring.versions import published_version

__all__ = ["PARTS", "DraftInTheWay", "open_draft"]


class DraftInTheWay(ValidationError):
    """Another draft is open than the one that was to be replaced; the message says whose."""

    def __init__(self, draft: ModelVersion) -> None:
        super().__init__(
            f"{draft.author or 'Somebody'} has opened draft {draft.number}. "
            "Nothing was replaced: look at it first."
        )
        self.draft = draft


def open_draft(
    *,
    workspace: Workspace,
    by: User | None,
    now: datetime | None = None,
    from_: Original | None = None,
    replacing: ModelVersion | None = None,
) -> ModelVersion:
    """The workspace's draft; where there is none, a new copy of the version in force.

    With `from_` a new draft begins as that model, in the place of the draft `replacing`; what
    that one said is gone, and the signals that came with it. Raises DraftInTheWay where a draft is
    open that was not named, and ValidationError where the workspace has no room for the model's
    signals, or leads are being scored for longer than one waits.
    Of two people who open the draft at once, both get the same.
    """
    drafts = ModelVersion.objects.draft().filter(workspace=workspace)
    now = now or timezone.now()
    if from_ is None and (draft := drafts.first()):
        return draft
    try:
        with transaction.atomic():
            if from_ is not None:
                own_model(workspace.pk)  # before any row, as who publishes does
                _make_way(workspace, replacing)
            return _write(from_ or _in_force(workspace), workspace, by=by, now=now)
    except IntegrityError:
        draft = drafts.get()
        if from_ is not None:
            raise DraftInTheWay(draft) from None
        return draft


def _in_force(workspace: Workspace) -> Original:
    """What is in force, or nothing at all; without a note, which is for what changes."""
    version = published_version(workspace)
    if version is None:
        return Original("", "", Contents(), {})
    original = from_version(version, to=workspace)
    return Original(original.title, "", original.contents, original.signals)


def _make_way(workspace: Workspace, replacing: ModelVersion | None) -> None:
    open_one = ModelVersion.objects.draft().filter(workspace=workspace).select_for_update().first()
    if open_one is None:
        return
    if open_one != replacing:
        raise DraftInTheWay(open_one)
    open_one.delete()


def _write(
    original: Original, workspace: Workspace, *, by: User | None, now: datetime
) -> ModelVersion:
    arrival = arrive(original, workspace)
    last = ModelVersion.objects.filter(workspace=workspace).aggregate(Max("number"))
    draft = ModelVersion.objects.create(
        workspace=workspace,
        number=(last["number__max"] or 0) + 1,
        note=original.note,
        author=by,
        created_at=now,
        **arrival.contents.settings,
    )
    settle(arrival, draft)
    return draft
