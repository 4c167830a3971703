"""How a rep hears of the leads offered to them, by their own choice in each workspace.

The bell and the webhook are told at once. A mail goes at once, in a digest (`handoff.digests`) or
never; of a hot lead at once, to whoever has mails at all. `Handoff.mail_key` names the mail that
tells of an offer, so that none is told twice or forgotten, whatever the rep chose meanwhile.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.urls import reverse

from accounts.models import User, Workspace
from handoff.message_texts import Code, company_of, facts_of, own_words, rendered
from handoff.models import Handoff, Rep
from leadqual import outbox

OUTBOX_LASTS: Final = timedelta(days=3)
"""After so long nothing of an occasion is tried any more: see `outbox.BACKOFF_MINUTES`."""


def choice_of(workspace: Workspace, user: User) -> Rep:
    """What the person chose; unsaved where they chose nothing yet: a mail at once, and the bell."""
    chosen = Rep.objects.of(workspace).filter(user=user).first()
    return chosen or Rep(workspace=workspace, user=user)


def offered_key(handoff: Handoff) -> str:
    return f"offered:{handoff.pk}"


def ended_key(handoff: Handoff) -> str:
    return f"ended:{handoff.pk}"


def first_word(rep: Rep, handoff: Handoff) -> dict[str, Any]:
    """What the hand-off keeps of how `tell_of_offer` tells the rep."""
    told: dict[str, Any] = {}
    if rep.in_app and handoff.notified_at is None:
        told["notified_at"] = handoff.offered_at
    if mailed_at_once(rep, handoff):
        told["mail_key"] = offered_key(handoff)
    return told


def tell_of_offer(
    handoff: Handoff, *, rep: Rep | None = None, own: tuple[str, str] | None = None
) -> None:
    """The rep hears of the offer: see above; in the transaction that makes it. Who knows already
    what the rep chose, and what `own` words the workspace has, says both, and has written down the
    `first_word`."""
    key = offered_key(handoff)
    if rep is None:
        rep = choice_of(handoff.workspace, handoff.rep)
        own = own_words(handoff.workspace, Code.OFFERED)
        if told := first_word(rep, handoff):
            Handoff.objects.filter(pk=handoff.pk).update(**told)
            for name, value in told.items():
                setattr(handoff, name, value)
    subject, body = _words(handoff, own)
    if rep.in_app:
        _ring(handoff, key=key, text=subject)
    if mailed_at_once(rep, handoff):
        outbox.mail(
            workspace=handoff.workspace,
            key=key,
            to=handoff.rep.email,
            subject=subject,
            body=body,
        )
    _post(rep, handoff, key=key, occasion="offered")


def mailed_at_once(rep: Rep, handoff: Handoff) -> bool:
    is_hot = handoff.tier is not None and handoff.tier.is_hot
    return rep.mail == Rep.Mail.AT_ONCE or (rep.mail == Rep.Mail.DIGEST and is_hot)


def tell_of_end(handoff: Handoff) -> None:
    """The offer has run out or was withdrawn: the rep hears it in the bell, else by mail, and by
    webhook; at once, so that nobody calls a lead that is somebody else's by now."""
    rep = choice_of(handoff.workspace, handoff.rep)
    key, text = ended_key(handoff), _ended(handoff)
    if rep.in_app:
        _ring(handoff, key=key, text=text)
    elif rep.mail != Rep.Mail.NEVER and handoff.mail_key:
        body = f"Hello {handoff.rep.get_short_name()},\n\n{text}\n\n{link_of(handoff)}\n"
        outbox.mail(
            workspace=handoff.workspace, key=key, to=handoff.rep.email, subject=text, body=body
        )
    _post(rep, handoff, key=key, occasion=handoff.status)


def _ended(handoff: Handoff) -> str:
    lead = f"{handoff.lead.display_name} of {company_of(handoff)}"
    if handoff.status == Handoff.Status.EXPIRED:
        return f"The time to decide on {lead} has run out; it goes to somebody else."
    note = f": {handoff.note}" if handoff.note else ""
    return f"{lead} is no longer offered to you{note}."


def _ring(handoff: Handoff, *, key: str, text: str) -> None:
    outbox.notify(
        workspace=handoff.workspace,
        user=handoff.rep,
        key=key,
        text=text,
        url=_path(handoff),
    )


def _words(handoff: Handoff, own: tuple[str, str] | None) -> tuple[str, str]:
    lead = {"lead": handoff.lead.display_name, "company": company_of(handoff)}
    known = {**lead, "promise": "", "link": link_of(handoff), **facts_of(handoff)}
    return rendered(own, Code.OFFERED, known)


def _path(handoff: Handoff) -> str:
    return reverse("lead", args=[handoff.workspace.slug, handoff.lead_id])


def link_of(handoff: Handoff) -> str:
    return f"{settings.LEADQUAL_URL}{_path(handoff)}"


def _post(rep: Rep, handoff: Handoff, *, key: str, occasion: str) -> None:
    if rep.webhook_url:
        outbox.webhook(
            workspace=handoff.workspace,
            key=key,
            url=rep.webhook_url,
            payload=document_of(handoff, key=key, occasion=occasion),
        )


def document_of(handoff: Handoff, *, key: str, occasion: str) -> dict[str, Any]:
    """What a webhook says of an offer; `handoff.webhook_trial` sends the same of nobody."""
    return {
        "id": key,
        "occasion": occasion,
        "workspace": handoff.workspace.slug,
        "rep": handoff.rep.email,
        "lead": handoff.lead.display_name,
        "company": company_of(handoff) if handoff.lead.company else None,
        "tier": handoff.tier.name if handoff.tier else None,
        "grade": handoff.grade,
        "why_now": handoff.why_now,
        "due_at": handoff.due_at.isoformat() if handoff.due_at else None,
        "link": link_of(handoff),
    }


SENT = """
WITH told AS (
    SELECT h.id, first_word.at
    FROM handoff_handoff h CROSS JOIN LATERAL (
        SELECT min(m.sent_at) AS at FROM leadqual_outboxmessage m
        WHERE m.workspace_id = h.workspace_id AND m.key IN (h.mail_key, 'offered:' || h.id)
    ) first_word
    WHERE h.notified_at IS NULL AND h.offered_at > %s AND first_word.at IS NOT NULL
    FOR NO KEY UPDATE OF h SKIP LOCKED
)
UPDATE handoff_handoff h SET notified_at = told.at FROM told WHERE h.id = told.id
"""
"""An offer that somebody is deciding this moment is looked at again a few seconds later."""


def note_notified(*, now: datetime) -> int:
    """Write down when the first word of an offer left; returns of how many offers it did."""
    with connection.cursor() as cursor:
        cursor.execute(SENT, [now - OUTBOX_LASTS])
        return int(cursor.rowcount)
