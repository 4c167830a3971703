"""What the kinds of charts say and how they are built, asked of the pages' own scripts in V8."""

import json
import subprocess
import sys
from typing import Any

from handoff.dashboards import images
from tests.handoff.chart_samples import HOSTILE, POINTS, ROAD, SAMPLES, WEEKS

ASK = """
import json, os, sys
from pathlib import Path
from py_mini_racer import MiniRacer
scripts, questions = json.load(sys.stdin)
engine = MiniRacer()
for script in scripts:
    engine.eval(Path(script).read_text())
engine.eval('''globalThis.ask = (text) => {
  const { data, width, call } = JSON.parse(text);
  const look = { dark: false, still: true, font: "", width, height: 256, tell: (lines) => lines };
  const option = leadqualChartKinds.option(data, look);
  return JSON.stringify(call === undefined ? option : option.tooltip.formatter(call));
}''')
answers = [json.loads(engine.eval(f"ask({json.dumps(json.dumps(one))})")) for one in questions]
print(json.dumps(answers), flush=True)
os._exit(0)
"""


def ask(*questions: tuple[dict[str, Any], Any], width: int = 640) -> list[Any]:
    """For each chart what its tooltip says of `call`, ECharts' own words; of None its option."""
    asked = [
        {"data": data, "width": width} | ({} if call is None else {"call": call})
        for data, call in questions
    ]
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps([[str(path) for path in images._kinds()], asked]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def said(lines: list[dict[str, Any]]) -> list[str]:
    return [line["text"] for line in lines]


def at(index: int, **more: Any) -> list[dict[str, Any]]:
    return [{"dataIndex": index, **more}]


def test_tooltips_have_numerator_and_denominator() -> None:
    counts: dict[str, Any] = {"kind": "bars", "labels": ["Website"]}
    counts["series"] = [{"name": "Won", "values": [{"value": 12, "of": 34, "words": "Since May"}]}]
    answers = ask(
        (SAMPLES["bars"], at(0)),
        (SAMPLES["bars"], at(1)),
        (SAMPLES["bars"], at(2)),
        (counts, at(0)),
        (SAMPLES["heatmap"] | {"unit": "percent"}, {"data": {"value": [0, 1], "one": POINTS[0]}}),
    )
    assert [said(lines) for lines in answers] == [
        ["5 Oct", "12 of 34 (35.3 %)"],
        ["12 Oct", "–"],
        ["19 Oct", "4 of 5 (80 %)", "Few: too small a number to judge"],
        ["Website", "12 of 34 (35.3 %)", "Since May"],
        ["Tue, 5 Oct", "12 of 34 (35.3 %)"],
    ]


def test_a_pareto_is_sorted_with_others_last_and_says_the_share_together() -> None:
    option, second, last = ask(
        (SAMPLES["pareto"], None), (SAMPLES["pareto"], at(1)), (SAMPLES["pareto"], at(2))
    )
    assert option["yAxis"]["data"] == ["No budget", "Too early", "Other"]
    assert said(second) == [
        "Too early",
        "12 of 63 (19 %)",
        "Together with those above: 54 of 63 (85.7 %)",
    ]
    assert said(last)[-1] == "Together with those above: 63 of 63 (100 %)"


def test_shares_of_a_whole_are_told_with_the_whole() -> None:
    (lines,) = ask((SAMPLES["stack"] | {"series": SERIES}, at(0)))
    assert said(lines) == ["Website (40)", "Won: 10 of 40 (25 %)", "Open: 30 of 40 (75 %)"]


SERIES = [{"name": "Won", "values": [10]}, {"name": "Open", "values": [30]}]


def test_a_flow_back_ends_in_a_node_of_its_own() -> None:
    (option,) = ask((SAMPLES["sankey"], None))
    (series,) = option["series"]
    names = [node["name"] for node in series["data"]]
    assert names == ["new", "mql", "won", "recycled", "back\nmql"]
    ways = [(one["source"], one["target"], one["value"]) for one in series["links"]]
    assert ("recycled", "back\nmql", 6) in ways
    assert _rounds(ways) == []


def _rounds(ways: list[tuple[str, str, int]]) -> list[str]:
    """The nodes from which a way leads back to them."""
    after: dict[str, set[str]] = {}
    for source, target, _ in ways:
        after.setdefault(source, set()).add(target)

    def reached(node: str, seen: frozenset[str]) -> frozenset[str]:
        new = after.get(node, set()) - seen
        return frozenset().union(seen, new, *(reached(one, seen | new) for one in new))

    return [node for node in after if node in reached(node, frozenset())]


def test_two_that_lead_to_each_other_and_to_themselves_are_unrolled() -> None:
    flows = [("won", "new", 2), ("mql", "mql", 1), ("won", "mql", 3), ("recycled", "new", 4)]
    more = [{"from": one, "to": two, "value": n} for one, two, n in flows]
    (option,) = ask(({**SAMPLES["sankey"], "flows": [*ROAD["flows"], *more]}, None))
    ways = [(o["source"], o["target"], o["value"]) for o in option["series"][0]["links"]]
    assert _rounds(ways) == []
    kept = sum(flow["value"] for flow in ROAD["flows"]) + 10  # type: ignore[misc]
    assert sum(value for *_, value in ways) == kept


def test_the_order_of_the_flows_never_makes_a_round() -> None:
    (option,) = ask(({**SAMPLES["sankey"], "flows": ROAD["flows"][::-1]}, None))
    ways = [(o["source"], o["target"], o["value"]) for o in option["series"][0]["links"]]
    assert ("recycled", "back\nmql", 6) in ways


def test_no_chart_has_a_second_axis_and_only_panels_have_several() -> None:
    names = [name for name in SAMPLES if SAMPLES[name]["kind"] not in ("small", "sankey")]
    for name, option in zip(names, ask(*((SAMPLES[n], None) for n in names)), strict=True):
        assert isinstance(option["yAxis"], dict), name
        assert isinstance(option["xAxis"], dict), name


def test_all_panels_of_small_multiples_are_on_one_scale() -> None:
    (option,) = ask((SAMPLES["small bars"], None))
    assert len({(axis["min"], axis["max"], axis["interval"]) for axis in option["yAxis"]}) == 1


def test_series_are_told_apart_by_pattern_or_dash_besides_their_colour() -> None:
    several = [{"name": name, "values": [1, 2, 3, 4]} for name in "ABCDEF"]
    bars, lines = ask(
        ({"kind": "bars", "labels": WEEKS, "series": several}, None),
        ({"kind": "lines", "labels": WEEKS, "series": several}, None),
    )
    patterns = [json.dumps(one["itemStyle"].get("decal")) for one in bars["series"]]
    dashes = [json.dumps(one["lineStyle"]["type"]) for one in lines["series"]]
    assert (len(set(patterns)), len(set(dashes))) == (6, 6)


def test_a_gap_is_left_for_what_is_not_known_and_few_are_drawn_hollow() -> None:
    bars, lines = ask((SAMPLES["bars"], None), (SAMPLES["lines"], None))
    values = [point["value"] for point in lines["series"][0]["data"]]
    assert (values, lines["series"][0]["connectNulls"]) == ([35.3, None, 80, 61], False)
    assert bars["series"][0]["data"][2]["itemStyle"]["color"] == "#ffffff"
    assert "itemStyle" not in bars["series"][0]["data"][0]


def test_hours_go_down_where_the_screen_is_narrow() -> None:
    hours = [f"{hour:02d}" for hour in range(24)]
    days = {"kind": "heatmap", "columns": hours, "rows": ["Mon", "Tue"], "values": [[1] * 24] * 2}
    (broad,), (narrow,) = ask((days, None)), ask((days, None), width=360)
    assert (broad["xAxis"]["data"], broad["yAxis"]["data"]) == (hours, ["Mon", "Tue"])
    assert (narrow["xAxis"]["data"], narrow["yAxis"]["data"]) == (["Mon", "Tue"], hours)


def test_names_lie_down_where_they_have_no_room_and_weeks_never() -> None:
    def axis(labels: list[str], width: int) -> str:
        series = [{"name": "A", "values": [1] * len(labels)}]
        (option,) = ask(({"kind": "bars", "labels": labels, "series": series}, None), width=width)
        return str(option["yAxis"]["type"])

    spans = ["Under 5 minutes", "5 to 15 minutes", "15 minutes to 1 hour", "Not yet"]
    assert (axis(spans, 1200), axis(spans, 360)) == ("value", "category")
    assert axis([f"{day} Oct 26" for day in range(1, 21)], 360) == "value"


def test_the_words_of_a_tooltip_are_told_as_they_are() -> None:
    labels: dict[str, Any] = {"kind": "bars", "labels": list(HOSTILE), "horizontal": True}
    labels["series"] = [{"name": "A", "values": [1] * len(HOSTILE)}]
    answers = ask(*((labels, at(n)) for n in range(len(HOSTILE))))
    assert [said(lines)[0] for lines in answers] == list(HOSTILE)
