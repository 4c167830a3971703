"""What people hear of promises: that the time runs out, and that one was missed. Each once.

The key of each occasion names the deadline: one that a pause, a holiday or a touch logged late has
moved runs out again and is missed again, and people hear of that; of the same one they never do.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from accounts.access import Permission, members_with
from accounts.models import Membership, User, Workspace
from handoff import messages
from handoff.message_texts import facts_of
from handoff.models import Handoff, MessageTemplate, Rep
from handoff.notifications import choice_of, link_of
from leadqual import outbox
from sla.models import Clock, Commitment, Side
from sla.models.clocks import LATE

Told = Commitment.Told
WARNED, MISSED = "warned", "breached"


def people_named(clock: Clock, names: Iterable[str]) -> list[User]:
    """Those whom a promise names, each once: `Commitment.warns` or `Commitment.tells`."""
    workspace, found = clock.workspace, list[User]()
    if Told.SALES_MANAGERS in names:
        found += messages.managers(workspace)
    if Told.MARKETING_MANAGERS in names:
        found += members_with(workspace, Permission.SIGN_FOR_MARKETING)
    if Told.PERSON in names and clock.person and _is_member(workspace, clock.person):
        found.append(clock.person)
    return list({user.pk: user for user in found}.values())


def tell_warned(clock: Clock, *, percent: int, handoff: Handoff | None) -> None:
    """So much of the time has passed. The key names clock, deadline and percentage, so that whoever
    gets it twice can drop the second."""
    key = f"{of_deadline(WARNED, clock)}:{percent}"
    people = people_named(clock, clock.commitment.warns)
    facts = {**_facts(clock, handoff), "percent": str(percent)}
    _tell(clock, people, code=MessageTemplate.Code.WARNED, key=key, facts=facts)
    if clock.person in people:
        _post(clock, key=key, percent=percent, handoff=handoff)


def tell_missed(clock: Clock, *, now: datetime, handoff: Handoff | None) -> None:
    people = people_named(clock, clock.commitment.tells)
    facts = {**_facts(clock, handoff), "late": _late(clock, now=now)}
    key = of_deadline(MISSED, clock)
    _tell(clock, people, code=MessageTemplate.Code.BREACHED, key=key, facts=facts)


def tell_run_out(handoff: Handoff, clock: Clock, *, now: datetime) -> None:
    """Nobody decided on it; the rep hears of that anyhow (`handoff.messages`)."""
    people = [each for each in people_named(clock, clock.commitment.tells) if each != handoff.rep]
    facts = {
        **facts_of(handoff),
        "due": _moment(clock, clock.due_at),
        "late": _late(clock, now=now),
    }
    key = f"expired:{handoff.pk}"
    _tell(clock, people, code=MessageTemplate.Code.EXPIRED, key=key, facts=facts)


def occasions(clock_pk: int) -> list[str]:
    """How the keys of all that people were told of the clock begin."""
    return [f"{what}:{clock_pk}:" for what in (WARNED, MISSED)]


def of_deadline(what: str, clock: Clock) -> str:
    """A key for what follows, once, when the clock's present deadline nears or has passed."""
    return f"{what}:{clock.pk}:{clock.due_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _tell(
    clock: Clock,
    people: Collection[User],
    *,
    code: MessageTemplate.Code,
    key: str,
    facts: Mapping[str, str],
) -> None:
    """In the bell and by mail; who is held to it as they chose to hear of offers."""
    said: dict[str, Any] = {"code": code, "key": key, "lead": clock.lead, "facts": facts}
    others = [user for user in people if user != clock.person]
    if others:
        messages.tell(others, **said)
    if clock.person and clock.person in people:
        bell, mail = _ways(choice_of(clock.workspace, clock.person))
        messages.tell([clock.person], **said, bell=bell, mail=mail)


def _ways(chose: Rep) -> tuple[bool, bool]:
    """Bell and mail; whoever wants neither is told in the bell, for it is about their own word."""
    mail = chose.mail == Rep.Mail.AT_ONCE or (chose.mail == Rep.Mail.DIGEST and not chose.in_app)
    return chose.in_app or not mail, mail


def _facts(clock: Clock, handoff: Handoff | None) -> dict[str, str]:
    own = facts_of(handoff) if handoff else {}
    return {
        **own,
        "rep": clock.person.get_short_name() if clock.person else _side(clock),
        "due": _moment(clock, clock.due_at),
        "promise": clock.get_code_display(),
    }


def _side(clock: Clock) -> str:
    side = clock.commitment.side
    return "nobody yet" if side == Side.SALES else side.label.lower()


def _late(clock: Clock, *, now: datetime) -> str:
    if now - clock.due_at <= LATE:
        return ""
    return f" This was noticed late, on {_moment(clock, now)}."


def _moment(clock: Clock, at: datetime) -> str:
    workspace = clock.workspace
    return f"{at.astimezone(workspace.zone):%a %d %b %Y, %H:%M} ({workspace.timezone})"


def _is_member(workspace: Workspace, person: User) -> bool:
    return Membership.objects.of(workspace).current().filter(user=person).exists()


def _post(clock: Clock, *, key: str, percent: int, handoff: Handoff | None) -> None:
    """To the webhook of who is held to it."""
    if clock.person is None or handoff is None:
        return
    url = choice_of(clock.workspace, clock.person).webhook_url
    if url:
        payload = {
            "id": key,
            "occasion": "warned",
            "workspace": clock.workspace.slug,
            "promise": clock.code,
            "percent": percent,
            "rep": clock.person.email,
            "lead": clock.lead.display_name,
            "due_at": clock.due_at.isoformat(),
            "link": link_of(handoff),
        }
        outbox.webhook(workspace=clock.workspace, key=key, url=url, payload=payload)
