"""The promises of the draft: added, changed, removed, and brought back."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.agreement.facts import facts_of
from handoff.agreement.promise_lines import sentence_of
from handoff.forms.agreement import DraftForm, faster_words, seen_in, stamp_of
from handoff.forms.agreement_promises import PromiseForm
from handoff.views.agreement_edit import DraftParts, edited, gone
from handoff.views.answers import CONFLICT, REFUSED, is_htmx
from sla import agreement_edits, agreements
from sla.models import Agreement, Commitment

_SALT = "a promise removed from a draft"
_KEPT = (
    *(name for name in PromiseForm.Meta.fields if name != "calendar"),
    "calendar_id",
    "tier_name",
)
_UNDO_FOR = 24 * 60 * 60  # seconds


@workspace_view(Permission.EDIT_AGREEMENT)
def new_promise(request: WorkspaceRequest) -> HttpResponse:
    """GET shows the form, in its place or on a page; POST adds the promise."""
    draft = agreements.draft_of(request.workspace)
    return _form(request, draft, Commitment()) if draft else gone(request)


@workspace_view(Permission.EDIT_AGREEMENT)
def edit_promise(request: WorkspaceRequest, pk: int) -> HttpResponse:
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        # Not known to be of this workspace's draft: as for a stranger's.
        raise Http404("No such promise.")
    return _form(request, draft, _promise_of(draft, pk))


def _promise_of(draft: Agreement, pk: int) -> Commitment:
    found = draft.commitments.select_related("calendar", "workspace").filter(pk=pk).first()
    if found is None:
        raise Http404("No such promise.")
    return found


def _form(request: WorkspaceRequest, draft: Agreement, promise: Commitment) -> HttpResponse:
    said = request.POST if request.method == "POST" else None
    form = PromiseForm(said, instance=promise, draft=draft)
    if said is None or not form.is_valid():
        return _shown(request, form, status=REFUSED if said is not None else 200)
    before = said.get("seen", "")
    try:
        now = agreement_edits.put_commitment(
            draft,
            form.instance,
            by=request.user,
            at=timezone.now(),
            seen=seen_in(before, draft),
        )
    except agreements.EditedMeanwhile as error:
        form.add_error(None, faster_words(error))
        fresh = agreements.draft_of(request.workspace) or draft
        form.data = said.copy()
        form.data["seen"] = stamp_of(fresh)
        return _shown(request, form, status=CONFLICT)
    except agreements.NotNow as error:
        form.add_error(None, str(error))
        return _shown(request, form, status=REFUSED)
    return _list(request, now, before=before, text="Saved.")


def _shown(request: WorkspaceRequest, form: PromiseForm, *, status: int) -> HttpResponse:
    promise = form.instance
    slug = request.workspace.slug
    context = {
        "form": form,
        "draft": form.draft,
        "promise": promise,
        "is_page": not is_htmx(request),
        "action": reverse("edit_promise", args=[slug, promise.pk])
        if promise.pk
        else reverse("new_promise", args=[slug]),
    }
    name = "promise_form.html" if is_htmx(request) else "promise_page.html"
    return render(request, f"handoff/agreement/{name}", context, status=status)


def _list(
    request: WorkspaceRequest,
    draft: Agreement,
    *,
    before: str,
    text: str,
    level: str = "success",
    removed: str = "",
) -> HttpResponse:
    """The list of promises anew, wherever the request came from; the form has done its work."""
    if not is_htmx(request):
        said = messages.SUCCESS if level == "success" else messages.WARNING
        messages.add_message(request, said, text)
        page = reverse("agreement_edit", args=[request.workspace.slug])
        return redirect(f"{page}{'?removed=' + removed if removed else ''}#commitments")
    context = {**DraftParts(draft).part, "removed": removed}
    answer = render(request, "handoff/agreement/promises.html", context)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#promises", "outerHTML"
    return edited(answer, before=before, draft=draft, text=text, level=level)


@workspace_view(Permission.EDIT_AGREEMENT)
@require_POST
def promise_reads(request: WorkspaceRequest) -> HttpResponse:
    """How the promise that is being typed would read; or what it lacks still."""
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        return HttpResponse(status=204)
    pk = request.POST.get("promise", "")
    found = draft.commitments.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 10 else None
    form = PromiseForm(request.POST, instance=found or Commitment(), draft=draft)
    context: dict[str, Any] = {}
    if form.is_valid():
        context["words"] = sentence_of(form.instance, facts_of(draft, now=timezone.now()))
    else:
        context["lacks"] = [
            f"{form[name].label}: {said[0]}" if name in form.fields else said[0]
            for name, said in form.errors.items()
        ]
    return render(request, "handoff/agreement/promise_reads.html", context)


@workspace_view(Permission.EDIT_AGREEMENT)
@require_POST
def remove_promise(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Promise it no longer; the answer offers to bring it back."""
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        raise Http404("No such promise.")
    promise, before = _promise_of(draft, pk), DraftForm(request.POST).stamp
    kept = {name: getattr(promise, name) for name in _KEPT}
    try:
        now = agreement_edits.remove_commitment(
            draft, pk=pk, by=request.user, at=timezone.now(), seen=seen_in(before, draft)
        )
    except (agreements.NotNow, agreements.EditedMeanwhile) as error:
        return _not_done(request, str(error), before=before)
    token = signing.dumps({"number": draft.number, "fields": kept}, salt=_SALT)
    return _list(request, now, before=before, text="Removed.", removed=token)


@workspace_view(Permission.EDIT_AGREEMENT)
@require_POST
def bring_back_promise(request: WorkspaceRequest) -> HttpResponse:
    """Undo, for a day and as long as that draft is one."""
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        return gone(request)
    before = DraftForm(request.POST).stamp
    try:
        said = signing.loads(request.POST.get("removed", ""), salt=_SALT, max_age=_UNDO_FOR)
        promise = Commitment()
        for name, value in said["fields"].items():
            setattr(promise, name, value)
        if said["number"] != draft.number:
            raise agreements.NotNow("That promise was removed from an earlier draft.")  # noqa: TRY301
        now = agreement_edits.put_commitment(
            draft, promise, by=request.user, at=timezone.now(), seen=seen_in(before, draft)
        )
    except signing.BadSignature:
        return _not_done(request, "This is not to be undone any more.", before=before)
    except ValidationError as error:  # such as a calendar that was deleted since
        words = f"It cannot be brought back. {' '.join(error.messages)}"
        return _not_done(request, words, before=before)
    except (agreements.NotNow, agreements.EditedMeanwhile) as error:
        return _not_done(request, str(error), before=before)
    return _list(request, now, before=before, text="The promise is back.")


def _not_done(request: WorkspaceRequest, words: str, *, before: str) -> HttpResponse:
    """The list as it stands now, to try again from."""
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        return gone(request)
    return _list(request, draft, before="", text=words, level="warning")
