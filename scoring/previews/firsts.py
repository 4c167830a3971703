"""When a lead first reached thresholds, said for all thresholds at once.

A look reaches every threshold up to its numbers. What one lead has reached by some moment is thus
the union of as many boxes as it had looks, and a union is a sum of boxes with signs: two boxes,
less the one that they share. Signed boxes of many leads add up, so a report keeps one row for
those alike, and whoever moves thresholds only adds up the signs of the boxes that reach them.
"""

Point = tuple[int, int, int]
"""Fit, intent and total in whole points: a box of all thresholds up to these."""
Signs = dict[Point, int]


class Reached:
    """The thresholds that one lead has reached so far.

    Of any thresholds, the signs of the points that reach them add up to 1 where some look of the
    lead reached them all, else to 0.
    """

    def __init__(self) -> None:
        self.signs: Signs = {}

    def add(self, point: Point) -> Signs:
        """Returns the signs of what this look reaches and none before it did; often of nothing."""
        new = {point: 1}
        for known, sign in self.signs.items():
            shared = _shared(point, known)
            new[shared] = new.get(shared, 0) - sign
        new = {each: sign for each, sign in new.items() if sign}
        for each, sign in new.items():
            if left := self.signs.pop(each, 0) + sign:
                self.signs[each] = left
        return new


def _shared(one: Point, other: Point) -> Point:
    return (
        one[0] if one[0] < other[0] else other[0],  # min() takes three times as long
        one[1] if one[1] < other[1] else other[1],
        one[2] if one[2] < other[2] else other[2],
    )
