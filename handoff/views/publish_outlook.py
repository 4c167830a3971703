"""What publishing a draft would do, as the admin's page fetches it: it counts over every score."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.models import Handoff
from leadqual.patience import TooManyToCount, at_most
from scoring.editing.blocking import blocking
from scoring.models import ModelVersion
from scoring.outlook import SECONDS, outlook
from scoring.readiness import problems
from scoring.shadow_comparison import Opinions, opinions
from scoring.versions import published_version

_Status = ModelVersion.Status


@workspace_view(Permission.CONFIGURE_SCORING)
@require_safe
def publish_outlook(request: WorkspaceRequest, pk: int) -> HttpResponse:
    unpublished = ModelVersion.objects.of(request.workspace).filter(
        status__in=[_Status.DRAFT, _Status.SHADOW]
    )
    draft = get_object_or_404(unpublished.select_related("workspace"), pk=pk)
    old = published_version(request.workspace)
    context: dict[str, Any] = {"draft": draft, "old": old}
    if not problems(draft):  # else somebody has changed it since the page came
        offered = Handoff.objects.of(request.workspace).open().values_list("lead", flat=True)
        now = datetime.now(UTC)
        context["outlook"] = outlook(draft, now=now, offered=list(offered))
        context["blocking"] = blocking(draft, now=now)
        context["compared"] = _compared(old, draft)
    return render(request, "admin/scoring/publish_outlook.html", context)


def _compared(published: ModelVersion | None, draft: ModelVersion) -> Opinions | None:
    """What a shadow has found beside the published version; None where it takes too long."""
    if published is None or draft.status != _Status.SHADOW:
        return None
    try:
        with at_most(SECONDS):
            return opinions(published, draft)
    except TooManyToCount:
        return None
