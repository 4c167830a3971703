"""What is wrong with a screen: unreadable to some, too wide for a phone, in light or in dark."""

from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import Page, ViewportSize

AXE = Path(settings.BASE_DIR, "node_modules/axe-core/axe.min.js")
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
GRAVE = ("serious", "critical")
CONTRAST = "color-contrast"
"""The rule that depends on the theme, not on the width, and takes the most time."""

_RUN = "options => axe.run(document, options).then((found) => found.violations)"
_TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const wide = [...document.querySelectorAll("body *")].filter(
    (each) => each.getBoundingClientRect().right > room + 1);
  return wide.slice(0, 5).map((each) => each.outerHTML.slice(0, 120));
}"""


def faults(page: Page) -> str:
    """What a person could not read, reach or see, at both widths and in both themes; a line each.

    Widths and themes change in place, so that the state of the page is looked at, not only its
    address.
    """
    found: list[str] = []
    page.set_viewport_size(DESKTOP)
    found += [f"desktop: {fault}" for fault in _axe(page) + _too_wide(page)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {fault}" for fault in _axe(page, only=CONTRAST)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    found += [f"phone: {fault}" for fault in _axe(page, but=CONTRAST) + _too_wide(page)]
    page.set_viewport_size(DESKTOP)
    return "\n".join(found)


def _axe(page: Page, *, only: str = "", but: str = "") -> list[str]:
    # Evaluated by the debugger, so that the page's own policy can stay in force.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if only:
        options["runOnly"] = [only]
    if but:
        options["rules"] = {but: {"enabled": False}}
    return [
        f"{violation['id']} ({violation['help']}): {node['html'][:200]}"
        for violation in page.evaluate(_RUN, options)
        for node in violation["nodes"]
        if violation["impact"] in GRAVE
    ]


def _too_wide(page: Page) -> list[str]:
    return [f"wider than the window: {element}" for element in page.evaluate(_TOO_WIDE)]
