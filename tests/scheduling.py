"""Which process of xdist runs which tests: the browser's all go to one, as they share a product.

xdist has groups for this (--dist loadgroup), but with pytest 9.2 it no longer reads them
(pytest-xdist issue 1386).
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling


class BrowserTestsTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Every other test is handed out by itself; the largest group, that is ours, is begun first."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BrowserTestsTogether | None:
    """None, xdist's own choice, where something else than plain -n was asked for."""
    return BrowserTestsTogether(config, log) if config.getvalue("dist") == "load" else None
