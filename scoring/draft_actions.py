"""Open a draft, publish it, discard it: the buttons of the scoring model in the admin.

Every one of them changes something, so each is a POST; publishing and discarding ask first.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.workspace_admin import WorkspaceAdmin
from scoring import publishing
from scoring.models import ModelVersion


class DraftActions(WorkspaceAdmin):
    """The part of the version's admin that moves versions through their lives."""

    def get_urls(self) -> list[URLPattern]:
        guard, prefix = self.admin_site.admin_view, "scoring_modelversion"
        return [
            path("open/", guard(require_POST(self.open_view)), name=f"{prefix}_open"),
            path("<int:pk>/publish/", guard(self.publish_view), name=f"{prefix}_publish"),
            path("<int:pk>/discard/", guard(self.discard_view), name=f"{prefix}_discard"),
            *super().get_urls(),
        ]

    def open_view(self, request: HttpRequest) -> HttpResponseBase:
        slug = request.POST.get("workspace", "")
        workspace = next((w for w in self.workspaces(request) if w.slug == slug), None)
        if workspace is None:
            raise Http404("No such workspace.")
        there = ModelVersion.objects.draft().of(workspace).select_related("author").first()
        draft = publishing.open_draft(workspace=workspace, by=cast(User, request.user))
        if there is None:
            self.log_change(request, draft, "Opened as a draft.")
            messages.success(request, f"{draft} is open. Nothing changes until you publish it.")
        elif there.author != request.user:
            messages.info(request, f"{there.author} had opened this draft; you edit it together.")
        return redirect(self.url_of(draft))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        draft = self._draft(request, pk)
        if draft is None:
            return redirect("admin:scoring_modelversion_changelist")
        published = ModelVersion.objects.published().of(draft.workspace).first()
        changes = (
            publishing.compare(published, draft) if published else ["This is the first version."]
        )
        seen = fingerprint(changes)
        if request.method == "POST" and request.POST.get("seen") == seen:
            return self._publish(request, draft, published, changes)
        if request.method == "POST":
            messages.warning(
                request, "The draft was changed since you looked: read it again before publishing."
            )
        facts = {"changes": changes, "seen": seen, "old": published}
        return self._page(request, draft, "publish", problems=publishing.problems(draft), **facts)

    def _publish(
        self,
        request: HttpRequest,
        draft: ModelVersion,
        old: ModelVersion | None,
        changes: Sequence[str],
    ) -> HttpResponseBase:
        user = cast(User, request.user)
        try:
            with transaction.atomic():
                version = publishing.publish(draft, by=user, now=datetime.now(UTC))
                self.log_change(request, version, "\n".join(["Published.", *changes]))
        except ValidationError as error:  # not ready, or somebody was faster: it says what or who
            for message in error.messages:
                messages.error(request, message)
            return redirect(self.url_of(draft))
        rescored = old is None or old.rule_set_id != version.rule_set_id
        follows = (
            "All leads are being scored by it in the background."
            if rescored
            else "No rule changed, so scores stay; grades and definitions count from now on."
        )
        messages.success(request, f"Version {version.number} is published. {follows}")
        return redirect(self.url_of(version))

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        draft = self._draft(request, pk)
        if draft is None:
            return redirect("admin:scoring_modelversion_changelist")
        published = ModelVersion.objects.published().of(draft.workspace).first()
        if request.method != "POST":
            changes = publishing.compare(published, draft)
            return self._page(request, draft, "discard", changes=changes)
        with transaction.atomic():
            gone = ModelVersion.objects.select_for_update().draft().filter(pk=draft.pk).first()
            if gone is not None:
                gone.delete()
                if published:
                    self.log_change(request, published, f"Draft {draft.number} was discarded.")
        messages.success(request, f"Draft {draft.number} is discarded. Nothing else changed.")
        return redirect("admin:scoring_modelversion_changelist")

    def _draft(self, request: HttpRequest, pk: int) -> ModelVersion | None:
        """The draft; None, with a message, where it is one no longer. Raises Http404."""
        version = self.get_queryset(request).filter(pk=pk).first()
        if version is None:
            raise Http404("No such version.")
        if version.status != ModelVersion.Status.DRAFT:
            messages.error(request, no_draft_any_more(version))
            return None
        return cast(ModelVersion, version)

    def _page(
        self, request: HttpRequest, draft: ModelVersion, action: str, **facts: Any
    ) -> HttpResponseBase:
        title = f"{action.capitalize()} version {draft.number} of {draft.workspace}"
        context = {**self.admin_site.each_context(request), "opts": self.opts, "draft": draft}
        return TemplateResponse(
            request,
            f"admin/scoring/{action}.html",
            {**context, **facts, "title": title, "draft_url": self.url_of(draft)},
        )


def fingerprint(changes: Sequence[str]) -> str:
    """What a person saw before saying yes, so that nothing else is published in their name."""
    return hashlib.sha256("\n".join(changes).encode()).hexdigest()


def no_draft_any_more(version: ModelVersion) -> str:
    """Who published it meanwhile and when, in the workspace's time."""
    if version.published_at is None:
        return f"Version {version.number} is no draft any more."
    at = version.published_at.astimezone(version.workspace.zone)
    return (
        f"{version.published_by or 'Somebody'} published version {version.number} on "
        f"{at:%-d %B %Y at %H:%M}. It cannot be edited any more; open a new draft instead."
    )
