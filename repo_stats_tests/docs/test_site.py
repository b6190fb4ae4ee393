"""The site: it is built as it is, and a dead link or anchor ends the build."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.paths import DOCS, ROOT


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A copy of the site's sources."""
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        (tmp_path / name).write_text(f"# {name}\n\n[Settings](docs/settings.md)\n")
    return tmp_path


def build(site: Path) -> subprocess.CompletedProcess[str]:
    """Build a site as `make docs` does."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    return subprocess.run(command, cwd=site, capture_output=True, text=True, check=False)


def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(site: Path) -> None:
    result = build(site)
    assert result.returncode == 0
    assert "WARNING -" not in result.stderr
    root = site / "site"
    assert 'href="settings.html"' in (root / "contributing.html").read_text()
    texts = {page.relative_to(root): page.read_text() for page in root.rglob("*.html")}
    assert {page.with_suffix(".md") for page in texts} >= {
        page.relative_to(DOCS) for page in DOCS.rglob("*.md")
    }
    scripts = [part for text in texts.values() for part in text.split("<script")[1:]]
    assert scripts
    assert [part for part in scripts if 'src="http' in part[:200]] == []
    assert [page for page, text in texts.items() if "fonts.googleapis.com" in text] == []


@pytest.mark.parametrize("link", [long("nowhere.md"), "costs.md#nothing"])
def test_a_dead_link_fails_the_build(site: Path, link: str) -> None:
    for page in (site / "docs").rglob("*.md"):  # short pages are built sooner
        page.write_text("# Costs\n")
    page = site / "docs" / "index.md"
    page.write_text(f"# First page\n\n[alive](costs.md#costs)\n\n[dead]({link})\n")
    result = build(site)
    assert result.returncode == 1
    assert link in result.stderr
    assert "costs.md#costs" not in result.stderr
