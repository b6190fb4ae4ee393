"""A whole run over a small project, and its parts: tests, processes, numbers."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mutation.children import DEAD, LATE, Task, run_tasks
from mutation.items import Measured
from mutation.known import Known, describe_known
from mutation.mutants import Mutant, Place, make_mutants
from mutation.results import Outcome, Result, describe, score
from mutation.selection import SelectionError, find_modules, find_tests
from mutation.trials import plan_trials
from repo_stats_tests.helpers.paths import ROOT

SHOP = """
LIMIT = 3

def is_many(count):
    return count > LIMIT

def untested():
    return LIMIT
"""

TESTS = """
from repo_stats.shop import is_many

def test_four_are_many():
    assert is_many(4)

def test_two_are_not():
    assert not is_many(2)

def test_that_fails():
    assert is_many(0)
"""

PASSES_ONCE = """
from pathlib import Path

from repo_stats.shop import is_many

def test_once():
    Path("ran").touch(exist_ok=False)
    is_many(4)
"""

KNOWN = """
- file: repo_stats/shop.py
  function: is_many
  before: return count > LIMIT
  after: return count >= LIMIT
  reason: Nobody has three.
- file: repo_stats/shop.py
  function: is_many
  before: return count > LIMIT
  after: return None
  reason: It was noticed since.
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a module, its tests, and two known mutants."""
    files = {
        "repo_stats/__init__.py": "",
        "repo_stats/shop.py": SHOP,
        "repo_stats_tests/__init__.py": "",
        "repo_stats_tests/test_shop.py": TESTS,
        "docs/known_mutants.yaml": KNOWN,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run_mutation(project: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "mutation", "repo_stats/shop.py"]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=project, env=variables, capture_output=True, text=True, check=False
    )


def test_a_run_tells_what_no_test_noticed_and_changes_no_file(project: Path) -> None:
    run = run_mutation(project)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "repo_stats/shop.py:8 untested: no test",
        "  - return LIMIT",
        "  + return None",
        "No longer survives, and can be taken from the list: "
        "repo_stats/shop.py is_many: return count > LIMIT -> return None",
        "| module | mutants | killed | timeout | survived | no test | known | score |",
        "|---|---|---|---|---|---|---|---|",
        "| repo_stats/shop.py | 5 | 3 | 0 | 0 | 1 | 1 | 75 % |",
    ]
    assert "1 tests were left out" in run.stderr
    assert (project / "repo_stats" / "shop.py").read_text(encoding="utf-8") == SHOP
    [found] = (project / "build" / "mutants").iterdir()
    killed = [each for each in json.loads(found.read_text()) if each["outcome"] == "killed"]
    assert {each["after"]: each["test"].partition("::")[2] for each in killed} == {
        "LIMIT = 4": "test_four_are_many",
        "return None": "test_four_are_many",
        "return True": "test_two_are_not",
    }


@pytest.mark.long
def test_a_test_that_passes_only_once_kills_nothing(project: Path) -> None:
    (project / "repo_stats_tests" / "test_shop.py").write_text(PASSES_ONCE, encoding="utf-8")
    run = run_mutation(project)
    name = "repo_stats_tests/test_shop.py::test_once"
    assert f"{name} also fails unchanged. What it killed counts as survived." in run.stderr
    assert run.stdout.splitlines()[-1] == "| repo_stats/shop.py | 5 | 0 | 0 | 2 | 1 | 2 | 0 % |"


@pytest.mark.parametrize(
    ("module", "tests"),
    [
        ("repo_stats/metrics/trends.py", "repo_stats_tests/metrics"),
        ("repo_stats/github/issues", "repo_stats_tests/github/issues"),
        ("repo_stats/clock.py", "repo_stats_tests/test_clock.py"),
    ],
)
def test_the_tests_of_a_module_are_in_the_folder_of_its_name(
    monkeypatch: pytest.MonkeyPatch, module: str, tests: str
) -> None:
    monkeypatch.chdir(ROOT)
    assert find_tests(Path(module)) == [Path(tests)]


def test_further_tests_are_tried_beside_those_of_the_folder_or_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    module, near, other = map(
        Path, ("repo_stats/clock.py", "repo_stats_tests/test_clock.py", "docs")
    )
    assert find_tests(module, [other]) == [near, other]
    assert find_tests(module, only=[other]) == [other]


@pytest.mark.parametrize(
    ("module", "further", "message"),
    [
        ("repo_stats/json_codec.py", [], "has no tests in repo_stats_tests/test_json_codec.py"),
        ("repo_stats/clock.py", ["nowhere"], "nowhere does not exist"),
        ("docs", [], "docs is no module or folder of repo_stats"),
    ],
)
def test_what_cannot_be_tried_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, module: str, further: list[str], message: str
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SelectionError, match=message):
        find_tests(find_modules(Path(module))[0], map(Path, further))


def test_the_quick_tests_of_a_statement_come_first_and_any_test_may_see_a_constant() -> None:
    path = Path("shop.py")
    inside, outside = Place("price", first_line=3, lines=range(4, 6)), Place(lines=range(1, 2))
    mutants = [Mutant(path, b"", place, 1, "", "") for place in (inside, outside)]
    measured = [
        Measured("slow", 2, 2, passed=True, lines=frozenset({("shop.py", 5)})),
        Measured("quick", 1, 1, passed=True, lines=frozenset({("shop.py", 4)})),
        Measured("elsewhere", 0.1, 0.1, passed=True, lines=frozenset({("other.py", 4)})),
        Measured("below", 1.5, 1.5, passed=True, lines=frozenset({("shop.py", 6)})),
    ]
    first, second = plan_trials(mutants, measured, set())
    assert (first.order({}, 9), first.is_loaded) == (["quick", "slow"], True)
    assert first.order({"slow": 2}, 9) == ["slow", "quick"]
    assert first.order({}, 2) == ["quick"]
    assert first.order({"slow": 9}, 1) == ["slow"]
    assert second.order({}, 9) == ["quick", "below", "slow", "elsewhere"]
    [anew, _] = plan_trials(mutants, measured, {("shop.py", 4)})
    assert (anew.order({}, 9), anew.is_loaded) == (second.order({}, 9), False)


def test_a_process_that_dies_or_takes_too_long_ends_and_leaves_no_file(tmp_path: Path) -> None:
    tasks = [
        Task("right", lambda: 7, 60.0),
        Task("dead", lambda: os._exit(3), 60.0),
        Task("late", lambda: time.sleep(60), 0.2),
    ]
    assert dict(run_tasks(tasks, 2, tmp_path)) == {"right": 7, "dead": DEAD, "late": LATE}
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_a_process_is_raised_here(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        list(run_tasks([Task("wrong", lambda: 1 / 0, 60.0)], 1, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_known_mutant_counts_neither_way_and_is_known_on_any_line(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text("\n\n\nx   = a < b\ny = 7\nz = 8\n", encoding="utf-8")
    outcomes = [Outcome.SURVIVED, Outcome.KILLED, Outcome.TIMEOUT]
    results = list(map(Result, make_mutants(path), outcomes))
    known = [Known(str(path), "", "x = a < b", "x = a <= b", "They never meet.")]
    assert score("all", results, []).percent == pytest.approx(200 / 3)
    assert score("all", results, known).percent == 100
    assert next(describe(results, [], [])).startswith(f"{path}:4: survived")
    assert next(describe(results, known, [])).startswith("| module")
    assert "They never meet.\n\n```diff\n- x = a < b\n+ x = a <= b\n```" in describe_known(known)


@pytest.mark.parametrize(
    ("outcomes", "outdated"),
    [
        ({}, ["z = 8"]),
        ({"x": Outcome.KILLED}, ["x = a < b", "z = 8"]),
        ({"x": Outcome.SURVIVED, "y": Outcome.KILLED}, ["y = 7", "z = 8"]),
        ({"x": Outcome.NO_TEST, "y": Outcome.TIMEOUT}, ["y = 7", "z = 8"]),
    ],
    ids=["not tried", "noticed", "survived", "without test"],
)
def test_a_known_mutant_is_out_of_date_if_it_was_noticed_or_is_not_made_and_not_if_it_was_left_out(
    tmp_path: Path, outcomes: dict[str, Outcome], outdated: list[str]
) -> None:
    path = tmp_path / "shop.py"
    path.write_text("x = a < b\ny = 7\n", encoding="utf-8")
    made = {mutant.before[0]: mutant for mutant in make_mutants(path)}
    results = [Result(made[name], outcome) for name, outcome in outcomes.items()]
    listed = {"x = a < b": "x = a <= b", "y = 7": "y = 8", "z = 8": "z = 9"}
    known = [Known(str(path), "", before, after, "") for before, after in listed.items()]
    told = [line for line in describe(results, known, made.values()) if line.startswith("No ")]
    assert told == [
        f"No longer survives, and can be taken from the list: {path} : {text} -> {listed[text]}"
        for text in outdated
    ]
