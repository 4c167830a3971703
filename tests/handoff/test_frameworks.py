"""The library of frameworks, what answers come to, and every workspace having them."""

import pytest

from accounts.models import Workspace
from handoff import frameworks
from handoff.frameworks import DISCOVERY, ORDER, framework, install
from handoff.marking import Value, marks_of
from handoff.models import Framework, FrameworkQuestion, HandoffPolicy
from scoring.engine.fields import field_named

TODAY = {"need": 2, "authority": 1, "budget": 1, "timeline": 1, "intent": 0, "fit": 1}
"""What an SQL needed of BANT+ before frameworks were rows."""


@pytest.mark.parametrize("code", ORDER)
def test_what_the_library_says_fits_its_columns_and_can_be_passed(code: str) -> None:
    read = framework(code)
    assert len(read.questions) >= 4
    for question in read.questions:
        question.clean_fields(exclude=["framework"])
        assert (question.ask[-1], question.when_confirmed[-1]) == ("?", ".")
        if question.prefill:
            field_named(question.prefill)
    everything = dict.fromkeys((q.code for q in read.questions), int(Value.CONFIRMED))
    assert marks_of(read.questions, everything, pass_mark=read.pass_mark).passes
    assert not marks_of(read.questions, {}, pass_mark=read.pass_mark).passes


def test_bant_plus_means_what_it_meant_before() -> None:
    read = framework(DISCOVERY)
    assert {q.code: q.needed for q in read.questions} == TODAY
    assert marks_of(read.questions, TODAY, pass_mark=read.pass_mark).passes
    for code in TODAY.keys() - {"intent"}:
        less = {**TODAY, code: TODAY[code] - 1}
        unasked = {name: value for name, value in TODAY.items() if name != code}
        assert not marks_of(read.questions, less, pass_mark=read.pass_mark).passes
        assert not marks_of(read.questions, unasked, pass_mark=read.pass_mark).passes


def test_a_file_that_the_library_does_not_have_is_not_read() -> None:
    with pytest.raises(KeyError):
        framework("../bant")


def two_questions() -> list[FrameworkQuestion]:
    return [
        FrameworkQuestion(code="pain", name="Pain", weight=3, needed=1, when_no="None at all."),
        FrameworkQuestion(code="money", name="Money", weight=2, needed=0),
    ]


@pytest.mark.parametrize(
    ("given", "points", "percent", "gaps", "unknown"),
    [
        ({}, 0, 0, ["Pain is unknown"], ["Money is unknown"]),
        ({"pain": 0, "money": 2}, 4, 40, ["Pain: none at all"], []),
        ({"pain": 1}, 3, 30, ["The marks are 30 %, the pass mark is 60 %"], ["Money is unknown"]),
        ({"pain": 1, "money": 1}, 5, 50, ["The marks are 50 %, the pass mark is 60 %"], []),
        ({"pain": 2}, 6, 60, [], ["Money is unknown"]),
        ({"pain": 2, "money": 2}, 10, 100, [], []),
        ({"pain": 2, "asked-no-more": 0}, 6, 60, [], ["Money is unknown"]),
    ],
)
def test_marks_are_the_weighted_share_and_every_question_reaches_what_it_needs(
    given: dict[str, int], points: int, percent: int, gaps: list[str], unknown: list[str]
) -> None:
    marks = marks_of(two_questions(), given, pass_mark=60)
    assert (marks.points, marks.most, marks.percent) == (points, 10, percent)
    assert (marks.gaps, marks.unknown) == (gaps, unknown)
    assert marks.passes == (not gaps)


def test_marks_are_rounded_down_so_that_what_reads_as_the_pass_mark_has_reached_it() -> None:
    questions = [FrameworkQuestion(code=c, name=c, weight=1, needed=0) for c in "abc"]
    marks = marks_of(questions, {"a": 2, "b": 2}, pass_mark=67)
    assert (marks.percent, marks.passes) == (66, False)
    assert marks_of(questions, {"a": 2, "b": 2}, pass_mark=66).passes


def test_a_new_workspace_has_all_five_and_asks_bant_plus_before_sql(workspace: Workspace) -> None:
    rows = Framework.objects.of(workspace).prefetch_related("questions")
    assert {row.code for row in rows} == set(ORDER)
    for row in rows:
        read = [q.code for q in framework(row.code).questions]
        assert [q.code for q in row.questions.all()] == read
    policy = HandoffPolicy.objects.select_related("discovery").get(workspace=workspace)
    assert (str(policy.discovery), policy.final_word) == ("BANT+", None)


def test_installing_again_leaves_what_was_edited_alone(workspace: Workspace) -> None:
    Framework.objects.of(workspace).filter(code="champ").update(name="Ours")
    Framework.objects.of(workspace).get(code="gpct").delete()
    assert [row.code for row in install(workspace)] == ["gpct"]
    assert Framework.objects.of(workspace).get(code="champ").name == "Ours"
    assert Framework.objects.of(workspace).count() == len(ORDER)
    assert frameworks.install(workspace) == []
