"""Waiting for what another process or connection does in its own time."""

import time
from collections.abc import Callable

PATIENCE = 30.0
"""Seconds, on a machine that runs other tests beside."""


def eventually(happened: Callable[[], bool]) -> bool:
    """Wait until it has happened; False if it has not within PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.05)
    return happened()
