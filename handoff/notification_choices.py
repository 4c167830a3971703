"""A person chooses how to hear of offers, in one workspace."""

from datetime import datetime

from django.db import transaction

from accounts.models import User, Workspace
from handoff.digests import send_what_waits
from handoff.models import Rep
from handoff.rosters import welcome_reps


class NoWayLeft(ValueError):
    """Mail, bell and webhook would all be off."""


@transaction.atomic
def choose(
    *, workspace: Workspace, by: User, mail: str, in_app: bool, webhook_url: str, at: datetime
) -> Rep:
    """Write the person's choice down; it counts from the next word on.

    Raises NoWayLeft. Whoever is not a rep takes no offers by having chosen. What waits for a digest
    is told when a rep goes over to a mail at once.
    """
    if mail == Rep.Mail.NEVER and not in_app and not webhook_url:
        raise NoWayLeft("Keep at least one way on: mail, the bell or a webhook.")
    welcome_reps(workspace)  # else a rep who chooses first would join no pool
    Rep.objects.get_or_create(workspace=workspace, user=by, defaults={"is_active": False})
    held = Rep.objects.select_for_update(of=("self",), no_key=True)
    rep = held.select_related("user", "workspace").get(workspace=workspace, user=by)
    had_digests = rep.mail == Rep.Mail.DIGEST
    rep.mail, rep.in_app, rep.webhook_url = mail, in_app, webhook_url
    rep.digested_at = _had_digests_until(rep, had_digests, at=at)
    rep.save(update_fields=["mail", "in_app", "webhook_url", "digested_at"])
    if had_digests and mail == Rep.Mail.AT_ONCE:
        send_what_waits(rep, now=at)
    return rep


def _had_digests_until(rep: Rep, had_digests: bool, *, at: datetime) -> datetime | None:
    """Whoever wanted no mail is told of nothing of that time by a mail: see digests."""
    if rep.mail == Rep.Mail.NEVER:
        return None
    return at if had_digests and rep.mail == Rep.Mail.AT_ONCE else rep.digested_at
