"""Dagster's history in PostgreSQL: the turns of runs on several machines, and what is pruned."""

import os
import signal
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster_aws.s3 import S3ComputeLogManager

from repo_stats.defs.turns import PAUSE, take_turn
from repo_stats_tests.defs.run_history.histories import History
from repo_stats_tests.scale.instances import make_home
from repo_stats_tests.scale.postgres_server import PostgresServer

TABLES = ("runs", "run_tags", "event_logs", "asset_check_executions", "asset_event_tags")


class Log(list[str]):
    """The lines that a run would log."""

    def warning(self, text: str) -> None:
        """Log one."""
        self.append(text)


def test_runs_on_all_machines_take_turns_and_one_that_is_killed_holds_none(
    kept_instance: dg.DagsterInstance,
) -> None:
    taken, takes = os.pipe()
    pid = os.fork()
    if pid == 0:
        with take_turn(kept_instance, 2, Log()):
            os.write(takes, b"taken")
            signal.pause()
    assert os.read(taken, 5) == b"taken"
    slept: list[float] = []

    def kill(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    log = Log()
    with ExitStack() as stack:
        stack.enter_context(take_turn(kept_instance, 2, log, kill))
        assert (slept, log) == ([], [])
        stack.enter_context(take_turn(kept_instance, 2, log, kill))
        assert set(slept) == {PAUSE}
        assert len(log) == 1
    with take_turn(kept_instance, 1, log, kill):
        assert len(log) == 1


def test_what_is_pruned_is_gone_and_what_is_known_of_an_asset_stays(
    kept_instance: dg.DagsterInstance,
) -> None:
    history = History(kept_instance)
    old = [history.make("a") for _ in range(4)]
    failed, latest = history.make("b", fails=True), history.make("a")
    before = history.status()
    counted = count_rows(history)
    pruned = history.prune_after(timedelta(hours=25))
    assert (pruned.runs, pruned.freed) == (len(old), 0)
    assert history.runs == {failed, latest}
    assert history.status() == before
    left = count_rows(history)
    assert all(0 < left[table] <= counted[table] / 2 for table in TABLES), (counted, left)
    assert history.execute("SELECT count(DISTINCT run_id) FROM event_logs") == 2
    assert history.execute("SELECT count(DISTINCT run_id) FROM run_tags") == 2
    assert history.prune_after(timedelta(hours=25)).runs == 0


def test_what_steps_print_goes_into_a_bucket_if_the_file_says_so(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in make_home(tmp_path / "home", postgres).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_LOGS_BUCKET", "logs")
    file = tmp_path / "home" / "dagster.yaml"
    before, commented = file.read_text(encoding="utf-8").split("# compute_logs:\n")
    block, empty, after = commented.partition("\n\n")
    uncommented = "\n".join(line.removeprefix("# ") for line in block.splitlines())
    file.write_text(f"{before}compute_logs:\n{uncommented}{empty}{after}", encoding="utf-8")
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.compute_log_manager, S3ComputeLogManager)
        assert instance.run_monitoring_enabled


def count_rows(history: History) -> dict[str, int]:
    """How many rows each table has."""
    return {name: history.execute(f"SELECT count(*) FROM {name}") for name in TABLES}  # noqa: S608
