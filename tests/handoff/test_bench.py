"""The bench itself, at a size that proves nothing but that it measures."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from handoff.bench.document import table
from handoff.bench.figures import Figure, percentile
from handoff.bench.targets import TARGETS, line


def bench(var: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "manage.py", "bench", *options],
        env={**environment, "LEADQUAL_VAR": str(var)},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def test_every_figure_is_measured_against_a_floor_and_the_database_is_made_once(
    tmp_path: Path,
) -> None:
    var = tmp_path / "bench" / "600"
    first = bench(var, "--leads", "600", "--seconds", "1")
    assert first.returncode == 0, first.stdout + first.stderr
    figures = json.loads((tmp_path / "bench.json").read_text())
    assert TARGETS.keys() - figures.keys() == set()
    for name, figure in figures.items():
        assert list(figure) == ["value", "unit", "floor", "ratio", "n"], name
        assert figure["n"] > 0, name
    assert figures["scores written by a new threshold"]["value"] == 0
    assert figures["scores written by a new threshold"]["floor"] > 0  # yet some leads moved
    assert figures["rescore, computing"]["n"] == 600

    again = bench(var, "--leads", "600", "--only", "scorer")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "made once" in first.stdout
    assert "made once" not in again.stdout
    kept = json.loads((tmp_path / "bench.json").read_text())
    assert kept.keys() == figures.keys()
    assert kept["rescore, computing"] == figures["rescore, computing"]


def test_it_never_touches_a_database_that_is_not_its_own(tmp_path: Path) -> None:
    refused = bench(tmp_path / "var")
    assert refused.returncode == 1
    assert "use `make bench`" in refused.stderr


def test_a_ratio_is_the_value_by_its_floor() -> None:
    assert Figure("x", 3, "s", 2, n=1).as_json() == {
        "value": 3.0,
        "unit": "s",
        "floor": 2.0,
        "ratio": 1.5,
        "n": 1,
    }
    assert Figure("x", 3, "rows", 0, n=1).ratio == 0


def test_a_miss_is_told_as_such_on_screen_and_in_the_document() -> None:
    slow = Figure("rescore, computing", 7, "s", 1, n=1)
    assert line(slow).endswith("at most 6 × the scan MISSED")
    assert table([slow])[-1].endswith("| at most 6 × the scan | MISSED |")
    assert table([Figure("rescore, computing", 6, "s", 1, n=1)])[-1].endswith("| met |")


@pytest.mark.parametrize(("percent", "found"), [(50, 51), (95, 96), (99.9, 100)])
def test_percentiles_are_values_that_were_measured(percent: float, found: int) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], percent) == found
