"""The first run of a test: carried out once for many tests, and copied for the others.

Many tests need repositories that were refreshed before. What the first refresh leaves is the same
for all of them: Dagster's history, the warehouse, and what the simulated GitHub has counted. A copy
takes a twentieth of the run. A test that is about the first run itself, or that replaces a part of
the package before it, carries it out.
"""

import copy
import inspect
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import dagster as dg

from repo_stats.config.settings import Settings
from repo_stats.simulator.exchanges import LoggedRequest
from repo_stats.simulator.limits import Limits
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.stamps import local_stamp
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats_tests.helpers.github import simulators
from repo_stats_tests.helpers.instances import databases

Result = TypeVar("Result")

COPY_FIRST_RUNS = "COPY_FIRST_RUNS"
"""The variable that is `no` where each test carries its first run out, as for mutants."""

_WITH_PATHS = {
    "event_logs": "event",
    "asset_keys": "last_materialization",
    "asset_check_executions": "evaluation_event",
}
"""The columns of Dagster's history that name the files of a warehouse."""


@dataclass(frozen=True)
class _Left(Generic[Result]):
    """What a run left.

    Attributes:
        result: what it gave.
        at: when it was carried out.
        root: the folder of its warehouse.
        files: their contents and stamps, by their path in the warehouse.
        history: the databases of its instance.
        limits: those of its simulator afterwards.
        log: the requests that its simulator answered.
        most_in_flight: how many of them at once.
    """

    result: Result
    at: float
    root: str
    files: Mapping[Path, tuple[bytes, str]]
    history: tuple[sqlite3.Connection, ...]
    limits: Limits
    log: tuple[LoggedRequest, ...]
    most_in_flight: int


_left: dict[str, _Left[Any]] = {}

_LONGEST_KEPT = 180.0
"""Seconds after which a first run is carried out again: to later tests it must be a recent one."""

_OF_LATER_RUNS = {"warehouse": "", "max_age": 0, "max_wait": 0, "min_refresh": 0}
"""Settings that make no difference to a first run: where it stores, when what is stored is old,
how long a rate limit is waited for, and when the next refresh may follow."""


def carry_out_first(
    run: Callable[[], Result],
    of: object,
    settings: Settings,
    instance: dg.DagsterInstance,
    *,
    is_of_module: bool = True,
) -> Result:
    """Carry out the first run of a test, unless another had the same one before: then copy it.

    Args:
        run: carries it out.
        of: what is run; its text tells it from other runs.
        settings: of the run.
        instance: where it is recorded; if it has runs already, this one is carried out.
        is_of_module: whether only tests of this module may have had the same one.
    """
    simulator = simulators[settings.api_url]
    is_first = instance.get_runs_count() == 0
    if not is_first or simulator.mutations or simulator.faults or not copies_first_runs():
        return run()  # what happens during a run, and when, is not kept
    is_of_module = is_of_module or any(Path(settings.warehouse).rglob("*"))
    known = _describe(of, settings, simulator, is_of_module=is_of_module)
    if known not in _left or _left[known].at + _LONGEST_KEPT < time.monotonic():
        result = run()
        _left[known] = _keep(result, settings, simulator, instance)
        return result
    left = cast(_Left[Result], _left[known])
    _restore(left, settings, simulator, instance)
    return left.result


def copies_first_runs() -> bool:
    """Whether what one test has made may be copied for another: while nothing is mutated."""
    return os.environ.get(COPY_FIRST_RUNS) != "no"


def can_be_of_others(fixtures: Iterable[Any]) -> bool:
    """Whether a first run is the same in other modules, by the definitions of a test's fixtures.

    It is not, if a fixture of the module or its folder may replace something.
    """
    return not any(
        fixture.baseid
        and ("monkeypatch" in fixture.argnames or inspect.isgeneratorfunction(fixture.func))
        for fixture in fixtures
    )


def _describe(of: object, settings: Settings, simulator: Simulator, *, is_of_module: bool) -> str:
    """All that a run depends on: its module, environment, settings and repositories."""
    module = os.environ["PYTEST_CURRENT_TEST"].partition("::")[0] if is_of_module else ""
    names = [n for n in sorted(os.environ) if n.startswith(("REPO_STATS_", "GITHUB_"))]
    variables = [(name, os.environ[name]) for name in names]
    same = settings.model_copy(update=_OF_LATER_RUNS)
    return repr((module, "DAGSTER_HOME" in os.environ, variables, of, same, simulator))


def _keep(
    result: Result, settings: Settings, simulator: Simulator, instance: dg.DagsterInstance
) -> _Left[Result]:
    root = Path(settings.warehouse)
    files = {
        path.relative_to(root): (path.read_bytes(), local_stamp(path.stat()))
        for path in root.rglob("*")
        if path.is_file()
    }
    return _Left(
        result,
        time.monotonic(),
        settings.warehouse,
        files,
        tuple(_copy(each, sqlite3.connect(":memory:")) for each in databases(instance)),
        copy.deepcopy(simulator.limits),
        tuple(simulator.log),
        simulator.most_in_flight,
    )


def _restore(
    left: _Left[Any], settings: Settings, simulator: Simulator, instance: dg.DagsterInstance
) -> None:
    for kept, database in zip(left.history, databases(instance), strict=True):
        _copy(kept, database)
    events, _ = databases(instance)
    for table, column in _WITH_PATHS.items():
        change = f"UPDATE {table} SET {column} = replace({column}, ?, ?)"  # noqa: S608 - our names
        with closing(events.execute(change, (left.root, settings.warehouse))):
            events.commit()
    stamps = {}
    for path, (content, stamp) in left.files.items():
        file = Path(settings.warehouse) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        stamps[stamp] = local_stamp(file.stat())
    _tell_of_copies(stamps, StateIndex(Files(settings.warehouse)))
    simulator.limits = copy.deepcopy(left.limits)
    simulator.log[:] = left.log
    simulator.responses, simulator.most_in_flight = len(left.log), left.most_in_flight


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> sqlite3.Connection:
    source.backup(target)
    return target


def _tell_of_copies(stamps: Mapping[str, str], index: StateIndex) -> None:
    """Put the stamps of the copied files in place of those of the files that a run has written."""
    index.update(
        {
            repo: replace(
                state,
                files={
                    table: replace(file, stamp=stamps.get(file.stamp, file.stamp))
                    for table, file in state.files.items()
                },
            )
            for repo, state in index.read().items()
        }
    )
