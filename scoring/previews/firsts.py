"""When a lead first reached thresholds, said for all thresholds at once.

A look reaches every threshold up to its numbers. What one lead has reached by some moment is thus
the union of as many boxes as it had looks, and a union is a sum of boxes with signs: two boxes,
less the one that they share. Signed boxes of many leads add up, so a report keeps one row for
those alike, and whoever moves thresholds only adds up the signs of the boxes that reach them.
"""

from collections import Counter

Point = tuple[int, int, int]
"""Fit, intent and total in whole points: a box of all thresholds up to these."""


class Reached:
    """The thresholds that one lead has reached so far.

    Of any thresholds, the signs of the points that reach them add up to 1 where some look of the
    lead reached them all, else to 0.
    """

    def __init__(self) -> None:
        self.signs: Counter[Point] = Counter()

    def add(self, point: Point) -> Counter[Point]:
        """Returns the signs of what this look reaches and none before it did; often of nothing."""
        if self._has(point):
            return Counter()
        new = Counter({point: 1})
        for known, sign in self.signs.items():
            new[_shared(point, known)] -= sign
        self.signs.update(new)
        self.signs = _without_zeros(self.signs)
        return _without_zeros(new)

    def _has(self, point: Point) -> bool:
        return sum(sign for known, sign in self.signs.items() if _shared(point, known) == point) > 0


def _shared(one: Point, other: Point) -> Point:
    return min(one[0], other[0]), min(one[1], other[1]), min(one[2], other[2])


def _without_zeros(signs: Counter[Point]) -> Counter[Point]:
    return Counter({point: sign for point, sign in signs.items() if sign})
