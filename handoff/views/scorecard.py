"""The scorecard: every answer is saved as it is given."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import scorecards
from handoff.forms.scorecard import AnswerForm
from handoff.models import ScorecardAnswer
from handoff.transitions import MoveNotAllowed
from handoff.views.answers import REFUSED, SCORECARD_CHANGED, announce
from handoff.views.fetch import lead_of


@workspace_view(Permission.EDIT_LEADS)
@require_POST
def answer_question(request: WorkspaceRequest, pk: int, question: str) -> HttpResponse:
    """Save one answer; the page shows beside it that it is saved, and the gaps anew."""
    lead = lead_of(request, pk)
    form = AnswerForm(request.POST)
    answer, problem = None, ""
    if form.is_valid():
        try:
            answer = scorecards.answer(
                lead,
                by=request.user,
                at=timezone.now(),
                question=question,
                value=ScorecardAnswer.Value(form.cleaned_data["value"]),
                evidence=form.cleaned_data["evidence"],
            )
        except MoveNotAllowed as error:
            problem = str(error)
    else:
        problem = " ".join(str(error) for errors in form.errors.values() for error in errors)
    context = {"answer": answer, "problem": problem}
    if answer is None:
        return render(request, "handoff/scorecard_saved.html", context, status=REFUSED)
    return announce(render(request, "handoff/scorecard_saved.html", context), SCORECARD_CHANGED)
