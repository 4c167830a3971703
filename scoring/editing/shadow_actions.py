"""Start a draft as a shadow, end it: two more buttons of the scoring model in the admin."""

from datetime import UTC, datetime
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.models import User
from accounts.workspace_admin import WorkspaceAdmin
from scoring import shadows
from scoring.models import ModelVersion
from scoring.readiness import problems
from scoring.versions import shadow_version


class ShadowActions(WorkspaceAdmin):
    """Both ask first, and change something on a POST alone."""

    def get_urls(self) -> list[URLPattern]:
        guard, prefix = self.admin_site.admin_view, "scoring_modelversion"
        return [
            path("<int:pk>/shadow/", guard(self.start_shadow_view), name=f"{prefix}_shadow"),
            path("<int:pk>/shadow/end/", guard(self.end_shadow_view), name=f"{prefix}_end_shadow"),
            *super().get_urls(),
        ]

    def start_shadow_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        draft = self._mine(request, pk)
        if request.method == "POST":
            done = f"Version {draft.number} runs as a shadow. It scores every lead from now on."
            return self._do(request, draft, shadows.start, done=done)
        running = shadow_version(draft.workspace_id)
        title = f"Run version {draft.number} of {draft.workspace} as a shadow"
        found = [] if running else problems(draft)
        return self._ask(request, draft, "start", title, running=running, problems=found)

    def end_shadow_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        shadow = self._mine(request, pk)
        if request.method == "POST":
            done = f"Version {shadow.number} is a shadow no more. Its rules and number are kept."
            return self._do(request, shadow, shadows.end, done=done)
        title = f"End the shadow of {shadow.workspace}: version {shadow.number}"
        return self._ask(request, shadow, "end", title)

    def _mine(self, request: HttpRequest, pk: int) -> ModelVersion:
        version = self.get_queryset(request).select_related("workspace").filter(pk=pk).first()
        if version is None:
            raise Http404("No such version.")
        return cast(ModelVersion, version)

    def _do(
        self, request: HttpRequest, version: ModelVersion, act: Any, *, done: str
    ) -> HttpResponseBase:
        try:
            act(version, by=cast(User, request.user), now=datetime.now(UTC))
        except ValidationError as error:  # not ready, or somebody was faster: it says which
            for message in error.messages:
                messages.error(request, message)
        else:
            messages.success(request, done)
        return redirect(self.url_of(version))

    def _ask(
        self, request: HttpRequest, version: ModelVersion, what: str, title: str, **facts: Any
    ) -> HttpResponseBase:
        context = {
            **self.admin_site.each_context(request),
            **facts,
            "opts": self.opts,
            "title": title,
            "version": version,
            "version_url": self.url_of(version),
        }
        return TemplateResponse(request, f"admin/scoring/shadow_{what}.html", context)
