"""Which files are changed, and which tests are tried on them."""

from collections.abc import Iterable
from pathlib import Path

PACKAGE, TESTS = "repo_stats", "repo_stats_tests"

FAR_TESTS = {"runs", "docs", "project", "benchmarks", "mutation"}
"""Folders of tests that are never tried: whole runs, and what is not about one module."""

FAR_FIXTURES = {"browser"}
"""Fixtures that start a browser."""


class SelectionError(Exception):
    """Nothing can be tried with what was asked for."""


def find_modules(path: Path) -> list[Path]:
    """The modules of a folder, or the one module."""
    modules = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    if not path.exists() or path.parts[0] != PACKAGE or not modules:
        raise SelectionError(f"{path} is no module or folder of {PACKAGE}. Name one by its path.")
    return modules


def find_tests(path: Path, further: Iterable[Path] = (), only: Iterable[Path] = ()) -> list[Path]:
    """The folder of tests that has the name of a module's folder, and what was asked for beside it.

    The tests of a module in the root of the package are in a file. If only some were asked for, the
    folder is left out.
    """
    folder = path if path.is_dir() else path.parent
    near = Path(TESTS, *folder.parts[1:])
    if folder == Path(PACKAGE):
        near = Path(TESTS, f"test_{path.stem}.py")
    only = list(only)
    further = [*only, *further]
    missing = [str(tests) for tests in further if not tests.exists()]
    if missing:
        raise SelectionError(f"{', '.join(missing)} does not exist. Name tests by their path.")
    found = [tests for tests in [*([] if only else [near]), *further] if tests.exists()]
    if not found:
        raise SelectionError(f"{path} has no tests in {near}. Name some with TESTS=...")
    return found


def is_near(path: Path, fixtures: Iterable[str], asked_for: Iterable[Path]) -> bool:
    """Whether a test may be tried: none with a browser, and whole runs only if asked for."""
    if FAR_FIXTURES.intersection(fixtures):
        return False
    return not FAR_TESTS.intersection(path.parts) or any(
        path.is_relative_to(folder.resolve()) for folder in asked_for
    )
