"""Weighted turns: nobody is a whole turn from their share, and nobody catches up in a burst."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from handoff.turns import Seat, changed, take
from tests.builders import MONDAY_NOON

WEIGHTS = st.lists(st.integers(1, 20), min_size=1, max_size=12)


def seats_of(weights: list[int]) -> list[Seat]:
    return [Seat(key=n, user=n, weight=weight) for n, weight in enumerate(weights)]


def take_turns(seats: list[Seat], count: int) -> tuple[list[int], list[Seat]]:
    """Who took each of so many turns, all of them able to."""
    order = []
    for n in range(count):
        chosen, seats = take(seats, at=MONDAY_NOON + timedelta(minutes=n))
        order.append(chosen)
    return order, seats


def filled_up(weights: list[int], caps: list[int], turns: int) -> list[float]:
    """Turns poured out by weight; what a full one can take no more flows to the others."""
    got, left = [0.0] * len(weights), float(turns)
    open_ = {n for n, cap in enumerate(caps) if cap}
    while left > 1e-9 and open_:
        total = sum(weights[n] for n in open_)
        step = min([left / total, *((caps[n] - got[n]) / weights[n] for n in open_)])
        for n in open_:
            got[n] += step * weights[n]
        left -= step * total
        open_ = {n for n in open_ if caps[n] - got[n] > 1e-9}
    return got


def test_equal_weights_take_turns_one_after_the_other() -> None:
    order, _ = take_turns(seats_of([1, 1, 1]), 7)
    assert order == [0, 1, 2, 0, 1, 2, 0]


def test_twice_the_weight_is_twice_the_turns_and_never_two_together_more_than_needed() -> None:
    order, _ = take_turns(seats_of([2, 1, 1]), 8)
    assert order == [0, 1, 2, 0, 0, 1, 2, 0]


def test_of_two_alike_the_one_assigned_longest_ago_comes_first() -> None:
    first, second = seats_of([1, 1])
    first = replace(first, last_assigned_at=MONDAY_NOON)
    second = replace(second, last_assigned_at=MONDAY_NOON - timedelta(days=1))
    assert take([first, second], at=MONDAY_NOON)[0] == second.key
    assert take([first, replace(second, last_assigned_at=None)], at=MONDAY_NOON)[0] == 1


@given(WEIGHTS, st.integers(1, 150))
def test_turns_stay_within_one_of_the_ideal_after_every_turn(weights: list[int], n: int) -> None:
    order, _ = take_turns(seats_of(weights), n)
    total = sum(weights)
    for t in range(1, n + 1):
        for key, weight in enumerate(weights):
            assert abs(order[:t].count(key) - t * weight / total) < 1


@given(st.data(), WEIGHTS, st.integers(1, 150))
def test_with_caps_turns_stay_within_one_of_filling_up_by_weight(
    data: st.DataObject, weights: list[int], n: int
) -> None:
    cap = st.integers(0, 30)
    caps = data.draw(st.lists(cap, min_size=len(weights), max_size=len(weights)))
    n = min(n, sum(caps))
    seats, got = seats_of(weights), [0] * len(weights)
    for minute in range(n):
        able = [seat for seat in seats if got[seat.key] < caps[seat.key]]
        chosen, taken = take(able, at=MONDAY_NOON + timedelta(minutes=minute))
        seats = changed(seats, taken)
        got[chosen] += 1
    ideal = filled_up(weights, caps, n)
    assert all(abs(had - share) < 1 for had, share in zip(got, ideal, strict=True))


@given(st.data(), WEIGHTS)
def test_who_is_away_stands_still_and_whoever_comes_and_goes_only_the_able_take_turns(
    data: st.DataObject, weights: list[int]
) -> None:
    seats = seats_of(weights)
    for minute in range(40):
        able = data.draw(st.lists(st.sampled_from(seats), unique=True))
        if not able:
            continue
        before = {seat.key: seat.credit for seat in seats}
        chosen, taken = take(able, at=MONDAY_NOON + timedelta(minutes=minute))
        seats = changed(seats, taken)
        away = {seat.key for seat in seats} - {seat.key for seat in able}
        assert chosen in {seat.key for seat in able}
        assert all(seat.credit == before[seat.key] for seat in seats if seat.key in away)
        assert abs(sum(seat.credit for seat in taken)) < 1e-9
        assert max(abs(seat.credit) for seat in seats) < len(weights) + 1


def test_who_comes_back_after_a_hundred_turns_gets_no_burst() -> None:
    seats = seats_of([1, 1, 1])
    _, others = take_turns(seats[1:], 100)
    order, _ = take_turns([seats[0], *others], 9)
    assert [order.count(n) for n in range(3)] == [3, 3, 3]


def test_a_turn_given_back_is_one_more_for_that_member_and_the_others_go_on_by_weight() -> None:
    _, seats = take_turns(seats_of([1, 2, 3]), 60)
    owed = [replace(seats[0], credit=seats[0].credit + 1), *seats[1:]]
    order, _ = take_turns(owed, 61)
    counts = [order.count(n) for n in range(3)]
    # Of 121 turns one was given back: of the 120 that count, each has its share.
    assert [counts[0] - 1, counts[1], counts[2]] == [10, 20, 30]


def test_a_member_removed_in_mid_rotation_leaves_the_others_in_step() -> None:
    _, seats = take_turns(seats_of([3, 2, 2, 1]), 5)
    rest = [seat for seat in seats if seat.key != 1]
    order, _ = take_turns(rest, 60)
    for key, ideal in ((0, 30), (2, 20), (3, 10)):
        assert abs(order.count(key) - ideal) <= 1
