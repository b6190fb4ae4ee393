"""Turns: no more runs send requests at the same time than `REPO_STATS_RUNS_AT_ONCE`.

Each run may send its share of the limits, so together they keep them, whoever started them and
wherever they run. A run that finds as many others waits until one of them ends.

Turns are locks that end with their process, even if it is killed: of the operating system if the
history of runs is on this machine, and of PostgreSQL if it is there. There they belong to a
connection: https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import dagster as dg
from filelock import FileLock, Timeout

from repo_stats.defs.cuts import PIECE_TAG
from repo_stats.defs.sent_requests import store_sent, tags_of_turn
from repo_stats.defs.wrapping import WrappingExecutor

RESOURCE = "github"
"""A run whose steps need this resource sends requests."""

PAUSE = 1.0
"""Seconds between two attempts to take a turn."""

FOLDER = "repo_stats_turns"
"""Where the locks of this machine are, below the folder that `DAGSTER_HOME` names."""

_KIND = 0x7265706F
"""Tells our locks in PostgreSQL from those of others: "repo" in ASCII."""

TryToTake: TypeAlias = Callable[[int, ExitStack], bool]
"""Takes a lock by its number until the stack is closed; returns whether it was free."""


class TurnTakingExecutor(WrappingExecutor):
    """Lets another executor carry out a run, when it is the run's turn.

    Args:
        inner: the other executor.
        runs_at_once: how many runs may send requests at the same time. With 0, only the pieces of a
            run that was cut take turns, one after another.
    """

    def __init__(self, inner: dg.Executor, runs_at_once: int) -> None:
        super().__init__(inner)
        self._runs_at_once = runs_at_once

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        """Wait for a turn, if the run sends requests, and carry it out."""
        instance, run = plan_context.instance, plan_context.dagster_run
        turns = self._runs_at_once or int(PIECE_TAG in run.tags)
        if not turns or not sends_requests(plan_context.job, execution_plan):
            yield from self._inner.execute(plan_context, execution_plan)
            return
        with take_turn(instance, turns, plan_context.log) as turn:
            tags = {**run.tags, **tags_of_turn(instance, turn, time.time())}
            try:
                yield from self._inner.execute(self.with_tags(plan_context, tags), execution_plan)
            finally:
                store_sent(instance, run.run_id, turn, time.time())


def sends_requests(job: Any, execution_plan: Any) -> bool:
    """Whether a step of a run needs the GitHub API."""
    definition = job.get_definition()
    nodes = {step.node_handle for step in execution_plan.steps}
    needed = (definition.get_node(node).definition.required_resource_keys for node in nodes)
    return any(RESOURCE in keys for keys in needed)


@contextmanager
def take_turn(
    instance: dg.DagsterInstance,
    runs_at_once: int,
    log: Any,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[int]:
    """Wait until fewer other runs have their turn than may send requests, and be one of them.

    Gives the number of the turn, from 1.

    Args:
        instance: the history that these runs share.
        runs_at_once: how many may.
        log: gets a line if the run has to wait.
        sleep: waits.
    """
    with ExitStack() as stack:
        take = _find_locks(instance, stack)
        turn = _take_any(take, runs_at_once, stack)
        if turn is None:
            others = "Another run sends" if runs_at_once == 1 else f"{runs_at_once} runs send"
            log.warning(
                f"{others} requests to GitHub at present; this one waits until it may "
                "(REPO_STATS_RUNS_AT_ONCE)."
            )
        while turn is None:
            with dg.raise_execution_interrupts():  # or else a run that waits could not be ended
                sleep(PAUSE)
            turn = _take_any(take, runs_at_once, stack)
        yield turn


def _take_any(take: TryToTake, runs_at_once: int, stack: ExitStack) -> int | None:
    numbers = range(1, runs_at_once + 1)
    return next((number for number in numbers if take(number, stack)), None)


def _find_locks(instance: dg.DagsterInstance, stack: ExitStack) -> TryToTake:
    storage: Any = instance.run_storage
    with storage.connect() as connection:
        is_shared = connection.dialect.name == "postgresql"
    if is_shared:
        return _PostgresLocks(stack.enter_context(storage.connect())).take
    return _FileLocks(Path(instance.root_directory) / FOLDER).take


class _FileLocks:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, number: int, stack: ExitStack) -> bool:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / f"{number}.lock")
        with suppress(Timeout):
            stack.enter_context(lock.acquire(blocking=False))
            return True
        return False


class _PostgresLocks:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def take(self, number: int, stack: ExitStack) -> bool:
        if not self._ask("pg_try_advisory_lock", number):
            return False
        stack.callback(self._ask, "pg_advisory_unlock", number)
        return True

    def _ask(self, function: str, number: int) -> bool:
        statement = f"SELECT {function}({_KIND}, {number})"
        return bool(self._connection.exec_driver_sql(statement).scalar())
