"""The SLA board: running clocks, missed promises, and what managers say to them."""

from collections.abc import Collection

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.compliance import acknowledgements, board_exports, board_retries
from handoff.compliance.board import Missed, Running
from handoff.compliance.board_page import Listed
from handoff.compliance.sweep_age import sweep_age
from handoff.views.answers import REFUSED, announce, is_htmx
from sla import answers
from sla.models import Clock

NO_NOTE = "Say what happened, or what you have done about it."
NONE_SELECTED = "Select the missed promises that you want to acknowledge."


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def running(request: WorkspaceRequest) -> HttpResponse:
    return _running(request, "handoff/sla_board/running.html")


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def running_rows(request: WorkspaceRequest) -> HttpResponse:
    """The list alone: an open board asks for it every half minute."""
    return _running(request, "handoff/sla_board/running_part.html")


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def missed(request: WorkspaceRequest) -> HttpResponse:
    return _missed(request, "handoff/sla_board/missed.html")


@workspace_view(Permission.EXPORT_LEADS)
@require_safe
def export_running(request: WorkspaceRequest) -> HttpResponseBase:
    board = Running(request.workspace, request.GET.dict(), now=timezone.now())
    return _file(request, board, "running-clocks")


@workspace_view(Permission.EXPORT_LEADS)
@require_safe
def export_missed(request: WorkspaceRequest) -> HttpResponseBase:
    board = Missed(request.workspace, request.GET.dict(), now=timezone.now())
    return _file(request, board, "missed-promises")


@workspace_view(Permission.ANSWER_MISSES)
@require_POST
def acknowledge(request: WorkspaceRequest) -> HttpResponse:
    """`clock` (ids) and `note`; the list answers with these rows as they are now."""
    pks = [int(pk) for pk in request.POST.getlist("clock") if pk.isdecimal() and len(pk) < 19]
    note = request.POST.get("note", "").replace("\0", "").strip()
    problem = NONE_SELECTED if not pks else "" if note else NO_NOTE
    if problem:
        return _answered(request, (), problem=problem)
    said = acknowledgements.acknowledge_all(
        request.workspace, pks, by=request.user, at=timezone.now(), note=note
    )
    return _answered(request, pks, text=_acknowledged_words(said, asked=len(set(pks))))


@workspace_view(Permission.ANSWER_MISSES)
@require_POST
def take_back(request: WorkspaceRequest, pk: int) -> HttpResponse:
    clock = get_object_or_404(Clock.objects.of(request.workspace), pk=pk)
    if answers.take_back(clock, by=request.user):
        return _answered(request, [pk], text="It is no longer acknowledged.")
    return _answered(request, [pk], problem="Somebody else has acknowledged it: ask them.")


@workspace_view(Permission.CONFIGURE_SLA)
@require_POST
def try_again(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """A clock that the sweep had to step over: the next sweep takes it at once."""
    clock = get_object_or_404(Clock.objects.of(request.workspace).running(), pk=pk)
    text = board_retries.try_again(clock, now=timezone.now())
    if is_htmx(request):
        return announce(HttpResponse(status=204), "board-changed", text=text)
    messages.success(request, text)
    return redirect("sla_board", request.workspace.slug)


def _running(request: WorkspaceRequest, template: str) -> HttpResponse:
    now = timezone.now()
    board = Running(request.workspace, request.GET.dict(), now=now)
    return render(request, template, {"board": board, "sweep": sweep_age(now=now)})


def _missed(
    request: WorkspaceRequest,
    template: str,
    *,
    keep: Collection[int] = (),
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    asked = {
        **request.GET.dict(),
        **({"after": request.POST.get("after", "")} if request.POST else {}),
    }
    board = Missed(request.workspace, asked, now=now, keep=keep)
    context = {"board": board, "sweep": sweep_age(now=now), "problem": problem}
    return render(request, template, context, status=status)


def _answered(
    request: WorkspaceRequest, keep: Collection[int], *, text: str = "", problem: str = ""
) -> HttpResponse:
    if not is_htmx(request):
        messages.add_message(
            request, messages.ERROR if problem else messages.SUCCESS, problem or text
        )
        url = reverse("sla_misses", args=[request.workspace.slug])
        return redirect(f"{url}?{request.GET.urlencode()}")
    status = REFUSED if problem else 200
    rows = "handoff/sla_board/missed_rows.html"
    answer = _missed(request, rows, keep=keep, problem=problem, status=status)
    return announce(answer, text=text) if text else answer


def _acknowledged_words(said: int, *, asked: int) -> str:
    words = f"{said} missed promise{'' if said == 1 else 's'} acknowledged."
    if others := asked - said:
        words += f" {others} had been acknowledged already."
    return words


def _file(request: WorkspaceRequest, board: Listed, name: str) -> HttpResponseBase:
    lines = board_exports.csv_lines(board.clocks, now=board.now)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    file = f"{request.workspace.slug}-{name}-{timezone.localdate():%Y-%m-%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer
