"""Who changed what lately, in the workspaces that a person configures."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.db.models import CharField, Q
from django.db.models.functions import Cast
from django.http import HttpRequest

from accounts.workspace_admin import WorkspaceAdmin
from accounts.workspace_scope import memberships_of


@dataclass(frozen=True)
class Change:
    """`at` is in words, in the time zone of the person's first workspace."""

    who: str
    what: str
    kind: str
    words: str
    address: str
    at: str


def recent_changes(site: AdminSite, request: HttpRequest, *, limit: int = 10) -> list[Change]:
    """Newest first; of rows that the person sees in the admin, so nothing of other workspaces."""
    seen = Q(pk__in=[])
    for model, page in site._registry.items():
        if not isinstance(page, WorkspaceAdmin) or not page.has_module_permission(request):
            continue
        ids = page.get_queryset(request).order_by().annotate(text_id=Cast("pk", CharField()))
        seen |= Q(
            content_type__app_label=model._meta.app_label,
            content_type__model=model._meta.model_name,
            object_id__in=ids.values("text_id"),
        )
    entries = LogEntry.objects.filter(seen).select_related("user", "content_type")
    zone = memberships_of(request)[0].workspace.zone if memberships_of(request) else ZoneInfo("UTC")
    return [_change(entry, zone) for entry in entries.order_by("-action_time")[:limit]]


def _change(entry: LogEntry, zone: ZoneInfo) -> Change:
    kind = entry.content_type.name if entry.content_type else ""
    return Change(
        who=str(entry.user),
        what=entry.object_repr,
        kind=kind,
        words=entry.get_change_message(),
        address=entry.get_admin_url() or "",
        at=f"{entry.action_time.astimezone(zone):%-d %B %Y, %H:%M}",
    )
