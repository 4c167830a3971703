"""The model that a new workspace starts with: the library's first, in force at once."""

from datetime import datetime

from django.db import transaction

from accounts.models import User, Workspace
from scoring import library
from scoring.copying import from_library
from scoring.drafts import open_draft
from scoring.locks import own_model
from scoring.models import ModelVersion
from scoring.publishing import publish


@transaction.atomic
def install_starter_model(workspace: Workspace, *, by: User | None, now: datetime) -> ModelVersion:
    """Signals and a published first version; where one was ever published, that stays."""
    own_model(workspace.pk)
    if published := ModelVersion.objects.published().filter(workspace=workspace).first():
        return published
    empty = ModelVersion.objects.draft().filter(workspace=workspace).first()
    starter = from_library(library.STARTER)
    draft = open_draft(workspace=workspace, by=by, now=now, from_=starter, replacing=empty)
    return publish(draft, by=by, now=now)
