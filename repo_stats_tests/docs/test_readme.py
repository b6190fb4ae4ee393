"""README and pages: short enough, and about commands, files and pictures that exist."""

import re
from pathlib import Path

import pytest

from repo_stats.cli.commands import main
from repo_stats_tests.helpers.paths import DOCS, README, ROOT

PAGES = {"README.md": README} | {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")
}

LINKS = sorted(set(re.findall(r"\]\((?!https?:|#)([^)#]+)", README)))

IMAGES = sorted((DOCS / "images").iterdir())


def test_the_readme_has_at_most_200_lines() -> None:
    assert len(README.splitlines()) <= 200


@pytest.mark.parametrize("link", LINKS)
def test_every_link_of_the_readme_leads_to_a_file(link: str) -> None:
    assert (ROOT / link).is_file()


def test_every_command_is_written_about_and_no_other_is() -> None:
    pages = {
        page: set(re.findall(r"repo-stats (?:--[a-z]+ )?([a-z-]+)", text))
        for page, text in PAGES.items()
    }
    unknown = {page: named - set(main.commands) for page, named in pages.items()}
    assert {page: names for page, names in unknown.items() if names} == {}
    assert set().union(*pages.values()) == set(main.commands)


def test_every_command_is_in_the_quick_start() -> None:
    named = set(re.findall(r"`repo-stats ([a-z-]+)", PAGES["docs/quickstart.md"]))
    assert named == set(main.commands)


def test_every_make_target_that_is_written_about_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    pages = {
        page: set(re.findall(r"(?:`|\$ )make ([a-z-]+)", text)) for page, text in PAGES.items()
    }
    unknown = {page: named - targets for page, named in pages.items()}
    assert {page: names for page, names in unknown.items() if names} == {}
    assert set().union(*pages.values()) >= {"demo", "test", "bench", "mutants"}


@pytest.mark.parametrize("image", IMAGES, ids=lambda path: path.name)
def test_every_picture_is_small_and_shown(image: Path) -> None:
    assert image.stat().st_size < 200_000
    assert any(f"images/{image.name}" in text for text in PAGES.values())
