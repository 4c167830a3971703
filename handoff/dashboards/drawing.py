"""Draws charts as PNG, in a process of its own; a script that images.py starts, not a module.

V8 (mini-racer) runs ECharts and the kinds of charts that the pages use, and writes SVG; typst makes
PNG of it. Both are wheels. This process has no Django, no database and no secrets; what a chart
costs in time and memory ends with it, and a crash is only its own.

Standard input is JSON: {"scripts": [path], "fonts": folder, "seconds" (for each chart),
"all_seconds", "bytes", "charts": [{"data", "width", "height"}]}. Standard output is JSON: for each
chart in turn {"png", "width", "height"} (base64; CSS pixels) or {"error"}.
"""

import base64
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

import typst
from py_mini_racer import MiniRacer

FONT = "Arimo"
SHARP = 2  # dots for each CSS pixel: mail is read on dense screens
TALLEST = 2000  # CSS pixels

DRAW = """
globalThis.draw = (text, font, tallest) => {
  const { data, width, height } = JSON.parse(text);
  const look = { dark: false, still: true, font, width, tell: () => "" };
  look.height = height || leadqualChartKinds.height(data, look) || 256;
  const size = { width, height: Math.min(tallest, Math.ceil(look.height)) };
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, ...size });
  chart.setOption({ ...leadqualChartKinds.option(data, look), animation: false });
  // A label cut in the middle of an emoji would not be text any more.
  const svg = chart.renderToSVGString().toWellFormed();
  chart.dispose();
  return JSON.stringify({ svg, ...size });
};
"""

# The SVG comes in as data: nothing in it is read as typst's markup.
PAPER = b"""
#set page(width: int(sys.inputs.width) * 1pt, height: int(sys.inputs.height) * 1pt, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", width: 100%, height: 100%)
"""


def drawn(engine: MiniRacer, fonts: typst.Fonts, asked: dict[str, Any], seconds: float) -> Any:
    given = ", ".join(json.dumps(one) for one in (json.dumps(asked), FONT, TALLEST))
    made = json.loads(str(engine.eval(f"draw({given})", timeout_sec=seconds)))
    inputs = {name: str(made[name]) for name in ("svg", "width", "height")}
    page = typst.Compiler(PAPER, font_paths=fonts)
    png = page.compile(format="png", ppi=72 * SHARP, sys_inputs=inputs)
    assert isinstance(png, bytes)  # noqa: S101  (one page is never a list)
    size = {"width": made["width"], "height": made["height"]}
    return {"png": base64.b64encode(png).decode(), **size}


def main() -> None:
    job = json.load(sys.stdin)
    limit = int(job["all_seconds"]) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    resource.setrlimit(resource.RLIMIT_DATA, (job["bytes"], job["bytes"]))
    engine = MiniRacer()
    engine.set_hard_memory_limit(job["bytes"] // 2)
    for script in job["scripts"]:
        engine.eval(Path(script).read_text())
    engine.eval(DRAW)
    fonts = typst.Fonts(
        include_system_fonts=True, include_embedded_fonts=True, font_paths=[job["fonts"]]
    )
    answers = []
    for asked in job["charts"]:
        try:
            answers.append(drawn(engine, fonts, asked, job["seconds"]))
        except Exception as error:  # one that cannot be drawn leaves the others
            answers.append({"error": f"{type(error).__name__}: {error}"[:500]})
    json.dump(answers, sys.stdout)
    sys.stdout.flush()
    # Without the farewell of V8: after an exception in JavaScript it waits for itself for ever.
    os._exit(0)


main()
