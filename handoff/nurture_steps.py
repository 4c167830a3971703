"""Leads go on along their tracks: a mail, a wait, a task, a webhook, each once a lead for ever.

One step is one transaction: the lead locked, the step recorded (a unique row), and what it sends
written into the outbox. So two workers never give the same one, and a worker that dies in between
has given none. A lead of which a step fails steps aside for an hour; the others go on.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from handoff import nurture_mails, task_list
from handoff.models import NurtureStay, NurtureStep, NurtureTrack, StepDone
from handoff.nurture_tracks import done_in, goes_on_with, next_step, steps_of
from leadqual import outbox
from leadqual.models import Event, EventKind, Lead, Touch, TouchOutcome
from leadqual.stages import Stage

log = logging.getLogger(__name__)

ASIDE: Final = timedelta(hours=1)
Ended = NurtureStay.Ended
Kind = NurtureStep.Kind


def run_due(*, now: datetime, limit: int = 200) -> int:
    """Give up to `limit` leads the step that is due; returns how many were looked at.

    What follows a step at once is due at once: call it until it returns 0.
    """
    for count in range(limit):
        with transaction.atomic():
            lead = _claim(now)
            if lead is None:
                return count
            try:
                with transaction.atomic():
                    go_on(lead, now=now)
            except Exception:
                log.exception("Lead %s cannot go on along its track; it steps aside", lead.pk)
                running = NurtureStay.objects.filter(lead=lead, left_at=None)
                running.update(next_at=now + ASIDE)
    return limit


def _claim(now: datetime) -> Lead | None:
    due = Lead.objects.filter(nurture_stays__left_at=None, nurture_stays__next_at__lte=now)
    locked = due.select_for_update(of=("self",), skip_locked=True).select_related("workspace")
    # By the index alone: many may be due at one moment, and nothing is to sort them each time.
    return next(iter(locked.order_by("nurture_stays__next_at")[:1]), None)


def go_on(lead: Lead, *, now: datetime) -> None:
    """Give the locked lead the step that is due, if one still is."""
    stay = NurtureStay.objects.filter(lead=lead, left_at=None, next_at__lte=now).first()
    if stay is None or stay.track_id is None:
        return
    stay.track = track = _held_still(stay.track_id)
    done = done_in(stay)
    step = next_step(steps_of(track), place=stay.place, done=done)
    if because := over_because(lead, stay):
        end(stay, because, at=now)
    elif step is None:
        _go_on_behind(stay, track, done=done, now=now)
    elif step.kind == Kind.MAIL and lead.unsubscribed_at:
        end(stay, Ended.UNSUBSCRIBED, at=now)
    else:
        _give(step, stay, lead, now=now)


def _held_still(pk: int) -> NurtureTrack:
    """Nobody moves the steps meanwhile: whoever saves a track also moves the places of leads."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM handoff_nurturetrack WHERE id = %s FOR SHARE", [pk])
    return NurtureTrack.objects.get(pk=pk)


def over_because(lead: Lead, stay: NurtureStay) -> NurtureStay.Ended | None:
    """Why nothing more is sent in this stay, as of now; None where it goes on."""
    since = stay.track_since or stay.entered_at
    if lead.stage != Stage.NURTURE or lead.merged_into_id or lead.erased_at:
        return Ended.STOPPED
    if stay.track is None or not stay.track.is_active:
        return Ended.STOPPED
    if has_replied(lead, since=since):
        return Ended.REPLIED
    if lead.unsubscribed_at and lead.unsubscribed_at >= since:
        return Ended.UNSUBSCRIBED
    return None


def has_replied(lead: Lead, *, since: datetime) -> bool:
    """By mail, as we were told of an event, or as a person of ours has logged."""
    mails = Event.objects.filter(lead=lead, kind=EventKind.EMAIL_REPLY, occurred_at__gte=since)
    logged = Touch.objects.filter(lead=lead, outcome=TouchOutcome.REPLIED, occurred_at__gte=since)
    return mails.exists() or logged.exists()


