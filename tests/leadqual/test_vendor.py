"""The front-end packages' files: exactly those that pages use, with all that they refer to."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from leadqual import vendor

PACKAGES = Path(settings.BASE_DIR, "node_modules")

needs_packages = pytest.mark.skipif(
    not PACKAGES.exists(), reason="no node_modules: make test fetches the front-end packages"
)


@needs_packages
def test_a_second_copy_changes_nothing_and_strangers_go(tmp_path: Path) -> None:
    assert vendor.copy(PACKAGES, tmp_path) == len(vendor.FILES)
    (tmp_path / "left-over.js").touch()

    assert vendor.copy(PACKAGES, tmp_path) == 0
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {
        tmp_path / vendor.place(file) for file in vendor.FILES
    }


@needs_packages
def test_a_changed_package_is_copied_again(tmp_path: Path) -> None:
    vendor.copy(PACKAGES, tmp_path)
    (tmp_path / "echarts.min.js").write_text("older")

    assert vendor.copy(PACKAGES, tmp_path) == 1


@needs_packages
def test_what_the_files_refer_to_came_along(tmp_path: Path) -> None:
    vendor.copy(PACKAGES, tmp_path)
    referred = {
        reference
        for path in [*tmp_path.glob("*.css"), *tmp_path.glob("*.js")]
        for pair in re.findall(
            r"sourceMappingURL=([\w.-]+)|url\(\"?\./([\w./-]+)", path.read_text()
        )
        for reference in pair
        if reference
    }

    assert "fonts/tabler-icons.woff2" in referred
    assert [name for name in sorted(referred) if not (tmp_path / name).exists()] == []


def test_missing_packages_are_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(vendor.PackagesMissingError, match="npm ci"):
        vendor.copy(tmp_path / "node_modules", tmp_path / "vendor")
