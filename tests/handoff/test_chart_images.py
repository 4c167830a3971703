"""Charts as pictures: drawn by the pages' own kinds, in a process with limits."""

import json
import re
import struct
import subprocess
import zlib
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from handoff.dashboards import images
from tests.handoff.chart_samples import HOSTILE, SAMPLES

pytestmark = pytest.mark.django_db  # pictures are kept in the database's cache
WHITE = b"\xff\xff\xff\xff"


def size_of(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def lines_of(png: bytes) -> list[bytes]:
    """The rows of dots as they are stored: a filter's number, then four bytes a dot (RGBA)."""
    assert png[24:29] == bytes([8, 6, 0, 0, 0])  # eight bits, not interlaced
    width, height = size_of(png)
    packed, at = b"", 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        packed += png[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    raw, stride = zlib.decompress(packed), width * 4 + 1
    return [raw[line * stride : (line + 1) * stride] for line in range(height)]


def rows_of(png: bytes) -> list[bytes]:
    """The dots themselves, row by row."""
    lines = lines_of(png)
    rows, above = [], bytes(len(lines[0]) - 1)
    for line in lines:
        above = _unfiltered(line[0], bytearray(line[1:]), above)
        rows.append(above)
    return rows


def _unfiltered(how: int, row: bytearray, above: bytes) -> bytes:
    for n in range(len(row)):
        left = row[n - 4] if n >= 4 else 0
        corner = above[n - 4] if n >= 4 else 0
        row[n] = (
            row[n]
            + (0, left, above[n], (left + above[n]) // 2, _paeth(left, above[n], corner))[how]
        ) & 255
    return bytes(row)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda one: abs(guess - one))


def inked(png: bytes) -> int:
    """How many dots are not white."""
    return sum(row[n : n + 4] != WHITE for row in rows_of(png) for n in range(0, len(row), 4))


def test_a_picture_is_a_png_of_twice_the_dots_on_white_and_not_blank() -> None:
    made = images.png(SAMPLES["funnel"], width=240, height=100)
    assert size_of(made) == (480, 200)
    rows = rows_of(made)
    assert rows[0][:4] == WHITE
    # Two bars in the first colour of the light theme, the longer one the MQLs'.
    teal = bytes([0x0B, 0x6E, 0x63, 0xFF])
    bars = [sum(row[n : n + 4] == teal for n in range(0, len(row), 4)) for row in rows]
    longer, shorter = max(bars[:75]), max(bars[75:])
    assert shorter / longer == pytest.approx(12 / 40, rel=0.04)


def test_every_kind_there_is_is_drawn() -> None:
    made = images.pictures(list(SAMPLES.values()))
    assert [one is not None for one in made] == [True] * len(SAMPLES)
    for name, one in zip(SAMPLES, made, strict=True):
        assert one is not None
        assert size_of(one.png) == (2 * one.width, 2 * one.height), name
        assert len(set(lines_of(one.png))) > 10, name  # a blank one repeats a row
    kinds = set()
    for file in images.KIND_FILES:
        source = (settings.BASE_DIR / "static" / "js" / file).read_text()
        kinds |= set(re.findall(r"^  KINDS\.(\w+) = ", source, re.MULTILINE))
    assert kinds == {data["kind"] for data in SAMPLES.values()}


def test_the_pages_load_the_kinds_that_pictures_are_drawn_by() -> None:
    head = (settings.BASE_DIR / "templates" / "_charts.html").read_text()
    assert tuple(re.findall(r"js/(chart-kinds[\w-]*\.js)", head)) == images.KIND_FILES


def hostile(data: Any, n: int = 0) -> Any:
    """The same chart, each of its words replaced by one that nobody should write."""
    if isinstance(data, dict):
        kept = {
            "kind",
            "key",
            "from",
            "to",
            "unit",
            "tone",
            "zone",
            "as",
            "points",
            "moves",
            "overrides",
        }
        return {k: one if k in kept else hostile(one, n) for k, one in data.items()}
    if isinstance(data, list):
        return [hostile(one, n + at) for at, one in enumerate(data)]
    return HOSTILE[n % len(HOSTILE)] if isinstance(data, str) else data


def test_hostile_labels_are_drawn_as_text() -> None:
    charts: list[dict[str, Any]] = [hostile(data, n) for data in SAMPLES.values() for n in (0, 4)]
    assert [one is not None for one in images.pictures(charts)] == [True] * len(charts)
    labels = {"kind": "bars", "horizontal": True, "labels": list(HOSTILE)}
    words = {**labels, "series": [{"name": "A", "values": [0] * len(HOSTILE)}]}
    blank = {**words, "labels": [""] * len(HOSTILE)}
    said, silent = (inked(images.png(one, width=120, height=160)) for one in (words, blank))
    assert said > silent + 500


def test_data_without_anything_in_them_are_drawn_too() -> None:
    empty: list[dict[str, Any]] = [
        {"kind": "bars", "labels": [], "series": []},
        {"kind": "lines", "labels": [], "series": []},
        {"kind": "lines", "labels": ["1 Oct"], "series": [{"name": "A", "values": [None]}]},
        {"kind": "pareto", "labels": [], "values": []},
        {"kind": "stack", "labels": ["A"], "series": [{"name": "A", "values": [0]}]},
        {"kind": "sankey", "nodes": [], "flows": []},
        {"kind": "heatmap", "columns": [], "rows": [], "values": []},
        {"kind": "spark", "values": []},
        {"kind": "small", "labels": [], "panels": []},
    ]
    assert [one is not None for one in images.pictures(empty)] == [True] * len(empty)


def test_one_that_cannot_be_drawn_leaves_the_others(caplog: pytest.LogCaptureFixture) -> None:
    made = images.pictures([{"kind": "pie"}, SAMPLES["spark"], {"kind": "bars"}])
    assert [one is not None for one in made] == [False, True, False]
    assert "No picture of a chart “pie”" in caplog.text


def test_a_chart_of_no_kind_is_an_error_with_a_type() -> None:
    with pytest.raises(images.NoPictureError, match="not a function"):
        images.png({"kind": "pie"})


def test_a_script_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    slow = tmp_path / "slow.js"
    slow.write_text("leadqualChartKinds.KINDS.slow = () => { for (;;); };")
    kinds = images._kinds()
    monkeypatch.setattr(images, "_kinds", lambda: [*kinds, slow])
    monkeypatch.setattr(images, "EACH_SECONDS", 1)
    made = images.pictures([{"kind": "slow"}, SAMPLES["spark"]])
    assert [one is not None for one in made] == [False, True]


def test_a_script_that_wants_all_memory_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    greedy = tmp_path / "greedy.js"
    greedy.write_text(
        "leadqualChartKinds.KINDS.greedy = () => { const all = [];"
        " for (;;) all.push(new Array(1e6).fill(0).map((_, n) => ({ n }))); };"
    )
    kinds = images._kinds()
    monkeypatch.setattr(images, "_kinds", lambda: [*kinds, greedy])
    monkeypatch.setattr(images, "BYTES", 400 * 2**20)
    with pytest.raises(images.NoPictureError):
        images.png({"kind": "greedy"})


def test_all_pictures_together_have_a_limit(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(images, "SECONDS", 0.01)
    assert images.pictures([SAMPLES["spark"]]) == [None]
    assert "Not drawn within 0.01 s" in caplog.text


def test_the_process_that_draws_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    run = subprocess.run

    def watched(*args: Any, **kwargs: Any) -> Any:
        seen.update(kwargs)
        return run(*args, **kwargs)

    monkeypatch.setattr(subprocess, "run", watched)
    images.png(SAMPLES["spark"])
    assert seen["env"] == {}
    assert set(json.loads(seen["input"])) == {
        "scripts",
        "fonts",
        "seconds",
        "all_seconds",
        "bytes",
        "charts",
    }


def test_the_same_data_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = images.pictures([SAMPLES["spark"], SAMPLES["spark"], {"kind": "pie"}])
    monkeypatch.setattr(images, "SECONDS", 0.001)  # nothing can be drawn any more
    assert images.pictures([SAMPLES["spark"]]) == first[:1] == first[1:2]
    assert first[0] is not None


def test_amounts_may_come_as_decimals() -> None:
    money = {"kind": "bars", "unit": "money", "currency": "EUR", "labels": ["Won"]}
    exact, plain = (
        images.png(money | {"series": [{"name": "A", "values": [value]}]})
        for value in (Decimal("1250.00"), 1250)
    )
    assert exact == plain
