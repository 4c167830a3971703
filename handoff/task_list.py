"""Tasks: what a person of ours is to do about a lead, given once an occasion and ticked off."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from accounts.models import Membership, User, Workspace
from handoff.models import Task
from handoff.transitions import SomeoneWasFaster
from leadqual import outbox
from leadqual.models import Lead

SHOWN: Final = 50
UNDO_WITHIN: Final = timedelta(minutes=10)


def give(
    *,
    lead: Lead,
    person: User | None,
    key: str,
    text: str,
    at: datetime,
    due_at: datetime | None = None,
) -> Task:
    """Have a person do something about the lead; the same `key` in a workspace is one task.

    Without a `person`, or with one who is no member any more, it is for the managers.
    """
    if person and not _members(lead.workspace).filter(user=person).exists():
        person = None
    text = text if len(text) <= 300 else f"{text[:299]}…"
    facts = {"lead": lead, "person": person, "text": text, "made_at": at, "due_at": due_at}
    task, is_new = Task.objects.get_or_create(workspace=lead.workspace, key=key, defaults=facts)
    if is_new and person:
        outbox.notify(
            workspace=lead.workspace,
            user=person,
            key=_told(task),
            text=f"To do for {lead.display_name}: {text}",
            url=reverse("lead", args=[lead.workspace.slug, lead.pk]),
        )
    return task


def done(task: Task, *, by: User, at: datetime) -> None:
    """Tick it off. Raises SomeoneWasFaster."""
    ticked = Task.objects.filter(pk=task.pk, done_at=None).update(done_at=at, done_by=by)
    task.refresh_from_db()
    if not ticked:
        words = "the task is done"
        raise SomeoneWasFaster(
            who=task.done_by, when=task.done_at, what=words, done="done this task"
        )
    outbox.mark_read(workspace=task.workspace, key=_told(task), at=at)


def undo(task: Task, *, by: User, at: datetime) -> None:
    """It is to be done still: for who ticked it off, within ten minutes. Raises SomeoneWasFaster
    where somebody else has, or it is too late."""
    fresh = Task.objects.filter(pk=task.pk, done_by=by, done_at__gte=at - UNDO_WITHIN)
    ticked_at = fresh.values_list("done_at", flat=True).first()
    if ticked_at is None or not fresh.update(done_at=None, done_by=None):
        task.refresh_from_db()
        if task.done_at is None:
            return  # asked for twice
        raise SomeoneWasFaster(
            who=task.done_by, when=task.done_at, what="the task is done", done="done this task"
        )
    task.refresh_from_db()
    outbox.mark_unread(workspace=task.workspace, key=_told(task), read_at=ticked_at)


def to_do(workspace: Workspace) -> "QuerySet[Task]":
    """All that is open, what is due first."""
    tasks = Task.objects.of(workspace).filter(
        done_at=None, lead__merged_into=None, lead__erased_at=None
    )
    ordered = tasks.order_by(F("due_at").asc(nulls_last=True), "made_at", "pk")
    return ordered.select_related("lead__company", "person", "done_by")


def of_person(workspace: Workspace, person: User) -> "QuerySet[Task]":
    return to_do(workspace).filter(person=person)


def of_nobody(workspace: Workspace) -> "QuerySet[Task]":
    """Without a person, or of one who is no member any more: for the managers."""
    members = _members(workspace).values("user")
    return to_do(workspace).filter(Q(person=None) | ~Q(person__in=members))


def of_lead(lead: Lead) -> "QuerySet[Task]":
    return to_do(lead.workspace).filter(lead=lead)


def forget(lead: Lead) -> None:
    """For an erasure: that something was done stays, what was to be done goes."""
    Task.objects.filter(lead=lead, done_at=None).delete()
    Task.objects.filter(lead=lead).update(text="About a person who was erased since.")


def _members(workspace: Workspace) -> QuerySet[Membership]:
    return Membership.objects.of(workspace).current()


def _told(task: Task) -> str:
    return f"task:{task.pk}"
