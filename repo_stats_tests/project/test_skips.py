"""Skipped tests: the line at the end of a run, and the form of every reason."""

import ast

import pytest

from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.paths import ROOT
from repo_stats_tests.helpers.skips import PREFIX, describe_skips

PLUGIN = ("-p", "repo_stats_tests.helpers.skips")

SKIPPING = """
import pytest

@pytest.fixture
def browser():
    pytest.skip("needs Chromium (Debian: apt-get install chromium)")

@pytest.mark.parametrize("page", range(3))
def test_page(browser, page): ...

@pytest.mark.skipif(True, reason="needs recorded API objects in ../shared")
def test_recorded(): ...

@pytest.mark.xfail(reason="needs a miracle")
def test_wrong():
    assert False

def test_right(): ...
"""

LINE = (
    "4 tests were skipped: 3 need Chromium (Debian: apt-get install chromium), "
    "1 needs recorded API objects in ../shared."
)


def prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run find this plugin, and load no more of others than it needs."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.mark.parametrize("processes", [long(()), ("-p", "xdist", "-n", "2")], ids=["one", "two"])
def test_a_run_says_in_one_line_what_was_skipped(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, processes: tuple[str, ...]
) -> None:
    prepare(monkeypatch)
    pytester.makepyfile(SKIPPING)
    result = pytester.runpytest_subprocess(*PLUGIN, *processes)
    result.assert_outcomes(passed=1, skipped=4, xfailed=1)
    assert result.outlines[-2] == LINE


def test_a_run_without_skips_says_nothing_of_them(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(monkeypatch)
    pytester.makepyfile("def test_right(): ...")
    result = pytester.runpytest_subprocess(*PLUGIN)
    result.assert_outcomes(passed=1)
    assert "skipped" not in result.stdout.str()


@pytest.mark.parametrize(
    ("reasons", "line"),
    [
        (["needs root"], "1 test was skipped: 1 needs root."),
        (["needs a", "needs b", "needs b"], "3 tests were skipped: 2 need b, 1 needs a."),
        (["not today"], "1 test was skipped: 1 with the reason 'not today'."),
    ],
)
def test_reasons_are_counted(reasons: list[str], line: str) -> None:
    assert describe_skips(reasons) == line


def skip_reasons() -> set[str]:
    """The reasons of all skips in the tests."""
    reasons = set()
    for path in (ROOT / "repo_stats_tests").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "skip" not in text:  # to parse all of them takes as long as all other tests here
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                reasons |= _reasons_of(node, node.func.attr)
    return reasons


def _reasons_of(call: ast.Call, name: str) -> set[str]:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "reason"]
    arguments = {"skip": [*call.args, *named], "skipif": named}.get(name, [])
    return {ast.literal_eval(argument) for argument in arguments}


def test_every_reason_says_what_a_test_needs() -> None:
    reasons = skip_reasons()
    assert reasons
    assert [reason for reason in reasons if not reason.startswith(PREFIX)] == []
