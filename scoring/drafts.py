"""The draft of a workspace: a copy of the version in force, for a marketing manager to change."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User, Workspace
from scoring.contents import PARTS, SETTINGS
from scoring.models import ModelVersion
from scoring.versions import published_version

__all__ = ["PARTS", "open_draft"]


def open_draft(
    *, workspace: Workspace, by: User | None, now: datetime | None = None
) -> ModelVersion:
    """The workspace's draft; where there is none, a new copy of the version in force.

    Of two people who open one at once, both get the same.
    """
    drafts = ModelVersion.objects.draft().filter(workspace=workspace)
    if draft := drafts.first():
        return draft
    try:
        with transaction.atomic():
            return _copy(workspace, by=by, now=now or timezone.now())
    except IntegrityError:
        return drafts.get()


def _copy(workspace: Workspace, *, by: User | None, now: datetime) -> ModelVersion:
    source = published_version(workspace)
    last = ModelVersion.objects.filter(workspace=workspace).aggregate(Max("number"))
    draft = ModelVersion.objects.create(
        workspace=workspace,
        number=(last["number__max"] or 0) + 1,
        author=by,
        created_at=now,
        **{name: getattr(source, name) for name in SETTINGS if source},
    )
    for part in PARTS if source else ():
        copies = list(part._default_manager.filter(version=source).order_by("pk"))
        for copy in copies:
            copy.pk, copy.version = None, draft
        part._default_manager.bulk_create(copies)
    return draft
