"""The kinds of tests: what `make test-fast` leaves out, and that nothing slips in."""

import pytest

from repo_stats_tests.helpers.kinds import MARKERS, SCENES, STARTS_PROCESSES, find_kinds
from repo_stats_tests.helpers.paths import ROOT

PLUGIN = ("-p", "repo_stats_tests.helpers.kinds", "-p", "no:cacheprovider")

STARTING = """
import subprocess, sys

def test_innocent(): ...

def test_guilty():
    subprocess.run([sys.executable, "--version"], check=True)
"""


@pytest.mark.parametrize(
    ("name", "fixtures", "kinds"),
    [
        ("github/test_client.py::test_x", ["tmp_path"], []),
        ("github/issues/test_walk.py::test_x", ["scanner"], ["scenes"]),
        ("cli/test_door.py::test_x[--help]", [], ["processes"]),
        ("defs/assets/test_refresh.py::test_x", ["instance", "run"], ["runs"]),
        ("runs/test_refresh_run.py::test_x", [], ["processes", "runs"]),
        ("report/in_browser/test_pages.py::test_x", ["browser"], ["browser", "processes"]),
    ],
)
def test_a_test_is_marked_by_its_name_and_its_fixtures(
    name: str, fixtures: list[str], kinds: list[str]
) -> None:
    assert find_kinds(name, fixtures) == kinds


@pytest.mark.parametrize("beginning", STARTS_PROCESSES)
def test_what_is_said_to_start_processes_exists(beginning: str) -> None:
    path, _, name = beginning.partition("::")
    assert f"def {name}" in (ROOT / "repo_stats_tests" / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("beginning", SCENES)
def test_what_is_said_to_be_a_scene_exists(beginning: str) -> None:
    assert list((ROOT / "repo_stats_tests").glob(f"{beginning}*"))


def test_a_test_that_starts_a_process_fails_unless_it_is_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STARTING)
    result = pytester.runpytest_inprocess(*PLUGIN)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*The test starts a process (subprocess.Popen*"])


def test_make_test_fast_leaves_out_every_kind() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f'-m "not ({" or ".join([*MARKERS, "long"])})"' in makefile
