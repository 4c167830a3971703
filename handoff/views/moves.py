"""The next moves of a lead, each with the little form that says what is due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render

from accounts.access import Permission, WorkspaceRequest, workspace_view
from accounts.models import User
from handoff import detours, opportunities
from handoff.forms.moves import (
    AmountForm,
    DisqualifyForm,
    KeepWarmForm,
    LossForm,
    MoveForm,
    RecycleForm,
    ReopenForm,
)
from handoff.forms.reasons import GivenReason
from handoff.lead_pages import LeadPage
from handoff.models import LostReason
from handoff.next_steps import words_of
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster, stands_elsewhere
from handoff.views.answers import CONFLICT, REFUSED, faster_words, saved
from handoff.views.fetch import page_of
from leadqual.models import Lead
from leadqual.stages import OPEN, Stage


@dataclass(frozen=True)
class Action:
    """One move that a person can make: the form it needs, and what is done with it."""

    form: type[MoveForm] | type[GivenReason]
    carry_out: Callable[[Lead, Any, User, datetime], object]


def _recycle(lead: Lead, form: RecycleForm, by: User, at: datetime) -> None:
    detours.recycle(lead, by=by, at=at, **form.given())


def _keep_warm(lead: Lead, form: KeepWarmForm, by: User, at: datetime) -> None:
    detours.not_ready(lead, by=by, at=at, note=form.cleaned_data["note"], wake_at=form.wake_at)


def _disqualify(lead: Lead, form: DisqualifyForm, by: User, at: datetime) -> None:
    said = form.given()
    said.pop("wake_at")  # nobody wakes it
    detours.disqualify(lead, by=by, at=at, **said)


def _lose(lead: Lead, form: LossForm, by: User, at: datetime) -> None:
    said = form.cleaned_data
    reason = LostReason(said["reason"])
    opportunities.lose(lead, by=by, at=at, reason=reason, note=said["note"])


RECYCLE, KEEP_WARM = Action(RecycleForm, _recycle), Action(KeepWarmForm, _keep_warm)
ACTIONS: Final[dict[tuple[str, str], Action]] = {
    (Stage.SAL, Stage.SQL): Action(
        MoveForm, lambda lead, _, by, at: opportunities.qualify(lead, by=by, at=at)
    ),
    (Stage.SQL, Stage.OPPORTUNITY): Action(
        AmountForm,
        lambda lead, form, by, at: opportunities.open_opportunity(
            lead, by=by, at=at, amount=form.cleaned_data["amount"]
        ),
    ),
    (Stage.OPPORTUNITY, Stage.WON): Action(
        MoveForm, lambda lead, _, by, at: opportunities.win(lead, by=by, at=at)
    ),
    (Stage.OPPORTUNITY, Stage.LOST): Action(LossForm, _lose),
    **{(stage, Stage.NURTURE): RECYCLE for stage in (Stage.MQL, Stage.SAL, Stage.SQL)},
    **{(stage, Stage.NURTURE): KEEP_WARM for stage in (Stage.NEW, Stage.LOST)},
    **{(stage, Stage.DISQUALIFIED): Action(DisqualifyForm, _disqualify) for stage in OPEN},
    (Stage.DISQUALIFIED, Stage.NEW): Action(
        ReopenForm,
        lambda lead, form, by, at: detours.reopen(lead, by=by, at=at, why=form.cleaned_data["why"]),
    ),
}


@workspace_view(Permission.EDIT_LEADS)
def move_lead(request: WorkspaceRequest, pk: int, to: str) -> HttpResponse:
    """GET shows the form of one move in its place; POST moves. `seen`: the stage on the screen."""
    page = page_of(request, pk)
    said = request.POST if request.method == "POST" else request.GET
    seen = said.get("seen", page.stage)
    if seen not in Stage or to not in Stage:
        raise Http404("The lifecycle has no such stage.")
    action = ACTIONS.get((seen, to))
    if action is None:
        return _no_such_move(request, page, Stage(seen), Stage(to))
    form = action.form(request.POST if request.method == "POST" else None, lead=page.lead)
    status, problem = (REFUSED if form.is_bound else 200), ""
    try:
        _check(page, seen, to)
        if form.is_bound and form.is_valid():
            action.carry_out(page.lead, form, request.user, page.now)
            label = Stage(to).label
            return saved(request, page.lead, text=f"{page.lead.display_name} is now {label}.")
    except SomeoneWasFaster as error:
        status, problem = CONFLICT, faster_words(error, person=request.user)
    except MoveNotAllowed as error:
        status, problem = REFUSED, str(error)
    context: dict[str, Any] = {
        "form": form,
        "lead": page.lead,
        "step": page.step_to(to),
        "problem": problem,
    }
    context |= {"stale": status == CONFLICT, "seen": seen, "to": to}
    context |= {"heading": words_of(Stage(seen), Stage(to))}
    return render(request, "handoff/lead_move.html", context, status=status)


def _no_such_move(
    request: WorkspaceRequest, page: LeadPage, seen: Stage, to: Stage
) -> HttpResponse:
    """Asked for twice, the lead is there already; else there is no such move for a person."""
    status, problem = REFUSED, f"Nobody moves a lead from {seen.label} to {to.label}."
    if page.stage == to:
        status = CONFLICT
        problem = faster_words(stands_elsewhere(page.lead), person=request.user)
    context = {"lead": page.lead, "problem": problem, "stale": True}
    return render(request, "handoff/lead_move.html", context, status=status)


def _check(page: LeadPage, seen: str, to: str) -> None:
    """Raises where the lead is not where the person saw it, or the step is not theirs to take."""
    if seen != page.stage:
        raise stands_elsewhere(page.lead)
    step = page.step_to(to)
    if step and step.why_not:
        raise MoveNotAllowed(" ".join(step.why_not))
