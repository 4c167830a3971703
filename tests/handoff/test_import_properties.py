"""What holds of any files: order does not matter, nor how often, nor where chunks end."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from handoff.imports import importer
from handoff.models import Opportunity
from leadqual.models import Lead, StageMove
from tests.builders import make_workspace
from tests.handoff.import_files import bring_in, counts, write_rows
from tests.handoff.undone import undone

pytestmark = pytest.mark.django_db

STAGES = ("created", "mql", "sal", "won", "lost")
PEOPLE = ("L1", "L2", "L3")
SAID = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Anna", "Bea"]),
        "origin": st.sampled_from(["fair", "web"]),
        "amount": st.sampled_from(["10", "20"]),
        "company": st.sampled_from(["Acme", "ACME", "Other"]),
        "industry": st.sampled_from(["steel", "software"]),
        "plan": st.sampled_from(["pro", "free"]),
        **dict.fromkeys(STAGES, st.sampled_from([f"2025-0{n}-01" for n in range(1, 9)])),
    },
)


def known(workspace: Workspace) -> list[Any]:
    """What there is to know of the leads; the same however it came in."""
    leads = Lead.objects.of(workspace).order_by("external_id").select_related("first_source")
    return [
        (
            lead.external_id,
            lead.first_name,
            lead.stage,
            lead.stage_since,
            lead.cycle,
            lead.captured_at,
            lead.attributes,
            lead.first_source and lead.first_source.code,
            lead.company and lead.company.name.lower(),
            sorted(lead.moves.values_list("to_stage", "at")),
            # A capture dated after the rest belongs to the cycle known by then.
            sorted(lead.moves.exclude(to_stage="new").values_list("to_stage", "cycle")),
            list(lead.opportunities.values_list("amount", "won", "closed_at")),
        )
        for lead in leads
    ]


def files_of(
    folder: Path, people: dict[str, dict[str, str]], cut: dict[str, set[str]]
) -> list[Path]:
    """Two files: in the first of each person what is in their cut, in the second the rest."""
    first = [
        {"id": one, **{k: v for k, v in said.items() if k in cut[one]}}
        for one, said in people.items()
    ]
    rest = [
        {"id": one, **{k: v for k, v in said.items() if k not in cut[one]}}
        for one, said in people.items()
    ]
    return [write_rows(folder / "a.csv", *first), write_rows(folder / "b.csv", *rest)]


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_two_files_build_the_same_leads_in_either_order(data: st.DataObject) -> None:
    people = {one: data.draw(SAID, label=one) for one in PEOPLE}
    for said in people.values():
        # A deal needs a date in its own file to be kept; a lead's company row is one fact.
        said.pop("amount", None)
    cut = {
        one: data.draw(st.sets(st.sampled_from(sorted(said))) if said else st.just(set()))
        for one, said in people.items()
    }
    for one, said in people.items():
        if {"company", "industry"} & cut[one]:
            cut[one] |= {"company", "industry"} & said.keys()
    outcomes = []
    with TemporaryDirectory() as folder:
        files = files_of(Path(folder), people, cut)
        for order in (files, files[::-1]):
            with undone() as workspace:
                for path in order:
                    bring_in(workspace, path)
                outcomes.append(known(workspace))
    assert outcomes[0] == outcomes[1]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PEOPLE), SAID), max_size=6), st.integers(1, 3))
def test_again_and_in_any_chunks_is_the_same(rows: list[Any], chunk: int) -> None:
    lines = [{"id": one, **said} for one, said in rows]
    results = []
    with TemporaryDirectory() as folder:
        path = write_rows(Path(folder) / "a.csv", *lines)
        for size in (2_000, chunk):
            with undone() as workspace, pytest.MonkeyPatch.context() as patch:
                patch.setattr(importer, "CHUNK", size)
                dry = bring_in(workspace, path, dry_run=True)
                first = bring_in(workspace, path)
                after = known(workspace)
                again = bring_in(workspace, path)
                assert counts(dry) == counts(first)
                assert counts(again) == (0, 0, first.created, first.refused)
                assert known(workspace) == after
                results.append((counts(first), after))
    assert results[0] == results[1]


def test_no_more_moves_than_moments(tmp_path: Path) -> None:
    workspace = make_workspace()
    path = write_rows(tmp_path / "a.csv", {"id": "L1", "mql": "2025-01-01", "won": "2025-01-01"})
    bring_in(workspace, path)
    moves = StageMove.objects.order_by("pk").values_list("from_stage", "to_stage", "cycle")
    assert list(moves) == [("", "mql", 1), ("mql", "won", 1)]
    assert not Opportunity.objects.exists()
