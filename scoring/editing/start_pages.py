"""Start a draft from a model: choose one, see what it would change, say yes."""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from accounts.models import User, Workspace
from scoring import library
from scoring.comparison import Group, grouped
from scoring.contents import Contents, contents_of
from scoring.copying import Arrival, Original, arrive, from_library, from_version
from scoring.drafts import open_draft
from scoring.editing.draft_forms import StartForm
from scoring.editing.version_pages import VersionPages
from scoring.locks import own_model
from scoring.models import ModelVersion
from scoring.signal_use import no_room
from scoring.versions import published_version

OWN, THEIRS = 20, 5
"""So many of the newest versions are offered, of this workspace and of each other one."""
_Status = ModelVersion.Status


@dataclass(frozen=True)
class Plan:
    """What starting from the model would do to the workspace, as the person is shown it."""

    in_force: ModelVersion | None
    arrival: Arrival
    groups: list[Group]
    open_draft: ModelVersion | None
    lost: list[Group]

    @classmethod
    def of(cls, original: Original, workspace: Workspace) -> "Plan":
        in_force = published_version(workspace)
        drafts = ModelVersion.objects.draft().of(workspace)
        draft = drafts.select_related("author").first()
        said = contents_of(in_force) if in_force else Contents()
        arrival = arrive(original, workspace, replacing=draft)
        return cls(
            in_force=in_force,
            arrival=arrival,
            groups=grouped(said, arrival.contents),
            open_draft=draft,
            lost=grouped(said, contents_of(draft)) if draft else [],
        )

    def sentences(self) -> list[str]:
        """All that is shown, and which draft would go."""
        shown = [change for group in (*self.groups, *self.lost) for change in group.changes]
        return [*shown, *self.arrival.sentences(), str(self.open_draft and self.open_draft.pk)]

    def loss(self) -> list[str]:
        return [change for group in self.lost for change in group.changes]

    def form(self, data: QueryDict | None = None) -> StartForm:
        return StartForm(data, sentences=self.sentences(), open_draft=self.open_draft)


class StartPages(VersionPages):
    def get_urls(self) -> list[URLPattern]:
        guard, prefix = self.admin_site.admin_view, "scoring_modelversion"
        return [
            path(
                "start/<slug:workspace>/",
                guard(require_GET(self.choose_view)),
                name=f"{prefix}_choose",
            ),
            path(
                "start/<slug:workspace>/library/<slug:code>/",
                guard(self.start_from_library),
                name=f"{prefix}_start_library",
            ),
            path(
                "start/<slug:workspace>/version/<int:pk>/",
                guard(self.start_from_version),
                name=f"{prefix}_start_version",
            ),
            *super().get_urls(),
        ]

    def choose_view(self, request: HttpRequest, workspace: str) -> HttpResponseBase:
        here = self.one_of_mine(request, workspace)
        others = [each for each in self.workspaces(request) if each != here]
        return self.page(
            request,
            "copy_choose",
            f"Start a draft of {here} from …",
            here=here,
            models=library.models(),
            own=_offered(here)[:OWN],
            others=[(other, found) for other in others if (found := _offered(other)[:THEIRS])],
        )

    def start_from_library(
        self, request: HttpRequest, workspace: str, code: str
    ) -> HttpResponseBase:
        here = self.one_of_mine(request, workspace)
        try:
            model = library.model(code)
        except KeyError:
            raise Http404("The library has no such model.") from None
        return self._start(request, here, from_library(code), model=model)

    def start_from_version(self, request: HttpRequest, workspace: str, pk: int) -> HttpResponseBase:
        here = self.one_of_mine(request, workspace)
        version = self.get_queryset(request).filter(pk=pk).exclude(status=_Status.DRAFT).first()
        if version is None:  # not there, or of a workspace that is none of theirs
            raise Http404("No such version.")
        return self._start(request, here, from_version(version, to=here), version=version)

    def _start(
        self, request: HttpRequest, here: Workspace, original: Original, **facts: Any
    ) -> HttpResponseBase:
        form = None
        if request.method == "POST":
            try:
                with transaction.atomic():
                    form, draft = self._post(request, here, original)
            except ValidationError as error:  # no room, leads being scored, a draft opened
                _tell(request, error)
            else:
                if draft:
                    return redirect(self.url_of(draft))
        plan = Plan.of(original, here)
        return self.page(
            request,
            "copy_start",
            f"Start a draft of {here}",
            here=here,
            begins_as=original.title,
            plan=plan,
            notes=plan.arrival.sentences(),
            no_room=no_room(here) if plan.arrival.lacking_room else "",
            form=form or plan.form(),
            **facts,
        )

    def _post(
        self, request: HttpRequest, here: Workspace, original: Original
    ) -> tuple[StartForm | None, ModelVersion | None]:
        """A form to correct, or the new draft, or neither where something else was seen."""
        own_model(here.pk)
        # Held still, so that nothing is replaced that was changed after it was shown.
        list(ModelVersion.objects.draft().filter(workspace=here).select_for_update())
        plan = Plan.of(original, here)
        form = plan.form(request.POST)
        if form.is_stale:
            messages.warning(request, "This is no longer what you saw: look at it again.")
            return None, None
        if not form.is_valid():
            return form, None
        return None, self._open(request, here, original, plan)

    def _open(
        self, request: HttpRequest, here: Workspace, original: Original, plan: Plan
    ) -> ModelVersion:
        user, gone = cast(User, request.user), plan.open_draft
        draft = open_draft(workspace=here, by=user, from_=original, replacing=gone)
        said = [f"Opened as a draft. {draft.note}"]
        if gone is not None:
            said += [f"Draft {gone.number} of {gone.author} was replaced. It had:", *plan.loss()]
        self.log_change(request, draft, "\n".join(said))
        messages.success(
            request,
            f"{draft} begins as {original.title}. Nothing changes until you publish it.",
        )
        return draft


def _tell(request: HttpRequest, error: ValidationError) -> None:
    for message in error.messages:
        messages.error(request, message)


def _offered(workspace: Workspace) -> list[ModelVersion]:
    """Versions that are final, the newest first."""
    final = ModelVersion.objects.of(workspace).exclude(status=_Status.DRAFT)
    return list(final.select_related("published_by").order_by("-number")[:OWN])
