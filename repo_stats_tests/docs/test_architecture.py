"""What the documentation says of the code: every file, function and class it names is there."""

import re

import pytest

from repo_stats_tests.helpers.paths import DOCS, ROOT

PAGES = [DOCS / "architecture.md", *(DOCS / "decisions").glob("*.md")]

TEXT = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)

FILES = sorted(set(re.findall(r"`(repo_stats[\w/.]*/[\w/.]*)`", TEXT)))

NAMES = sorted(set(re.findall(r"`(repo_stats/[\w/]+\.py)`,\s+`(\w+)`", TEXT)))

FOLDERS = re.findall(r"^\| `([a-z/_.]+)` \|", TEXT, re.MULTILINE)


@pytest.mark.parametrize("file", FILES)
def test_every_file_that_is_named_is_there(file: str) -> None:
    assert (ROOT / file).exists()


@pytest.mark.parametrize(("file", "name"), NAMES)
def test_every_function_and_class_that_is_named_is_in_its_file(file: str, name: str) -> None:
    source = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(rf"^(?:async )?(?:def|class) {name}\b", source, re.MULTILINE)


def test_every_folder_of_the_package_is_described() -> None:
    package = ROOT / "repo_stats"
    folders = {f"{path.parent.relative_to(package)}/" for path in package.rglob("__init__.py")}
    assert folders - {"./"} <= {*FOLDERS}
    assert all((package / folder).exists() for folder in FOLDERS)
