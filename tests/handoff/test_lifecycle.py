"""The table of moves: complete, documented, and used by one writer only."""

import ast
from pathlib import Path

from django.conf import settings

from handoff.lifecycle import document
from handoff.transitions import MOVES
from leadqual.stages import CRITERIA, OPEN, Stage

ROOT: Path = settings.BASE_DIR
PACKAGES = ("accounts", "leadqual", "scoring", "sla", "handoff")
WRITERS = "handoff/transitions/"  # the package that is the one writer
MADE_UP = "handoff/bench/"  # fills a database for measurements, never the product's


def test_every_stage_has_its_criteria_and_a_way_in_and_out() -> None:
    assert set(CRITERIA) == set(Stage)
    assert {to for _, to in MOVES} == set(Stage)
    assert {start for start, _ in MOVES} == set(Stage) - {Stage.WON}


def test_the_moves_are_those_of_the_product() -> None:
    road = [
        (Stage.NEW, Stage.MQL),
        (Stage.MQL, Stage.SAL),
        (Stage.SAL, Stage.SQL),
        (Stage.SQL, Stage.OPPORTUNITY),
        (Stage.OPPORTUNITY, Stage.WON),
        (Stage.OPPORTUNITY, Stage.LOST),
    ]
    detours = [
        (Stage.MQL, Stage.NURTURE),
        (Stage.SAL, Stage.NURTURE),
        (Stage.SQL, Stage.NURTURE),
        (Stage.NEW, Stage.NURTURE),
        (Stage.NURTURE, Stage.MQL),
        (Stage.LOST, Stage.NURTURE),
        (Stage.DISQUALIFIED, Stage.NEW),
        (Stage.MQL, Stage.NEW),
        (Stage.SAL, Stage.MQL),  # an acceptance taken back within a minute
    ]
    out = [(stage, Stage.DISQUALIFIED) for stage in OPEN]
    assert set(MOVES) == {*road, *detours, *out}


def test_the_document_is_generated_from_the_table() -> None:
    assert (ROOT / "docs" / "lifecycle.md").read_text() == document()


def test_only_transitions_write_a_leads_stage() -> None:
    writers = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "migrations" in path.parts or "models" in path.parts:
                continue
            if _writes_stage(ast.parse(path.read_text())):
                writers.add(str(path.relative_to(ROOT)))
    assert {path for path in writers if not path.startswith((WRITERS, MADE_UP))} == set()
    assert writers


def _writes_stage(tree: ast.AST) -> bool:
    """Assignments to `.stage`, `update(stage=…)`, `Lead(stage=…)`, and SQL that sets it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Attribute) and part.attr == "stage":
                        owner = part.value  # what a page says of itself is not a lead
                        if not (isinstance(owner, ast.Name) and owner.id == "self"):
                            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in {"update", "Lead", "create", "get_or_create", "update_or_create"} and any(
                keyword.arg == "stage" for keyword in node.keywords
            ):
                return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = " ".join(node.value.lower().split())
            if "update leadqual_lead" in text and "stage" in text:
                return True
    return False
