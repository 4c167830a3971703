"""Where a lead goes: owner, rules in order, pools; in memory, with every step in the trace."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from handoff.capacity import Hours, Load, Person
from handoff.lead_conditions import Conditions, Facts
from handoff.routing import Asked, PoolOf, Routed, Rule, after, route
from handoff.turns import Seat
from sla.business_time import Calendar
from tests.builders import MONDAY_NOON

UTC_ZONE = ZoneInfo("UTC")
BEN, NIA, PIA = 1, 2, 3
NAMES = {BEN: "Ben", NIA: "Nia", PIA: "Pia"}
EVERYBODY, NORTH = 10, 11
AWAY = [(date(2026, 3, 2), date(2026, 3, 2))]
TUESDAY = MONDAY_NOON + timedelta(hours=12)
GERMANY = Conditions(countries=["DE"])
TO_NORTH = Rule("North", GERMANY, pool=NORTH, to="North")
TO_PIA = Rule("Key accounts", GERMANY, person=PIA, to="Pia")
TO_WARM = Rule("Small", Conditions(employees_to=10), track=7, to="Warm")


def people(**changed: dict[str, Any]) -> dict[int, Person]:
    return {
        user: replace(Person(user, name, UTC_ZONE), **changed.get(name.lower(), {}))
        for user, name in NAMES.items()
    }


def pool(key: int, name: str, *users: int, **fields: Any) -> PoolOf:
    return PoolOf(key, name, [Seat(key * 100 + user, user, 1) for user in users], **fields)


POOLS = {EVERYBODY: pool(EVERYBODY, "Everybody", BEN, NIA, PIA), NORTH: pool(NORTH, "North", NIA)}
GERMAN = Asked(Facts(country="DE", employees=200))


def routed(
    asked: Asked = GERMAN,
    rules: Sequence[Rule] = (),
    pools: dict[int, PoolOf] | None = None,
    who: dict[int, Person] | None = None,
    **options: Any,
) -> Routed:
    known = POOLS if pools is None else pools
    return route(
        asked, rules, known, who or people(), takes_all=EVERYBODY, at=MONDAY_NOON, **options
    )


def skipped(found: Routed) -> dict[str, str]:
    rows: Any = found.trace["people"]
    return {row["person"]: row["skipped"] for row in rows}


def test_without_rules_the_pool_that_takes_all_gets_the_lead() -> None:
    found = routed()
    assert (found.user, found.pool) == (BEN, EVERYBODY)
    assert found.trace == {
        "rules": [],
        "to": "pool Everybody",
        "people": [
            {
                "person": name,
                "skipped": why,
                "open": 0,
                "today": 0,
                "week": 0,
                "credit": 0.0,
            }
            for name, why in (
                ("Nia", "it is not their turn"),
                ("Pia", "it is not their turn"),
                ("Ben", ""),
            )
        ],
    }


def test_the_first_rule_that_matches_wins_and_the_others_before_say_why_not() -> None:
    found = routed(rules=[TO_WARM, TO_NORTH, TO_PIA])
    assert (found.user, found.pool) == (NIA, NORTH)
    assert found.trace["rules"] == [
        {"rule": "Small", "unmet": ["company size is 200, not 1–10"]},
        {"rule": "North", "unmet": []},
    ]


def test_a_rule_to_a_track_ends_the_search() -> None:
    found = routed(replace(GERMAN, facts=Facts(country="DE", employees=5)), [TO_WARM, TO_NORTH])
    assert (found.user, found.track, found.trace["to"]) == (None, 7, "track Warm")


def test_the_same_company_stays_with_its_owner_before_any_rule() -> None:
    found = routed(replace(GERMAN, owner=(PIA, "Pia")), [TO_NORTH])
    assert (found.user, found.pool, found.trace["to"]) == (PIA, None, "person Pia")
    assert found.trace["owner"] == {"person": "Pia", "skipped": ""}


def test_an_owner_who_is_away_or_gave_the_lead_back_is_passed_over_with_the_reason() -> None:
    owned = replace(GERMAN, owner=(PIA, "Pia"))
    found = routed(owned, [TO_NORTH], who=people(pia={"away": AWAY}))
    assert found.user == NIA
    assert found.trace["owner"] == {"person": "Pia", "skipped": "is away until 02 Mar 2026"}
    gave_back = replace(owned, gave_back={PIA: "rejected this lead before"})
    assert routed(gave_back, [TO_NORTH]).user == NIA
    left = people()
    del left[PIA]
    assert routed(owned, [TO_NORTH], who=left).user == NIA


def test_a_person_named_by_a_rule_who_is_away_lets_the_lead_go_on_to_the_next_rule() -> None:
    found = routed(rules=[TO_PIA, TO_NORTH], who=people(pia={"away": AWAY}))
    assert found.user == NIA
    assert found.trace["rules"] == [
        {
            "rule": "Key accounts",
            "unmet": [],
            "person": "Pia",
            "skipped": "is away until 02 Mar 2026",
        },
        {"rule": "North", "unmet": []},
    ]
    assert routed(rules=[TO_PIA], who=people(pia={"away": AWAY})).user == BEN


def test_a_pool_of_which_somebody_is_back_later_keeps_its_lead() -> None:
    found = routed(rules=[TO_NORTH], who=people(nia={"away": AWAY}))
    assert (found.user, found.pool, found.retry_at) == (None, NORTH, TUESDAY)
    assert (found.trace["to"], skipped(found)) == (
        "pool North",
        {"Nia": "is away until 02 Mar 2026"},
    )


def test_a_paused_pool_keeps_its_leads_too() -> None:
    pools = POOLS | {NORTH: replace(POOLS[NORTH], is_paused=True)}
    found = routed(rules=[TO_NORTH], pools=pools)
    assert (found.user, found.retry_at) == (None, MONDAY_NOON)
    assert skipped(found) == {"Nia": "waits as the pool is paused"}


def test_a_pool_whose_members_all_gave_the_lead_back_lets_it_go_on() -> None:
    said = replace(GERMAN, gave_back={NIA: "said “not mine” before"})
    found = routed(said, [TO_NORTH])
    assert (found.user, found.pool) == (BEN, EVERYBODY)
    assert skipped(found)["Nia"] == "said “not mine” before"
    assert routed(said, [TO_NORTH], {NORTH: POOLS[NORTH]}).user is None
    empty = POOLS | {NORTH: replace(POOLS[NORTH], seats=[])}
    assert routed(rules=[TO_NORTH], pools=empty).user == BEN


def test_nobody_who_gave_it_back_is_asked_again_in_the_cycle() -> None:
    everybody = dict.fromkeys(NAMES, "said “not mine” before")
    found = routed(replace(GERMAN, gave_back=everybody))
    assert (found.user, found.retry_at) == (None, None)


def test_who_rejected_it_in_an_earlier_cycle_is_asked_when_nobody_else_is_left() -> None:
    no = replace(GERMAN, said_no={BEN})
    assert routed(no).user == NIA
    last = replace(no, gave_back=dict.fromkeys([NIA, PIA], "said “not mine” before"))
    assert routed(last).user == BEN


def test_all_away_and_all_capped_name_the_moment_when_the_first_may_take_it() -> None:
    away = {name.lower(): {"away": AWAY} for name in NAMES.values()}
    assert routed(who=people(**away)).retry_at == TUESDAY
    capped = {name: {"most_a_week": 3, "load": Load(0, 1, 3)} for name in ("ben", "nia", "pia")}
    found = routed(who=people(**capped))
    assert (found.user, found.retry_at) == (None, MONDAY_NOON + timedelta(days=6, hours=12))


def test_members_without_own_hours_take_turns_in_those_of_the_pool_whose_turn_it_is() -> None:
    mornings = Calendar("UTC", (((time(9), time(12)),),) * 7)
    always = Calendar("UTC", (((time(0), time(0)),),) * 7)
    closed = replace(POOLS[NORTH], hours=Hours(mornings))
    pools = {**POOLS, NORTH: closed}
    found = routed(rules=[TO_NORTH], pools=pools)
    assert (found.user, found.pool, found.retry_at) == (
        None,
        NORTH,
        MONDAY_NOON + timedelta(hours=21),
    )
    assert skipped(found)["Nia"] == "is outside working hours"
    assert routed(pools=pools, who=people(ben={"away": AWAY})).user == NIA  # of the other pool
    own = people(nia={"hours": Hours(always)})
    assert routed(rules=[TO_NORTH], pools=pools, who=own).user == NIA


def test_a_release_passes_over_whose_day_is_full() -> None:
    full = people(ben={"pace": 1, "load": Load(1, 1, 1)})
    assert routed(who=full, paced=True).user == NIA
    assert routed(who=full).user == BEN


RATES = st.lists(st.integers(1, 9), min_size=1, max_size=6)


@given(st.data(), RATES, st.integers(1, 60))
def test_a_hundred_leads_in_memory_keep_to_caps_absences_and_refusals(
    data: st.DataObject, weights: list[int], leads: int
) -> None:
    users = range(len(weights))
    limit = st.none() | st.integers(1, 12)
    who = {
        user: Person(
            user,
            f"Rep {user}",
            UTC_ZONE,
            most_open=data.draw(limit),
            most_a_day=data.draw(limit),
            most_a_week=data.draw(limit),
            away=AWAY if data.draw(st.integers(0, 4)) == 0 else (),
        )
        for user in users
    }
    seats = [Seat(user, user, weight) for user, weight in enumerate(weights)]
    pools = {EVERYBODY: PoolOf(EVERYBODY, "Everybody", seats)}
    for _ in range(leads):
        asked = Asked(
            Facts(),
            gave_back=dict.fromkeys(data.draw(st.sets(st.sampled_from(users))), "gave it back"),
        )
        found = route(asked, [], pools, who, takes_all=EVERYBODY, at=MONDAY_NOON)
        able = [u for u in users if u not in asked.gave_back and not who[u].refusal(MONDAY_NOON)]
        assert (found.user in able) if able else found.user is None
        pools, who = after(found, pools, who)
    for person in who.values():
        most = [m for m in (person.most_open, person.most_a_day, person.most_a_week) if m]
        assert person.load.open <= min(most, default=leads)
        assert not (person.away and person.load.open)
