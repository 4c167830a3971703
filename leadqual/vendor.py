"""The front-end packages' files that the pages use, copied from node_modules into VAR/vendor.

Only these are served, under /static/vendor/. Files that they refer to come along (source maps,
fonts), because hashing the static files follows every reference and fails on a missing one.
"""

import shutil
from pathlib import Path

FILES = (
    "@tabler/core/dist/css/tabler.min.css",
    "@tabler/core/dist/css/tabler.min.css.map",
    "@tabler/core/dist/js/tabler.min.js",
    "@tabler/core/dist/js/tabler.min.js.map",
    "@tabler/icons-webfont/dist/tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.ttf",
    "echarts/dist/echarts.min.js",
    # For pictures of charts (handoff/dashboards/images.py), not for the pages.
    "@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf",
    "@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf",
)


class PackagesMissingError(Exception):
    """A front-end package is not in node_modules."""


def place(file: str) -> str:
    """Where a package's file lies below VAR/vendor: flat, fonts in the folder its CSS names."""
    path = Path(file)
    return f"fonts/{path.name}" if path.parent.name == "fonts" else path.name


def copy(packages: Path, vendor: Path) -> int:
    """Bring `vendor` in line with `packages`; return how many files were new or changed.

    Raises PackagesMissingError where `npm ci` has not run.
    """
    changed = 0
    wanted = {vendor / place(file): packages / file for file in FILES}
    for target, source in wanted.items():
        if not source.exists():
            raise PackagesMissingError(
                f"{source} is missing: make run, make test and make check fetch the front-end "
                "packages (npm ci)."
            )
        if not _is_same(source, target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            changed += 1
    for found in list(vendor.rglob("*")):
        if found.is_file() and found not in wanted:
            found.unlink()
    return changed


def _is_same(source: Path, target: Path) -> bool:
    if not target.exists():
        return False
    before, after = source.stat(), target.stat()
    return (before.st_size, int(before.st_mtime)) == (after.st_size, int(after.st_mtime))
