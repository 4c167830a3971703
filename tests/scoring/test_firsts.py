"""What a lead has reached, as points with signs: held against its looks one by one."""

from hypothesis import given
from hypothesis import strategies as st

from scoring.previews.firsts import Point, Reached

points = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 1)).map(
    lambda p: (p[0], p[1], p[0] + p[1] + p[2])
)
every = [(fit, intent, total) for fit in range(6) for intent in range(6) for total in range(12)]


def reaches(look: Point, asked: Point) -> bool:
    return all(has >= floor for has, floor in zip(look, asked, strict=True))


@given(looks=st.lists(points, max_size=9))
def test_each_threshold_is_reached_first_at_the_first_look_that_has_as_much(
    looks: list[Point],
) -> None:
    reached = Reached()
    new = [reached.add(look) for look in looks]
    for asked in every:
        first = next((n for n, look in enumerate(looks) if reaches(look, asked)), None)
        told = [sum(sign for p, sign in signs.items() if reaches(p, asked)) for signs in new]
        assert told == [int(n == first) for n in range(len(looks))]
        has = sum(sign for p, sign in reached.signs.items() if reaches(p, asked))
        assert has == int(first is not None)


def test_a_lead_that_only_rises_keeps_one_point() -> None:
    reached = Reached()
    for intent in range(50):
        reached.add((30, intent, 30 + intent))
    assert reached.signs == {(30, 49, 79): 1}


def test_a_look_with_no_more_of_anything_adds_nothing() -> None:
    reached = Reached()
    reached.add((30, 20, 50))
    assert reached.add((30, 10, 40)) == {}
