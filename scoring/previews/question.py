"""What a preview asks: which two versions, of which weeks, in whose time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scoring.engine.definitions import Definitions, definitions_of, read_definitions
from scoring.engine.rule_values import RuleSet
from scoring.engine.rules import read_rules, rules_of
from scoring.models import ModelVersion, Preview

WEEKS = 13
"""A quarter: what a preview looks back on where nobody says otherwise."""
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class HandoffMoment:
    """One lead offered to a rep, and what came of it; passed in from above.

    `accepted` and `won` are None while undecided and while the deal is open; `won` is False
    where the deal was lost or the lead given back after acceptance, and for rejected leads.
    `channel` is the name of the lead's first source, blank where there is none.
    """

    lead_id: int
    at: datetime
    accepted: bool | None
    won: bool | None
    channel: str = ""


@dataclass(frozen=True)
class Judge:
    """A version as it judges numbers."""

    rules: RuleSet
    definitions: Definitions

    @classmethod
    def of(cls, version: ModelVersion) -> "Judge":
        """A draft's rows stay prefetched on `version`, which must be fresh: they may change."""
        if version.final_since is not None:
            return cls(rules_of(version), definitions_of(version))
        return cls(read_rules([version])[version.pk], read_definitions([version])[version.pk])


@dataclass(frozen=True)
class Question:
    """`old` is None where no version was in force. Leads are those captured before `until`."""

    new: Judge
    old: Judge | None
    since: datetime
    until: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, preview: Preview) -> "Question":
        old = Judge.of(preview.against) if preview.against else None
        new, zone = Judge.of(preview.version), preview.workspace.zone
        return cls(new, old, preview.since, preview.until, zone)

    @property
    def judges(self) -> dict[str, Judge]:
        return {"old": self.old, "new": self.new} if self.old else {"new": self.new}

    @property
    def before(self) -> datetime:
        """The last moment before the period."""
        return self.since - TICK

    def week(self, at: datetime) -> int:
        """The place of the moment's week in `mondays`."""
        return (_monday(at, self.zone) - _monday(self.since, self.zone)).days // 7

    def mondays(self) -> list[date]:
        """The ISO weeks that the period touches, by the Monday they begin with."""
        first, weeks = _monday(self.since, self.zone), self.week(self.until - TICK) + 1
        return [first + timedelta(weeks=n) for n in range(weeks)]


def _monday(at: datetime, zone: ZoneInfo) -> date:
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def last_weeks(zone: ZoneInfo, *, now: datetime, weeks: int = WEEKS) -> tuple[datetime, datetime]:
    """[since, until): so many full ISO weeks before the present one, in that zone."""
    monday = _monday(now, zone)
    since, until = (
        datetime.combine(day, time(), tzinfo=zone)
        for day in (monday - timedelta(weeks=weeks), monday)
    )
    return since, until
