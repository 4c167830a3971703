"""What a lead did, as a person would say it: “looked at the pricing page three times”.

Signals are named by whoever defines them, so that a name is either used as the words of a sentence,
where it begins with a verb that we know, or quoted.
"""

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from leadqual.models import EventKind

_NUMBERS: Final = (
    *("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
)
_LOOKED: Final = frozenset({"visited", "viewed", "looked", "saw", "opened"})
_PAST: Final = (
    "accepted activated added answered asked attended began booked bought browsed built "
    "calculated called came chatted checked chose clicked commented compared completed "
    "configured confirmed connected contacted created discussed downloaded engaged exported "
    "filled finished followed forwarded got hit imported installed integrated interacted "
    "invited joined launched liked logged made met mentioned ordered placed played posted "
    "rated reached read recommended referred registered replied reported requested responded "
    "returned reviewed saved scheduled searched selected sent set shared showed signed spent "
    "spoke started stayed submitted subscribed switched talked took tested tried turned "
    "unlocked updated upgraded uploaded used verified wanted watched went wrote "
)
_VERBS: Final = _LOOKED | frozenset(_PAST.split())
"""Past tenses with which the names of signals begin; listed, as “Advanced plan” has -ed, too."""
_OF_KIND: Final = {
    EventKind.PAGE_VIEW: ("looked at a page", "looked at"),
    EventKind.FORM: ("sent a form", "sent"),
    EventKind.DEMO_REQUEST: ("asked for a demo", "asked for a demo:"),
    EventKind.DOWNLOAD: ("downloaded something", "downloaded"),
    EventKind.WEBINAR: ("took part in a webinar", "took part in"),
    EventKind.EMAIL_OPEN: ("opened an e-mail", "opened"),
    EventKind.EMAIL_CLICK: ("clicked a link in an e-mail", "clicked a link in"),
    EventKind.EMAIL_REPLY: ("replied to an e-mail", "replied to"),
    EventKind.AD_CLICK: ("clicked an ad", "clicked"),
    EventKind.MEETING: ("met us", "met us for"),
    EventKind.CHAT: ("chatted with us", "chatted with us about"),
}
_BARE: Final = re.compile(
    r"(completed|filled in|filled out|sent|submitted|visited|viewed|opened|started) "
    r"(?!(?:a|an|the|our|your|their|its|any|some|every|each|one|two|three|several|more) )"
    r"(.*\b(?:form|page|calculator|survey|quiz))",
    re.IGNORECASE,
)
"""Names such as “Completed full enquiry form”, which leave out what a sentence needs."""
_PAGE: Final = re.compile(r"/([a-z]{3,}(?:[-_][a-z]+){0,2})/?")
NAME_SHOWN: Final = 80
SAID_PLAINLY: Final = frozenset({EventKind.DEMO_REQUEST, EventKind.EMAIL_REPLY})
"""Kinds that say all there is to say, unless the signal asks for more."""


def deed(name: str, *, kind: str, path: str = "", is_narrow: bool = False) -> str:
    """The signal in the past tense: “looked at the pricing page”, “downloaded “ROI guide””.

    `is_narrow`: it asks for UTM or properties, which only its name tells.
    """
    name = " ".join(name.split()).rstrip(".")
    verb = name.partition(" ")[0].lower()
    page = _PAGE.fullmatch(path) if kind == EventKind.PAGE_VIEW and not is_narrow else None
    if page and (verb in _LOOKED or verb not in _VERBS):
        return f"looked at the {re.sub('[-_]', ' ', page[1])} page"
    if kind in SAID_PLAINLY and not is_narrow and not path:
        return _OF_KIND[EventKind(kind)][0]
    if verb in _VERBS and not re.search(r"[.!?:;]\s", name):
        said = _BARE.sub(r"\1 the \2", name, count=1) if _BARE.fullmatch(name) else name
        return in_short(said[0].lower() + said[1:], NAME_SHOWN)
    begun = _OF_KIND[EventKind(kind)][1] if kind in EventKind.values else "showed"
    return f"{begun} “{in_short(name, NAME_SHOWN)}”"


def deed_of_kind(kind: str) -> str:
    """An event that shows no signal: “opened an e-mail”."""
    return _OF_KIND[EventKind(kind)][0]


def in_short(text: str, most: int) -> str:
    """In one line of at most so many characters, cut with “…” between words if there are any."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    at_word = cut[: cut.rfind(" ")] if " " in cut[most // 2 :] else cut
    return f"{at_word.rstrip()}…"


def times(number: int) -> str:
    """“twice”, “three times”, “14 times”; “once” for one."""
    return {1: "once", 2: "twice"}.get(number, f"{counted(number)} times")


def counted(number: int) -> str:
    """Up to ten in letters: “three”, “14”."""
    return _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"


def when(moment: datetime, *, at: datetime, zone: ZoneInfo) -> str:
    """“today”, “yesterday”, “on Thursday” for the last week, “on 3 March”."""
    day = _day(moment, at=at, zone=zone)
    return day if day in ("today", "yesterday") else f"on {day}"


def since(moment: datetime, *, at: datetime, zone: ZoneInfo) -> str:
    """“today”, “since yesterday”, “since Thursday”, “since 3 March”."""
    day = _day(moment, at=at, zone=zone)
    return day if day == "today" else f"since {day}"


def _day(moment: datetime, *, at: datetime, zone: ZoneInfo) -> str:
    then, now = moment.astimezone(zone).date(), at.astimezone(zone).date()
    age = now - then
    if age <= timedelta(0):
        return "today"
    if age == timedelta(days=1):
        return "yesterday"
    if age < timedelta(days=7):
        return f"{then:%A}"
    return f"{then:%-d %B}" if age < timedelta(days=300) else f"{then:%-d %B %Y}"
