"""What the tests need beyond Python, found on this machine or installed: Chromium and Redis.

`make test` looks once, before pytest starts, and passes on what it found; a pytest that was
started by hand looks by itself and installs nothing.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = "LEADQUAL_TEST_CHROMIUM"
NO_CHROMIUM = "LEADQUAL_TEST_NO_CHROMIUM"
"""Environment: the path of the browser, or the reason why there is none."""

APT_PATIENCE = 300.0
PLAYWRIGHT_PATIENCE = 60.0
"""Seconds after which an installation is given up."""


def chromium() -> str | None:
    """The path of a Chromium that starts, or None."""
    named = os.environ.get(CHROMIUM)
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    for path in filter(None, map(shutil.which, names)):
        if _starts(path):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and _starts(path) else None


def why_no_chromium() -> str:
    """The reason for skipping the browser tests."""
    return os.environ.get(NO_CHROMIUM, "no Chromium was found; make test tries to install one")


def redis_server() -> str | None:
    """The path of a Redis server, or None."""
    return shutil.which("redis-server")


def install() -> dict[str, str]:
    """Install what is missing and can be had; return the environment that tells pytest of it."""
    if redis_server() is None:
        _apt("redis-server")
    path = chromium()
    if path is None:
        tried = [_apt("chromium")]
        path = chromium()
        if path is None:
            tried.append(_playwright())
            path = chromium()
        if path is None:
            return {NO_CHROMIUM: "no Chromium: " + "; ".join(tried)}
    return {CHROMIUM: path}


def _starts(path: str) -> bool:
    # Ubuntu's chromium-browser may be a script that only says: install the snap.
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return (
            subprocess.run(
                [path, "--version"], capture_output=True, timeout=30, check=False
            ).returncode
            == 0
        )
    return False


def _apt(package: str) -> str:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return f"{package} is not on PATH, and without root and apt it cannot be installed"
    print(f"Installing {package} …", flush=True)
    apt = ["apt-get", "--quiet", "--quiet"]
    tried = _give_up_after(APT_PATIENCE, [*apt, "update"])
    install = [*apt, "install", "--yes", "--no-install-recommends", package]
    return _give_up_after(APT_PATIENCE, install) or tried or f"apt installed {package}"


def _playwright() -> str:
    print(f"Fetching Playwright's Chromium, for {PLAYWRIGHT_PATIENCE:.0f} s at most …", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    return _give_up_after(PLAYWRIGHT_PATIENCE, command) or "Playwright installed one"


def _give_up_after(seconds: float, command: Sequence[str]) -> str:
    """Run with all its children; return what went wrong, "" if nothing did."""
    running = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        start_new_session=True,
    )
    try:
        output, _ = running.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        return f"{' '.join(command)}: given up after {seconds:.0f} s"
    if running.returncode == 0:
        return ""
    lines = (output.strip() or "failed").splitlines()
    telling = next((line for line in lines if "rror" in line), lines[-1])
    return f"{' '.join(command)}: {telling.strip()}"
