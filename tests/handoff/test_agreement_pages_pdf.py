"""The agreement on A4: it says what the page says, whatever people have written into it."""

import io
import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from pypdf import PdfReader

from accounts.models import User, Workspace
from handoff.agreement.paper import Paper, paper_of
from handoff.agreement.pdf import pdf_of
from sla.agreement_text import HEADING, ITEM, Line, Section
from sla.models import Agreement, Signature
from tests.builders import MONDAY_NOON

HASH = "0123456789abcdef" * 4
SECTIONS = (
    Section(
        "qualified-lead",
        "What counts as a qualified lead",
        (Line("A lead qualifies from 40 points."), Line("Fit and intent count.", style=HEADING)),
        "Only companies that we can help.\nNo students.",
    ),
    Section("reasons", "Allowed reasons", (Line("Wrong person.", style=ITEM),)),
)


def make_paper(
    sections: Sequence[Section] = SECTIONS,
    *,
    status: str = "active",
    name: str = "Northwind",
    signed: bool = True,
) -> Paper:
    proposed = None if status == "draft" else MONDAY_NOON
    agreement = Agreement(
        workspace=Workspace(name=name, slug="northwind"),
        number=3,
        status=status,
        created_at=MONDAY_NOON,
        proposed_at=proposed,
        proposed_by=User(name="Ana Marques"),
        document_hash=HASH if proposed else "",
        active_since=MONDAY_NOON if status == "active" else None,
    )
    people = {"marketing": "Ana Marques", "sales": "Mara Lindt"} if signed else {}
    signatures = [
        Signature(
            side=side, name=who, role=f"{side} manager", at=MONDAY_NOON + timedelta(hours=hours)
        )
        for hours, (side, who) in enumerate(people.items(), 1)
    ]
    return paper_of(agreement, sections=sections, signatures=signatures)


def read(paper: Paper) -> PdfReader:
    return PdfReader(io.BytesIO(pdf_of(paper)))


def words_of(paper: Paper) -> str:
    """All that its pages say, on one line; without the marks at which long words may break."""
    pages = " ".join(page.extract_text() for page in read(paper).pages)
    return re.sub(r"\s+", " ", pages.replace("\u200b", ""))


def test_it_is_a4_and_numbers_its_pages() -> None:
    long = [Section("reasons", "Allowed reasons", (Line("One of many words. " * 40),) * 60)]
    pages = read(make_paper(long)).pages
    assert {(round(p.mediabox.width), round(p.mediabox.height)) for p in pages} == {(595, 842)}
    assert len(pages) > 10
    ends = [page.extract_text().split("page ")[-1] for page in pages]
    assert ends == [f"{n} of {len(pages)}" for n in range(1, len(pages) + 1)]


def test_it_says_what_the_page_says() -> None:
    paper = make_paper()
    words = words_of(paper)
    for numbered in paper.sections:
        assert f"{numbered.number}. {numbered.section.title}" in words
        for one in numbered.lines:
            assert f"{one.number} {one.line.text}".strip() in words
    assert "Only companies that we can help. No students." in words
    assert "Agreement 3 of Northwind" in words
    assert "In force since 2 March 2026, 12:00 (UTC)" in words
    assert HASH in words


def test_both_signatures_stand_below_with_role_and_moment() -> None:
    words = words_of(make_paper())
    signed = words[words.rindex("Signatures") :]
    for part in ("For marketing", "Ana Marques", "marketing manager", "2 March 2026, 13:00 (UTC)"):
        assert part in signed
    for part in ("For sales", "Mara Lindt", "sales manager", "2 March 2026, 14:00 (UTC)"):
        assert part in signed
    assert words_of(make_paper(signed=False)).count("not signed yet") == 2


@pytest.mark.parametrize(
    ("status", "mark"),
    [("draft", "DRAFT"), ("proposed", "PROPOSED"), ("withdrawn", "WITHDRAWN"), ("active", "")],
)
def test_one_that_does_not_count_says_so_across_every_page(status: str, mark: str) -> None:
    paper = make_paper(status=status)
    marked = [
        re.search(r"\b(DRAFT|PROPOSED|WITHDRAWN)\b", page.extract_text())
        for page in read(paper).pages
    ]
    assert {found[0] if found else "" for found in marked} == {mark}


def test_what_people_write_is_never_a_command() -> None:
    nasty = (
        '#eval("1+1") #read("/etc/passwd") #import "@preview/x:1.0.0" $x^2$ *bold* _it_ '
        "@ref <tag> `raw` \\ // gone /* gone */ = Title [a] {b} \u202e"
    )
    sections = [Section("reasons", nasty, (Line(nasty),), nasty)]
    words = words_of(make_paper(sections, name=nasty))
    assert words.count('#eval("1+1") #read("/etc/passwd")') >= 4
    assert words.count("// gone /* gone */ = Title [a] {b}") >= 4


@pytest.mark.parametrize("odd", ["Müller & Söhne, Łódź, Ελλάδα, Україна", "we 🚀 deliver \x07"])
def test_umlauts_other_letters_and_emoji_do_no_harm(odd: str) -> None:
    words = words_of(make_paper([Section("reasons", "Reasons", (Line(odd),), odd)], name=odd))
    assert odd.split("🚀")[0].strip() in words


def test_a_very_long_word_stays_on_the_page() -> None:
    word = "Donaudampfschifffahrtsgesellschaft" * 30
    page = read(make_paper([Section("reasons", "Reasons", (Line(word),), word)])).pages[0]
    rights: list[float] = []

    def visit(text: str, _: object, matrix: list[float], *__: object) -> None:
        if text.strip():
            rights.append(matrix[4])

    page.extract_text(visitor_text=visit)
    lines = [line for line in page.extract_text().split("\n") if "schif" in line]
    assert len(lines) > 20
    assert max(rights) < 595
    assert word in words_of(make_paper([Section("reasons", "Reasons", (Line(word),))])).replace(
        " ", ""
    )


def test_the_same_agreement_is_the_same_file() -> None:
    assert pdf_of(make_paper()) == pdf_of(make_paper())
    facts = read(make_paper()).metadata
    assert facts is not None
    assert (facts.title, facts.author) == ("Agreement 3 of Northwind", "Northwind")
