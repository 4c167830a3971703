"""Each rule that speaks for a lead as a clause that follows its name: “asked for a demo today”."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from handoff.deed_words import NAME_SHOWN, counted, deed, in_short, since, times, when
from leadqual.countries import country_name
from leadqual.models import Company, EventKind, Lead, Timeline
from scoring.models import IntentRule

Shape = IntentRule.Shape
LATELY: Final = 14
"""So many days back a count says since when; of older ones it says when the last was."""

_WANTS: Final = {
    Timeline.IMMEDIATE.value: "wants to start immediately",
    Timeline.ONE_TO_THREE.value: "wants to start within one to three months",
    Timeline.THREE_TO_SIX.value: "plans to start in three to six months",
    Timeline.RESEARCHING.value: "is looking around",
}
_OF_ROLE: Final = frozenset({"job_title", "seniority", "job_function"})
_OF_COMPANY: Final = frozenset({"icp", "company.industry", "company.employees", "company.country"})
_LEADS: Final = re.compile(
    r"(?:(?:group|global|regional|senior|executive) )*"
    r"(?:head|director|vp|svp|evp|vice president) (?:of|for) (?P<area>[^,(|/;–-]+)",
    re.IGNORECASE,
)
_CHIEFS: Final = {
    "cio": "IT",
    "chief information officer": "IT",
    "cto": "technology",
    "chief technology officer": "technology",
    "cfo": "finance",
    "chief financial officer": "finance",
    "cmo": "marketing",
    "chief marketing officer": "marketing",
    "coo": "operations",
    "chief operating officer": "operations",
}
_AREAS: Final = frozenset(
    (
        *("sales", "marketing", "operations", "finance", "procurement", "purchasing", "product"),
        *("engineering", "technology", "logistics", "development", "research", "production"),
        *("support", "services", "information", "security", "data", "digital", "business"),
        *("customer", "success", "strategy", "revenue", "growth", "people", "and"),
    )
)
"""Words for which a title has a capital letter and a sentence has none; names keep theirs."""
_RUNS: Final = frozenset({"ceo", "chief executive officer", "managing director"})


@dataclass(frozen=True)
class Clause:
    """`about`: two clauses about the same are one too many. `is_deed`: something it did."""

    text: str
    about: str
    is_deed: bool = False


def clause(rule: Mapping[str, Any], lead: Lead, *, at: datetime, zone: ZoneInfo) -> Clause:
    """`rule` is one that speaks for the lead, of an explanation."""
    basis = rule.get("because")
    if basis is None:  # nothing is known of what it rests on, but its name
        return Clause(_meets(rule), rule["name"])
    if "signal" in basis:
        return _of_events(rule, basis, at=at, zone=zone)
    return _of_fact(rule, basis, lead)


def _of_events(
    rule: Mapping[str, Any], basis: Mapping[str, Any], *, at: datetime, zone: ZoneInfo
) -> Clause:
    done = deed(
        basis["signal"], kind=basis["kind"], path=basis["path"], is_narrow=basis["is_narrow"]
    )
    about, number = f"deed {done}", basis["number"]
    if basis["shape"] == Shape.PEOPLE:
        return Clause(_of_people(done, number, own=basis["own"]), about, is_deed=True)
    first, last = (datetime.fromisoformat(each) for each in (basis["first_at"], rule["last_at"]))
    if basis["shape"] == Shape.SEQUENCE:
        name = in_short(rule["name"], NAME_SHOWN)
        return Clause(f"went through “{name}” {when(last, at=at, zone=zone)}", about, is_deed=True)
    how_often = _how_often(basis, done)
    if number == 1:
        words = f"{how_often} {when(last, at=at, zone=zone)}"
    elif (at - first).days < LATELY:
        words = f"{how_often} {since(first, at=at, zone=zone)}"
    else:
        words = f"{how_often}, most recently {when(last, at=at, zone=zone)}"
    return Clause(words, about, is_deed=True)


def _how_often(basis: Mapping[str, Any], done: str) -> str:
    number = basis["number"]
    match basis["shape"]:
        case Shape.DAYS if number > 1:
            return f"{done} on {counted(number)} different days"
        case Shape.PAGES if number > 1:
            plain = basis["kind"] == EventKind.PAGE_VIEW
            if plain and not (basis["is_narrow"] or basis["path"]):
                return f"looked at {counted(number)} different pages"
            return f"{done} on {counted(number)} different pages"
    return done if number == 1 else f"{done} {times(number)}"


def _of_people(done: str, number: int, *, own: int) -> str:
    """Of several people of a company, the lead among them or not."""
    if own and number == 1:
        return done
    if own:
        return f"is one of {counted(number)} people of the company who {done}"
    return f"has {counted(number)} colleague{'' if number == 1 else 's'} who {done}"


def _of_fact(rule: Mapping[str, Any], basis: Mapping[str, Any], lead: Lead) -> Clause:
    field, shown = basis["field"], basis["shown"] or ""
    text, about = "", field
    if field == "timeline":
        text = _WANTS.get(shown, "")
    elif field in _OF_ROLE:
        text, about = _of_role(field, shown, lead.job_title), "role"
    elif field in _OF_COMPANY and lead.company:
        text, about = of_company(lead.company, with_country=field == "company.country"), "company"
    elif field == "country" and shown:
        text = f"is in {country_name(shown)}"
    elif field in ("first_source", "direction") and lead.first_source:
        text, about = f"came to us through {in_short(lead.first_source.name, NAME_SHOWN)}", "source"
    elif field == "phone" and shown:
        text = "gave us a phone number"
    elif field == "challenge" and shown:
        text = challenge_words(shown)
    return Clause(text, about) if text else Clause(_meets(rule), f"rule {rule['name']}")


def challenge_words(challenge: str) -> str:
    return f"names “{in_short(challenge.strip().rstrip('.'), NAME_SHOWN)}” as the main challenge"


def _of_role(field: str, shown: str, title: str) -> str:
    """“decides on IT” for a Head of IT; blank where the title does not say it."""
    title = " ".join(title.split())
    if found := _LEADS.match(title):
        area = [word.lower() if word.lower() in _AREAS else word for word in found["area"].split()]
        return f"decides on {in_short(' '.join(area), NAME_SHOWN)}"
    if title.lower() in _CHIEFS:
        return f"decides on {_CHIEFS[title.lower()]}"
    if title.lower() in _RUNS:
        return "runs the company"
    return f"works in {shown}" if field == "job_function" and shown else ""


def of_company(company: Company, *, with_country: bool = False) -> str:
    """“works for a software company of 200 people”; blank where neither is known."""
    industry = " ".join(company.industry.split())
    if len(industry) > NAME_SHOWN or not industry[:1].isalpha():
        industry = ""
    size = company.employees
    people = "one person" if size == 1 else f"{size:,} people" if size else ""
    country = f" in {country_name(company.country)}" if with_country and company.country else ""
    if not (industry or people or country):
        return ""
    kind = f"{_lowered(industry)} company" if industry else "company"
    return f"works for {_article(kind)} {kind}{f' of {people}' if people else ''}{country}"


def _lowered(industry: str) -> str:
    """Within a sentence: “Financial Services” in small letters, “IT services” and “SaaS” kept."""
    return " ".join(word.lower() if word.istitle() else word for word in industry.split())


def _article(words: str) -> str:
    first = words.split()[0]
    if first.isupper() and len(first) < 5:  # spelled out: an HR company
        return "an" if first[0] in "AEFHILMNORSX" else "a"
    if re.match(r"(?:eu|uni|use|one)", first.lower()):
        return "a"
    return "an" if first[0].lower() in "aeiou" else "a"


def _meets(rule: Mapping[str, Any]) -> str:
    """For rules of which no better words are known; what they found stands beside their name."""
    name, found = (in_short(rule[part], NAME_SHOWN) for part in ("name", "arithmetic"))
    return f"meets “{name}” ({found})" if found else f"meets “{name}”"
