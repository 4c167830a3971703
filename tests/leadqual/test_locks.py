"""The lock files follow from pyproject.toml, with a hash for everything and no address."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
DEV: list[str] = PROJECT["project"]["optional-dependencies"]["dev"]
NODE: list[str] = PROJECT["dependency-groups"]["node"]

LOCKS = {
    "requirements.txt": RUNTIME,
    "requirements-dev.txt": RUNTIME + DEV,
    "requirements-node.txt": NODE,
}


def pins(file: str) -> dict[str, str]:
    """Version by package name."""
    found = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / file).read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize("file", LOCKS)
def test_every_dependency_is_locked_at_a_version_that_pyproject_allows(file: str) -> None:
    locked = pins(file)
    wanted = [Requirement(line) for line in LOCKS[file]]

    missing = [str(each) for each in wanted if canonicalize_name(each.name) not in locked]
    refused = [
        str(each)
        for each in wanted
        if not each.specifier.contains(locked.get(canonicalize_name(each.name), "0"))
    ]

    assert missing == []
    assert refused == []


@pytest.mark.parametrize("file", LOCKS)
def test_everything_has_a_hash_and_nothing_an_address(file: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / file).read_text().strip())

    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert [block for block in blocks if "://" in block] == []


def test_the_tests_run_on_the_versions_that_the_product_runs_on() -> None:
    developed = pins("requirements-dev.txt")

    assert pins("requirements.txt").items() <= developed.items()


def test_the_npm_lock_names_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())

    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert (
        lock["packages"][""]["dependencies"]
        == json.loads((ROOT / "package.json").read_text())["dependencies"]
    )
