"""How the demo's sales teams are set up: pools, routing rules, who is away, nurture tracks, and
which scorecard has the final word."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.models import User, Workspace
from handoff.models import (
    Framework,
    HandoffPolicy,
    NurtureStep,
    NurtureTrack,
    Pool,
    PoolMember,
    Rep,
    RoutingPlan,
    RoutingRule,
)
from sla.models import Absence

Kind = NurtureStep.Kind


@dataclass(frozen=True)
class Rule:
    """`to` is the name of a pool, or the address of a person."""

    name: str
    to: str
    conditions: dict[str, Any]


@dataclass(frozen=True)
class Track:
    """`steps`: a kind with what it has: the days of a wait, or subject and body."""

    name: str
    conditions: dict[str, Any]
    steps: tuple[tuple[NurtureStep.Kind, dict[str, Any]], ...]


@dataclass(frozen=True)
class Team:
    """`pools`: name → weight by address. `tracks` have the starter track behind them. `away`:
    address → in how many days (below 0: so many ago), and for how many."""

    pools: dict[str, dict[str, int]]
    rules: tuple[Rule, ...]
    tracks: tuple[Track, ...]
    away: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    most_open: int = 25
    final_word: str = ""  # the code of a framework


def _letters(*mails: tuple[str, str]) -> tuple[tuple[NurtureStep.Kind, dict[str, Any]], ...]:
    """The mails, a fortnight between them, and a word with a person in the end."""
    steps: list[tuple[NurtureStep.Kind, dict[str, Any]]] = []
    for subject, body in mails:
        steps += [(Kind.MAIL, {"subject": subject, "body": body}), (Kind.WAIT, {"days": 14})]
    return (*steps, (Kind.TASK, {"subject": "Look at the lead: is it worth another try?"}))


_TOOLS = (
    "How others got from nine tools to two",
    "Hello $first_name,\n\nyou told us of too many tools. Three customers wrote down which they "
    "gave up first, and why:\nhttps://northwind.example/guides/fewer-tools\n",
)
_MONTH = (
    "Reports on the first of the month",
    "Hello $first_name,\n\na short recording of how a team at your size closes its month in a "
    "day:\nhttps://northwind.example/guides/reporting\n",
)
_FEWER = (
    "The one tool that everybody keeps",
    "Hello $first_name,\n\nwhoever we ask names the same one. Which is it at $company? A line is "
    "enough, and I will tell you what the others said.\n\n$rep\n",
)
_NUMBERS = (
    "Whose numbers are right?",
    "Hello $first_name,\n\ntwo lists, two sums: we wrote down how three teams ended that:\n"
    "https://northwind.example/guides/one-list\n",
)
_CLAUSES = (
    "Five clauses that cost most",
    "Hello $first_name,\n\nfrom last year’s reviews, with the wording that we put in their place:\n"
    "https://harbour.example/guides/five-clauses\n",
)
_CONTRACTS = (
    "A contract review in a day",
    "Hello $first_name,\n\nwhat we look at first, as a checklist of two pages:\n"
    "https://harbour.example/guides/contract-review\n",
)

TEAMS: Final = {
    "northwind": Team(
        pools={
            "DACH": {"ben@leadqual.demo": 2, "nia@leadqual.demo": 2, "tom@leadqual.demo": 1},
            "International": {"pia@leadqual.demo": 1, "nia@leadqual.demo": 1},
        },
        rules=(
            Rule(
                "Large companies abroad",
                "pia@leadqual.demo",
                {"countries": ["NL", "US"], "employees_from": 500},
            ),
            Rule("Abroad", "International", {"countries": ["NL", "US"]}),
            Rule("Germany, Austria, Switzerland", "DACH", {"countries": ["DE", "AT", "CH"]}),
        ),
        tracks=(
            Track(
                "Too many tools",
                {"pain_words": ["tools", "integrations"]},
                _letters(_TOOLS, _FEWER),
            ),
            Track(
                "Slow reporting", {"pain_words": ["reporting", "data"]}, _letters(_MONTH, _NUMBERS)
            ),
        ),
        away={
            "tom@leadqual.demo": ((3, 7), (-52, 7)),
            "pia@leadqual.demo": ((-160, 14),),
            "nia@leadqual.demo": ((-101, 10), (-19, 5)),
        },
        final_word="meddic",
    ),
    "harbour": Team(
        pools={"London": {"rui@leadqual.demo": 2, "ida@leadqual.demo": 1}},
        rules=(
            Rule("Ireland", "rui@leadqual.demo", {"countries": ["IE"]}),
            Rule("Great Britain", "London", {"countries": ["GB"]}),
        ),
        tracks=(Track("Contracts", {}, _letters(_CONTRACTS, _CLAUSES)),),
    ),
}


def set_up(workspace: Workspace, people: dict[str, User], *, now: datetime) -> None:
    """Pools, the plan in force, absences to come and tracks; the reps have joined already."""
    team = TEAMS[workspace.slug]
    reps = {rep.user.email: rep for rep in Rep.objects.of(workspace).select_related("user")}
    Rep.objects.of(workspace).update(most_open=team.most_open)
    pools = {name: Pool.objects.create(workspace=workspace, name=name) for name in team.pools}
    PoolMember.objects.bulk_create(
        PoolMember(pool=pools[name], rep=reps[email], weight=weight)
        for name, weights in team.pools.items()
        for email, weight in weights.items()
    )
    plan = RoutingPlan.objects.create(
        workspace=workspace,
        number=1,
        status=RoutingPlan.Status.IN_FORCE,
        created_at=now - timedelta(days=90),
        in_force_since=now - timedelta(days=90),
    )
    RoutingRule.objects.bulk_create(
        RoutingRule(
            plan=plan,
            position=position,
            name=rule.name,
            pool=pools.get(rule.to),
            person=people.get(rule.to),
            **rule.conditions,
        )
        for position, rule in enumerate(team.rules)
    )
    today = now.astimezone(workspace.zone).date()
    spans = [(email, *span) for email, away in team.away.items() for span in away]
    for email, starts_in, days in spans:
        first = today + timedelta(days=starts_in)
        Absence.objects.create(
            workspace=workspace,
            person=people[email],
            first_day=first,
            last_day=first + timedelta(days=days - 1),
            note="Holiday",
        )
    NurtureTrack.objects.of(workspace).update(position=len(team.tracks))  # the starter track
    for position, track in enumerate(team.tracks):
        _lay(workspace, track, position)
    if team.final_word:
        HandoffPolicy.objects.filter(workspace=workspace).update(
            final_word=Framework.objects.of(workspace).get(code=team.final_word)
        )


def _lay(workspace: Workspace, track: Track, position: int) -> None:
    row = NurtureTrack.objects.create(
        workspace=workspace, name=track.name, position=position, **track.conditions
    )
    NurtureStep.objects.bulk_create(
        NurtureStep(track=row, position=place, kind=kind, **said)
        for place, (kind, said) in enumerate(track.steps)
    )
