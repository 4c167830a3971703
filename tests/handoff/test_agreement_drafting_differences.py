"""What one text says otherwise than another: as much as makes one of the other, and no more."""

import time
from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from handoff.agreement.differences import Change, How, differences
from sla.agreement_text import Line, Section

WORDS = st.lists(
    st.sampled_from(["a", "lead", "of", "tier", "is", "touched,", "within", "5", "10", "minutes."]),
    min_size=1,
)
TEXT = WORDS.map(" ".join)
SECTIONS = st.lists(
    st.builds(
        Section,
        code=st.sampled_from(["commitments", "reasons", "owners"]),
        title=st.just("A clause"),
        lines=st.lists(TEXT.map(Line), max_size=6).map(tuple),
        text=st.lists(TEXT, max_size=4).map("\n".join),
    ),
    max_size=3,
    unique_by=lambda section: section.code,
)


def side(changes: Sequence[Change], how: How) -> Counter[str]:
    """The lines of one side: with REMOVED of the old one, with ADDED of the new one."""
    said = (
        "".join(part.text for part in change.parts if part.how in (How.SAME, how))
        for change in changes
    )
    return Counter(line for line in said if line)


@given(SECTIONS, SECTIONS)
def test_applied_to_the_old_text_they_make_the_new_one(
    old: list[Section], new: list[Section]
) -> None:
    before, after = ({section.code: section for section in each} for each in (old, new))
    changed = {clause.code: clause for clause in differences(old, new).changed}
    for code in {*before, *after}:
        for name in ("lines", "text"):
            one, other = (_lines(each.get(code), name) for each in (before, after))
            changes = getattr(changed[code], name) if code in changed else ()
            assert one - side(changes, How.REMOVED) + side(changes, How.ADDED) == other


def _lines(section: Section | None, name: str) -> Counter[str]:
    if section is None:
        return Counter()
    return Counter(
        [line.text for line in section.lines] if name == "lines" else section.text.splitlines()
    )


@given(SECTIONS, SECTIONS)
def test_no_line_is_told_that_says_the_same(old: list[Section], new: list[Section]) -> None:
    for clause in differences(old, new).changed:
        assert clause.lines or clause.text
        for change in (*clause.lines, *clause.text):
            assert change.how != "same"


@given(SECTIONS)
def test_equal_texts_have_none(sections: list[Section]) -> None:
    found = differences(sections, sections)
    assert found.changed == ()
    assert len(found.same) == len(sections)


def test_a_figure_that_changes_is_told_in_its_line() -> None:
    old, new = (
        [Section("commitments", "Promises", (Line(f"A lead is touched within {n} minutes."),))]
        for n in (10, 5)
    )
    (clause,) = differences(old, new).changed
    (change,) = clause.lines
    assert [(part.how, part.text) for part in change.parts] == [
        (How.SAME, "A lead is touched within "),
        (How.REMOVED, "10"),
        (How.ADDED, "5"),
        (How.SAME, " minutes."),
    ]


def test_a_model_of_three_hundred_rules_that_all_change_is_compared_while_one_waits() -> None:
    old, new = (
        [
            Section(
                "qualified-lead",
                "Qualified lead",
                tuple(
                    Line(
                        f"Rule {n}: {n % 20 + more} points for each “Signal {n}” of the last "
                        f"{n % 30} days, together at most {n % 50}, halved every {n % 9} days."
                    )
                    for n in range(300)
                ),
            )
        ]
        for more in (0, 1)
    )
    began = time.process_time()
    (clause,) = differences(old, new).changed
    assert time.process_time() - began < 3
    assert len(clause.lines) == 300
