"""How long modules and functions may be. How complex they may be, ruff's rule C901 checks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_stats_tests.helpers.parsed import find_functions
from repo_stats_tests.helpers.paths import ROOT

MODULE_LINES = 250

FUNCTION_LINES = 45

FOLDERS = ("repo_stats", "repo_stats_tests", "benchmarks", "mutation")


def modules() -> Iterator[Path]:
    """All modules but those of the benchmarks that are written for other environments."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "peers" not in path.parts and ".venvs" not in path.parts:
                yield path


def long_functions(source: str) -> list[tuple[str, int]]:
    """Each function that is too long, and its lines with those of the functions inside it."""
    functions = (
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in find_functions(source)
    )
    return [(name, lines) for name, lines in functions if lines > FUNCTION_LINES]


def test_no_module_is_too_long() -> None:
    lines = [
        (str(path.relative_to(ROOT)), len(path.read_text(encoding="utf-8").splitlines()))
        for path in modules()
    ]
    assert lines
    assert [(path, count) for path, count in lines if count > MODULE_LINES] == []


def test_no_function_is_too_long() -> None:
    found = [
        (str(path.relative_to(ROOT)), *function)
        for path in modules()
        for function in long_functions(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(("lines", "found"), [(45, []), (46, [("outer", 46)])])
def test_a_function_is_counted_with_those_inside_it(
    lines: int, found: list[tuple[str, int]]
) -> None:
    inner = ["    def inner():", *["        pass"] * (lines - 2)]
    assert long_functions("\n".join(["def outer():", *inner])) == found


@pytest.mark.parametrize(
    "place",
    [
        "class X:",
        "if x:\n    pass\nelse:",
        "try:\n    pass\nexcept X:",
        "try:\n    pass\nfinally:",
        "for x in y:",
        "with x:",
        "match x:\n  case y:",
        "async def x():",
    ],
)
def test_a_function_is_found_wherever_it_is(place: str) -> None:
    long = ["    def found():", *["        pass"] * 45]
    assert ("found", 46) in long_functions("\n".join([place, *long]))
