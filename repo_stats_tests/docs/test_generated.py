"""The generated parts of the documentation say what the code and the lists say."""

import re
import runpy

from repo_stats_tests.helpers.paths import DOCS, ROOT

GENERATE = runpy.run_path(str(DOCS / "generate.py"))

VARIABLE = r"(?:REPO_STATS_[A-Z_]+|GITHUB_TOKENS?)"


def find_part(page: str) -> str:
    """The generated part of a page."""
    part: str = GENERATE["find_part"]((DOCS / page).read_text(encoding="utf-8"))
    return part


def test_the_tables_are_described_as_they_are() -> None:
    assert find_part("tables.md") == GENERATE["describe_tables"]()


def test_the_settings_are_described_as_they_are() -> None:
    assert find_part("settings.md") == GENERATE["describe_settings"]()


def test_the_figures_of_large_watchlists_are_those_of_the_simulation() -> None:
    assert find_part("scale.md") == GENERATE["describe_scale"]()


def test_the_mutants_that_do_no_harm_are_those_of_the_list() -> None:
    assert find_part("testing.md") == GENERATE["describe_mutants"]()


def test_every_setting_is_in_the_documentation_and_no_other() -> None:
    files = (ROOT / "repo_stats" / "config").glob("*.py")
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    described = set(re.findall(rf"`({VARIABLE})` \|", find_part("settings.md")))
    assert described == set(re.findall(VARIABLE, source))


def test_environment_variables_are_read_by_the_settings_and_for_connections() -> None:
    readers = {
        path.parent.name
        for path in (ROOT / "repo_stats").rglob("*.py")
        if re.search(
            r"environ\.get|getenv|environ\[[^]]+\](?! =)", path.read_text(encoding="utf-8")
        )
    }
    assert readers == {"config", "network"}
