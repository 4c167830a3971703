"""Tasks: one's own on the queue, nobody's for the managers, a lead's on its page; ticked off."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import task_list
from handoff.models import Task
from handoff.transitions import SomeoneWasFaster
from handoff.views.answers import CONFLICT, faster_words, is_htmx, saved
from handoff.views.fetch import lead_of


@workspace_view(Permission.DECIDE_OFFERS)
@require_safe
def my_tasks(request: WorkspaceRequest) -> HttpResponse:
    tasks = task_list.of_person(request.workspace, request.user)
    return _list(request, list(tasks[: task_list.SHOWN + 1]), title="My tasks")


@workspace_view(Permission.MOVE_LEADS)
@require_safe
def nobodys_tasks(request: WorkspaceRequest) -> HttpResponse:
    tasks = task_list.of_nobody(request.workspace)
    return _list(request, list(tasks[: task_list.SHOWN + 1]), title="Tasks that nobody has")


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def lead_tasks(request: WorkspaceRequest, pk: int) -> HttpResponse:
    tasks = list(task_list.of_lead(lead_of(request, pk))[: task_list.SHOWN + 1])
    return _list(request, tasks, title="Tasks", of_lead=True)


def _list(
    request: WorkspaceRequest, tasks: list[Task], *, title: str, of_lead: bool = False
) -> HttpResponse:
    for task in tasks:
        task.may_tick = _may_tick(request, task)  # type: ignore[attr-defined]
    context = {"tasks": tasks, "title": title, "of_lead": of_lead, "now": timezone.now()}
    return render(request, "handoff/tasks.html", context | {"shown": task_list.SHOWN})


def _may_tick(request: WorkspaceRequest, task: Task) -> bool:
    own = task.person_id == request.user.pk
    return request.may(Permission.EDIT_LEADS) and (own or request.may(Permission.MOVE_LEADS))


def _task_of(request: WorkspaceRequest, pk: int) -> Task:
    tasks = Task.objects.of(request.workspace).select_related("workspace", "lead", "person")
    task = get_object_or_404(tasks, pk=pk)
    if not _may_tick(request, task):
        raise PermissionDenied(f"This task is for {task.person or 'a manager'}.")
    return task


@workspace_view(Permission.EDIT_LEADS)
@require_POST
def task_done(request: WorkspaceRequest, pk: int) -> HttpResponse:
    task, problem = _task_of(request, pk), ""
    try:
        task_list.done(task, by=request.user, at=timezone.now())
    except SomeoneWasFaster as error:
        problem = faster_words(error, person=request.user)
    return _row(request, task, problem=problem, text="Done.")


@workspace_view(Permission.EDIT_LEADS)
@require_POST
def task_not_done(request: WorkspaceRequest, pk: int) -> HttpResponse:
    task, problem = _task_of(request, pk), ""
    try:
        task_list.undo(task, by=request.user, at=timezone.now())
    except SomeoneWasFaster as error:
        problem = faster_words(error, person=request.user)
    return _row(request, task, problem=problem, text="The task is to be done again.")


def _row(request: WorkspaceRequest, task: Task, *, problem: str, text: str) -> HttpResponse:
    if not is_htmx(request):
        return saved(request, task.lead, text=problem or text)
    task.may_tick = True  # type: ignore[attr-defined]
    context = {"task": task, "problem": problem, "now": timezone.now()}
    status = CONFLICT if problem else 200
    return render(request, "handoff/_task.html", context, status=status)
