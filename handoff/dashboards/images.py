"""Charts as PNG, for mails: drawn by the same static/js/chart-kinds*.js as on the pages.

A process of its own draws them (drawing.py), under limits of time and memory and without anything
of this one's environment. A chart that cannot be drawn is told apart from the rest: the mail then
goes without its picture, as the table beside it has the numbers.
"""

import base64
import hashlib
import json
import logging
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder

log = logging.getLogger(__name__)

WIDTH: Final = 640
"""CSS pixels, as wide as a mail is read; the picture has twice as many dots."""
SECONDS: Final = 30
"""All pictures of one mail; each by itself has to be drawn in EACH_SECONDS."""
EACH_SECONDS: Final = 5
BYTES: Final = 1024 * 2**20
KEPT_FOR: Final = 15 * 60
"""Seconds; a chart with other data is another picture."""

KIND_FILES: Final = (
    "chart-kinds.js",
    "chart-kinds-plain.js",
    "chart-kinds-shapes.js",
    "chart-kinds-named.js",
)
"""As templates/_charts.html loads them."""
DRAWING: Final = Path(__file__).with_name("drawing.py")


class NoPictureError(Exception):
    """A chart, or all of them, could not be drawn."""


@dataclass(frozen=True)
class Picture:
    """`width` and `height` are CSS pixels; the PNG has twice as many dots each way."""

    png: bytes
    width: int
    height: int


def png(chart: Mapping[str, Any], *, width: int = WIDTH, height: int | None = None) -> bytes:
    """One chart in the light theme; `chart` is what the page's box holds: kind, title and data.

    Without `height` the chart takes what its data want. Raises NoPictureError.
    """
    (answer,) = _answers([chart], width, height)
    if "error" in answer:
        raise NoPictureError(answer["error"])
    return base64.b64decode(answer["png"])


def pictures(charts: Sequence[Mapping[str, Any]], *, width: int = WIDTH) -> list[Picture | None]:
    """Each chart's picture in turn; None for one that could not be drawn. Never raises for that.

    The same data are drawn once for all readers of a mail: pictures are kept for a while.
    """
    keys = [_key(chart, width) for chart in charts]
    known: dict[str, Picture] = cache.get_many(keys)
    wanted = {key: chart for key, chart in zip(keys, charts, strict=True) if key not in known}
    for key, made in zip(wanted, _drawn(list(wanted.values()), width), strict=True):
        if made:
            known[key] = made
            cache.set(key, made, KEPT_FOR)
    return [known.get(key) for key in keys]


def _key(chart: Mapping[str, Any], width: int) -> str:
    said = json.dumps([chart, width], cls=_Plain, sort_keys=True)
    return f"picture:{hashlib.sha256(said.encode()).hexdigest()}"


def _drawn(charts: Sequence[Mapping[str, Any]], width: int) -> list[Picture | None]:
    if not charts:
        return []
    try:
        answers = _answers(charts, width, None)
    except NoPictureError as error:
        log.warning("No pictures: %s", error)
        return [None] * len(charts)
    return [_picture(chart, answer) for chart, answer in zip(charts, answers, strict=True)]


def _picture(chart: Mapping[str, Any], answer: Mapping[str, Any]) -> Picture | None:
    if "error" in answer:
        log.warning("No picture of a chart “%s”: %s", chart.get("kind"), answer["error"])
        return None
    return Picture(base64.b64decode(answer["png"]), answer["width"], answer["height"])


def _answers(
    charts: Sequence[Mapping[str, Any]], width: int, height: int | None
) -> list[dict[str, Any]]:
    vendor = settings.VAR / "vendor"
    scripts = [vendor / "echarts.min.js", *_kinds()]
    job = {
        "scripts": [str(script) for script in scripts],
        "fonts": str(vendor),
        "seconds": EACH_SECONDS,
        "all_seconds": SECONDS,
        "bytes": BYTES,
        "charts": [{"data": chart, "width": width, "height": height} for chart in charts],
    }
    command = [sys.executable, "-I", str(DRAWING)]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(job, cls=_Plain),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
            env={},
        )
        answers: list[dict[str, Any]] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise NoPictureError(f"Not drawn within {SECONDS} s.") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()[-1:] or [f"exit status {error.returncode}"]
        raise NoPictureError(said[0][:500]) from error
    except (OSError, ValueError) as error:
        raise NoPictureError(str(error)[:500]) from error
    return answers


def _kinds() -> list[Path]:
    return [settings.BASE_DIR / "static" / "js" / name for name in KIND_FILES]


class _Plain(DjangoJSONEncoder):
    """Numbers stay numbers: a decimal as text would be no point of a chart."""

    def default(self, o: Any) -> Any:
        return float(o) if isinstance(o, Decimal) else super().default(o)
