"""Scorecards: every answer is saved as it is given, and what others answer is shown."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import scorecards
from handoff.forms.scorecard import AnswerForm
from handoff.models import ScorecardAnswer
from handoff.scorecard_reading import answer_history as history_of
from handoff.scorecards import AnsweredMeanwhile
from handoff.transitions import MoveNotAllowed
from handoff.views.answers import (
    CONFLICT,
    REFUSED,
    SCORECARD_CHANGED,
    announce,
    faster_words,
    is_htmx,
)
from handoff.views.fetch import lead_of, page_of
from leadqual.models import Lead


@workspace_view(Permission.EDIT_LEADS)
@require_POST
def answer_question(
    request: WorkspaceRequest, pk: int, framework: str, question: str
) -> HttpResponse:
    """Save one answer; the page shows beside it that it is saved, and the marks anew."""
    lead, form = lead_of(request, pk), AnswerForm(request.POST)
    about = {"lead": lead, "framework": framework, "question": question}
    if not form.is_valid():
        return _refused(request, form.problem)
    try:
        row = scorecards.answer(
            lead,
            by=request.user,
            at=timezone.now(),
            framework=framework,
            question=question,
            said=form.said(),
            based_on=form.seen,
        )
    except AnsweredMeanwhile as error:
        words = faster_words(error, person=request.user)
        return _both(request, form, error.theirs, {**about, "problem": words})
    except MoveNotAllowed as error:
        return _refused(request, str(error))
    if not is_htmx(request):
        return redirect("lead", request.workspace.slug, pk)
    shown = {**about, **_saved(lead, row)}
    return announce(render(request, "handoff/scorecard_saved.html", shown), SCORECARD_CHANGED)


def _refused(request: WorkspaceRequest, problem: str) -> HttpResponse:
    shown = {"problem": problem}
    return render(request, "handoff/scorecard_saved.html", shown, status=REFUSED)


def _both(
    request: WorkspaceRequest,
    form: AnswerForm,
    theirs: ScorecardAnswer,
    about: dict[str, object],
) -> HttpResponse:
    """Theirs and what was typed; one click puts the latter in its place."""
    page = "scorecard_both" if is_htmx(request) else "scorecard_both_page"
    shown = {
        **about,
        "theirs": theirs,
        "theirs_token": scorecards.token_of(theirs),
        "mine": form.said(),
        "now": timezone.now(),
    }
    return render(request, f"handoff/{page}.html", shown, status=CONFLICT)


def _saved(lead: Lead, row: ScorecardAnswer) -> dict[str, object]:
    rows = scorecards.answers_over_time(lead).filter(
        scorecard=row.scorecard_id, question=row.question
    )
    return {
        "answer": row,
        "token": scorecards.token_of(row),
        "replaced": rows.exclude(replaced_at=None).count(),
        "now": timezone.now(),
    }


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def scorecard_news(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The scorecards anew where they are no longer those that the page has `seen`; else 204."""
    page = page_of(request, pk)
    if page.cards_seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "handoff/lead_scorecard.html", {"page": page, "lead": page.lead})


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def answer_history(
    request: WorkspaceRequest, pk: int, framework: str, question: str
) -> HttpResponse:
    """Every answer that the question was given in this cycle, newest first."""
    lead = lead_of(request, pk)
    rows = history_of(lead, framework=framework, question=question)
    page = "scorecard_history" if is_htmx(request) else "scorecard_history_page"
    return render(request, f"handoff/{page}.html", {"lead": lead, "rows": rows})
