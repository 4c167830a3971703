"""Open a draft, publish it, discard it: the buttons of the scoring model in the admin.

Every one of them changes something, so each is a POST; publishing and discarding ask first.
"""

from datetime import UTC, datetime
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from accounts.models import User
from scoring import publishing
from scoring.comparison import Group, grouped
from scoring.contents import contents_of
from scoring.editing.draft_forms import CHANGED_MEANWHILE, SeenForm, WorkspaceChoice
from scoring.editing.start_pages import StartPages
from scoring.locks import own_model
from scoring.models import ModelVersion, Preview, Signal
from scoring.outlook import glimpse
from scoring.readiness import doubts
from scoring.signal_words import in_words
from scoring.versions import published_version

_Status = ModelVersion.Status
_UNPUBLISHED = (_Status.DRAFT, _Status.SHADOW)


class DraftActions(StartPages):
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
        form = WorkspaceChoice(request.POST, workspaces=self.workspaces(request))
        if not form.is_valid():
            raise Http404("No such workspace.")
        workspace = form.cleaned_data["workspace"]
        there = ModelVersion.objects.draft().of(workspace).select_related("author").first()
        draft = publishing.open_draft(workspace=workspace, by=cast(User, request.user))
        if there is None:
            self.log_change(request, draft, "Opened as a draft.")
            messages.success(request, f"{draft} is open. Nothing changes until you publish it.")
        elif there.author != request.user:
            messages.info(request, f"{there.author} had opened this draft; you edit it together.")
        return redirect(self.url_of(draft))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        draft = self._still(request, pk, *_UNPUBLISHED)
        if draft is None:
            return redirect("admin:scoring_modelversion_changelist")
        if request.method == "POST" and (version := self._publish(request, draft)):
            return redirect(self.url_of(version))
        old, groups = _changes(draft)
        return self._page(
            request,
            draft,
            "publish",
            old=old,
            groups=groups,
            problems=publishing.problems(draft),
            doubts=doubts(draft),
            glimpse=glimpse(draft),
            at_work=Preview.objects.at_work().filter(version=draft).first(),
            form=SeenForm(sentences=_sentences(old, groups)),
        )

    def _publish(self, request: HttpRequest, draft: ModelVersion) -> ModelVersion | None:
        """The published version, or whatever became of the draft; None to look at it again."""
        try:
            with transaction.atomic():
                # Owned before it is compared, so that what was seen is what is published.
                own_model(draft.workspace_id)
                fresh = ModelVersion.objects.select_for_update().filter(pk=draft.pk).first()
                if fresh is not None and fresh.status not in _UNPUBLISHED:
                    messages.error(request, no_draft_any_more(fresh))  # first of all
                    return fresh
                old, groups = _changes(draft)
                if not SeenForm(request.POST, sentences=_sentences(old, groups)).is_valid():
                    messages.warning(request, CHANGED_MEANWHILE)
                    return None
                now, user = datetime.now(UTC), cast(User, request.user)
                version = publishing.publish(draft, by=user, now=now)
                said = ["Published.", *_sentences(old, groups)]
                self.log_change(request, version, "\n".join(said))
        except ValidationError as error:  # not ready, or somebody was faster: it says what or who
            for message in error.messages:
                messages.error(request, message)
            return draft
        messages.success(
            request, f"Version {version.number} is published. {_follows(old, version)}"
        )
        return version

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        draft = self._still(request, pk, _Status.DRAFT)
        if draft is None:
            return redirect("admin:scoring_modelversion_changelist")
        published, groups = _changes(draft)
        if request.method != "POST":
            previews = Preview.objects.filter(version=draft).count()
            signals = [in_words(signal) for signal in Signal.objects.filter(made_for=draft)]
            return self._page(
                request, draft, "discard", groups=groups, previews=previews, signals=signals
            )
        try:
            self._discard(request, draft, published)
        except ValidationError as error:  # leads are being scored
            for message in error.messages:
                messages.error(request, message)
            return redirect(self.url_of(draft))
        messages.success(request, f"Draft {draft.number} is discarded. Nothing else changed.")
        return redirect("admin:scoring_modelversion_changelist")

    @transaction.atomic
    def _discard(
        self, request: HttpRequest, draft: ModelVersion, published: ModelVersion | None
    ) -> None:
        own_model(draft.workspace_id)  # the signals that were made for it go with it
        gone = ModelVersion.objects.select_for_update().draft().filter(pk=draft.pk).first()
        if gone is not None:
            gone.delete()
            if published:
                self.log_change(request, published, f"Draft {draft.number} was discarded.")

    def _still(self, request: HttpRequest, pk: int, *statuses: str) -> ModelVersion | None:
        """The version; None, with a message, where it is no draft any more. Raises Http404."""
        version = self.get_queryset(request).filter(pk=pk).first()
        if version is None:
            raise Http404("No such version.")
        if version.status not in statuses:
            messages.error(request, no_draft_any_more(version))
            return None
        return cast(ModelVersion, version)

    def _page(
        self, request: HttpRequest, draft: ModelVersion, action: str, **facts: Any
    ) -> HttpResponseBase:
        title = f"{action.capitalize()} version {draft.number} of {draft.workspace}"
        return self.page(request, action, title, draft=draft, draft_url=self.url_of(draft), **facts)


def _changes(draft: ModelVersion) -> tuple[ModelVersion | None, list[Group]]:
    """What is in force, and what the draft changes against it."""
    old = published_version(draft.workspace_id)
    return old, grouped(contents_of(old), contents_of(draft)) if old else []


def _sentences(old: ModelVersion | None, groups: list[Group]) -> list[str]:
    if old is None:
        return ["This is the first version."]
    return [change for group in groups for change in group.changes]


def _follows(old: ModelVersion | None, version: ModelVersion) -> str:
    if old is None or old.rule_set_id != version.rule_set_id:
        return "All leads are being scored by it in the background."
    return "No rule changed, so scores stay; grades and definitions count from now on."


def no_draft_any_more(version: ModelVersion) -> str:
    """Who published it meanwhile and when, in the workspace's time."""
    if version.published_at is None:
        return f"Version {version.number} is no draft any more."
    at = version.published_at.astimezone(version.workspace.zone)
    return (
        f"{version.published_by or 'Somebody'} published version {version.number} on "
        f"{at:%-d %B %Y at %H:%M}. It cannot be edited any more; open a new draft instead."
    )
