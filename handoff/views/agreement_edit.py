"""Drafting the agreement on one page, clause by clause."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.agreement.drafting import TITLES, drawn_up
from handoff.agreement.facts import facts_of
from handoff.agreement.paper import NumberedSection, paper_of
from handoff.agreement.promise_lines import PromiseLine, promise_lines
from handoff.agreement.readiness import Problem, problems_in
from handoff.forms.agreement import ClauseForm, DraftForm, seen_in, stamp_of
from handoff.views.answers import CONFLICT, REFUSED, announce, is_htmx
from sla import agreement_edits, agreements
from sla.agreement_text import read
from sla.models import Agreement

NO_DRAFT = "There is no draft any more: it has been proposed or discarded meanwhile."


@workspace_view(Permission.EDIT_AGREEMENT)
@require_POST
def begin_agreement(request: WorkspaceRequest) -> HttpResponse:
    agreements.begin(request.workspace, by=request.user, at=timezone.now())
    return redirect("agreement_edit", request.workspace.slug)


@workspace_view(Permission.EDIT_AGREEMENT)
@require_safe
def agreement_edit(request: WorkspaceRequest) -> HttpResponse:
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        messages.info(request, "There is no draft. Begin one from here.")
        return redirect("agreement", request.workspace.slug)
    return edit_page(request, draft, removed=request.GET.get("removed", ""))


def edit_page(
    request: WorkspaceRequest,
    draft: Agreement,
    *,
    refused: ClauseForm | None = None,
    removed: str = "",
) -> HttpResponse:
    """The whole page; `refused` stands in its place with what was typed."""
    parts = DraftParts(draft)
    context = {
        **parts.context,
        "removed": removed,
        "clauses": [
            {
                "clause": clause,
                "form": refused
                if refused and refused.code == clause.section.code
                else parts.form_of(clause.section.code),
            }
            for clause in parts.sections
        ],
    }
    status = REFUSED if refused else 200
    return render(request, "handoff/agreement/edit.html", context, status=status)


class DraftParts:
    """A draft as it reads now, read once."""

    def __init__(self, draft: Agreement) -> None:
        self.draft = draft
        self.facts = facts_of(draft, now=timezone.now())
        text = read(drawn_up(self.facts).sections)
        self.sections = paper_of(draft, sections=text, signatures=()).sections

    @property
    def promises(self) -> list[PromiseLine]:
        return promise_lines(self.facts)

    @property
    def problems(self) -> list[Problem]:
        return problems_in(self.facts)

    @property
    def context(self) -> dict[str, Any]:
        return {
            "draft": self.draft,
            "stamp": stamp_of(self.draft),
            "promises": self.promises,
            "problems": self.problems,
        }

    @property
    def part(self) -> dict[str, Any]:
        """For an answer that is swapped into the page: with what is missing still, at its top."""
        return {**self.context, "is_part": True}

    def section(self, code: str) -> NumberedSection:
        return next(one for one in self.sections if one.section.code == code)

    def form_of(self, code: str) -> ClauseForm:
        text = self.facts.words.get(code, "")
        return ClauseForm(code=code, text=text, instance=self.draft)


@workspace_view(Permission.EDIT_AGREEMENT)
@require_POST
def edit_clause(request: WorkspaceRequest, code: str) -> HttpResponse:
    if code not in TITLES:
        raise Http404("No such clause.")
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        return gone(request)
    form = ClauseForm(request.POST, code=code, instance=draft)
    before = form.data.get("seen", "")
    if not form.is_valid():
        return _refused(request, form, REFUSED)
    try:
        _write(request, form, seen=seen_in(before, draft))
    except agreements.EditedMeanwhile as error:
        now = agreements.draft_of(request.workspace)
        if now is None:
            return gone(request)
        text = now.clauses.filter(code=code).values_list("text", flat=True).first() or ""
        form.refuse_stale(error, draft=now, text=text)
        return _refused(request, form, CONFLICT)
    except (agreements.NotNow, ValidationError) as error:
        form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        return _refused(request, form, REFUSED)
    return _saved(request, code, before=before)


@transaction.atomic
def _write(request: WorkspaceRequest, form: ClauseForm, *, seen: str) -> None:
    """Figures, people and words of the clause: all of them or none."""
    by, at = request.user, timezone.now()
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        raise agreements.NotNow(NO_DRAFT)
    if form.terms:
        draft = agreement_edits.edit_terms(draft, by=by, at=at, seen=seen, **form.terms)
        seen = agreement_edits.edition(draft)
    text = form.cleaned_data["text"]
    agreement_edits.write_clause(draft, code=form.code, text=text, by=by, at=at, seen=seen)


def _saved(request: WorkspaceRequest, code: str, *, before: str) -> HttpResponse:
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        return gone(request)
    if not is_htmx(request):
        messages.success(request, f"Saved: {TITLES[code]}.")
        return redirect(f"{reverse('agreement_edit', args=[request.workspace.slug])}#{code}")
    parts = DraftParts(draft)
    context = {**parts.part, "clause": parts.section(code), "form": parts.form_of(code)}
    answer = render(request, "handoff/agreement/edit_clause.html", context)
    return edited(answer, before=before, draft=draft, text=f"Saved: {TITLES[code]}.")


def _refused(request: WorkspaceRequest, form: ClauseForm, status: int) -> HttpResponse:
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        return gone(request)
    if not is_htmx(request):
        return edit_page(request, draft, refused=form)
    parts = DraftParts(draft)
    context = {**parts.part, "clause": parts.section(form.code), "form": form}
    return render(request, "handoff/agreement/edit_clause.html", context, status=status)


def edited(
    answer: HttpResponse, *, before: str, draft: Agreement, text: str, level: str = "success"
) -> HttpResponse:
    """Tell the page that its other forms, as far as they had seen all before, have seen this."""
    happened: Mapping[str, object] = {
        "draft-edited": {"before": before, "now": stamp_of(draft)},
        "toast": {"text": text, "level": level},
    }
    answer["HX-Trigger"] = json.dumps(happened)
    return answer


def gone(request: WorkspaceRequest) -> HttpResponse:
    """The draft is none any more. What was typed stays on the page, for taking it elsewhere."""
    if is_htmx(request):
        words = f"{NO_DRAFT} What you typed is still on this page, but is saved nowhere."
        return announce(HttpResponse(status=204), text=words, level="danger")
    messages.error(request, NO_DRAFT)
    return redirect("agreement", request.workspace.slug)


@workspace_view(Permission.EDIT_AGREEMENT)
@require_POST
def discard_draft(request: WorkspaceRequest) -> HttpResponse:
    draft = agreements.draft_of(request.workspace)
    if draft is None:
        return gone(request)
    seen = seen_in(DraftForm(request.POST).stamp, draft)
    try:
        agreement_edits.discard(draft, by=request.user, seen=seen)
    except (agreements.NotNow, agreements.EditedMeanwhile) as error:
        messages.error(request, str(error))
        return redirect("agreement_edit", request.workspace.slug)
    messages.success(request, f"The draft of agreement {draft.number} is discarded.")
    return redirect("agreement", request.workspace.slug)
