"""Which process of xdist runs which tests: those that share what is dear to build go to one.

xdist has groups for this (--dist loadgroup), but with pytest 9.2 it no longer reads them
(pytest-xdist issue 1386).
"""

from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER: Final = (
    "tests/browser/",
    "tests/handoff/test_demo.py",
    "tests/handoff/test_demo_agreement.py",
    "tests/handoff/test_bench.py",
    "tests/leadqual/test_run.py",
)
"""Tests that share a product or a demo: what one process builds for them, no other builds again.
The last two take a minute and more: groups are begun first, and nothing waits at the end."""


class SharersTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Every other test is handed out by itself; the largest group, that is ours, is begun first."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for group in TOGETHER if nodeid.startswith(group)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharersTogether | None:
    """None, xdist's own choice, where something else than plain -n was asked for."""
    return SharersTogether(config, log) if config.getvalue("dist") == "load" else None