def end(stay: NurtureStay, because: NurtureStay.Ended, *, at: datetime) -> None:
    """Nothing more is sent in this stay; the lead stays in nurture until something wakes it."""
    stay.next_at, stay.ended_because, stay.ended_at = None, because, at
    stay.save(update_fields=["next_at", "ended_because", "ended_at"])


def _go_on_behind(stay: NurtureStay, track: NurtureTrack, *, done: set[int], now: datetime) -> None:
    follower = goes_on_with(track, done=done)
    if follower is None:
        end(stay, Ended.THROUGH, at=now)
        return
    stay.track, stay.place, stay.next_at = follower, -1, now
    stay.save(update_fields=["track", "place", "next_at"])


def _give(step: NurtureStep, stay: NurtureStay, lead: Lead, *, now: datetime) -> None:
    words = _GIVEN[Kind(step.kind)](step, stay, lead, now)
    StepDone.objects.create(
        lead=lead,
        step=step,
        track_id=step.track_id,
        stay=stay,
        kind=step.kind,
        words=words[:250],
        at=now,
    )
    wait = timedelta(days=step.days or 0) if step.kind == Kind.WAIT else timedelta(0)
    stay.place, stay.next_at = step.position, now + wait
    stay.save(update_fields=["place", "next_at"])


def forget(lead: Lead) -> None:
    """For an erasure: that steps were done stays, what they said goes, and none follows."""
    StepDone.objects.filter(lead=lead).update(words="")
    NurtureStay.objects.filter(lead=lead).update(next_at=None)


def occasion(lead: Lead) -> str:
    """How the keys begin of everything that nurture sends to or about this lead."""
    return f"nurture:{lead.pk}:"


def _mail(step: NurtureStep, stay: NurtureStay, lead: Lead, now: datetime) -> str:
    mail = nurture_mails.mail_of(step, lead)
    if not lead.email:
        return f"No mail, as no address is known: {mail.subject}"
    outbox.mail(
        workspace=lead.workspace,
        key=f"{occasion(lead)}{step.pk}",
        to=lead.email,
        subject=mail.subject,
        body=mail.body,
        headers=mail.headers,
    )
    return mail.subject


def _wait(step: NurtureStep, stay: NurtureStay, lead: Lead, now: datetime) -> str:
    return nurture_mails.says(step, lead)


def _task(step: NurtureStep, stay: NurtureStay, lead: Lead, now: datetime) -> str:
    text = nurture_mails.subject_of(step, lead)
    task_list.give(
        lead=lead,
        person=lead.owner,
        key=f"{occasion(lead)}{step.pk}",
        text=text,
        at=now,
        due_at=now + timedelta(days=step.days) if step.days else None,
    )
    return text


def _webhook(step: NurtureStep, stay: NurtureStay, lead: Lead, now: datetime) -> str:
    told = {
        "id": lead.pk,
        "external_id": lead.external_id,
        "email": lead.email,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "job_title": lead.job_title,
        "company": lead.company.name if lead.company else "",
        "url": settings.LEADQUAL_URL + reverse("lead", args=[lead.workspace.slug, lead.pk]),
    }
    occurred = {"occasion": "nurture_step", "track": step.track.name, "step": step.subject}
    outbox.webhook(
        workspace=lead.workspace,
        key=f"{occasion(lead)}{step.pk}",
        url=step.url,
        payload={**occurred, "at": now, "lead": told},
    )
    return step.subject or step.url


_GIVEN: Final[dict[NurtureStep.Kind, Callable[[NurtureStep, NurtureStay, Lead, datetime], str]]] = {
    Kind.MAIL: _mail,
    Kind.WAIT: _wait,
    Kind.TASK: _task,
    Kind.WEBHOOK: _webhook,
}
