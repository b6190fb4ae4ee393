"""The door of the command: signals, closed pipes, full disks and old terminals."""

import gc
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.cli import door
from repo_stats.simulator.generator import PREFECT, Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.commands import Serve, make_home
from repo_stats_tests.helpers.preloaded import Command, TerminalCommand
from repo_stats_tests.helpers.processes import find_descendants, find_fork_server, wait_until_gone

ENDLESS = (
    "copy (select 1) to 'begun.csv'; "
    "select count(*) from range(1000000000) a, range(1000000000) b where a.range < b.range"
)


def start(folder: Path, *arguments: str, **variables: str) -> Command:
    """Start `repo-stats` in a session of its own, as a terminal does."""
    return TerminalCommand(folder, ["-m", "repo_stats", *arguments], variables)


def wait_for(is_so: Callable[[], bool], process: Command) -> None:
    """Wait until something is so while a command runs."""
    while not is_so():
        assert process.poll() is None
        time.sleep(0.02)


def test_ctrl_c_ends_a_query(tmp_path: Path) -> None:
    with start(tmp_path, "sql", ENDLESS) as process:
        wait_for((tmp_path / "begun.csv").exists, process)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output, errors) == (130, "", "Interrupted.\n")


def test_a_supervisor_ends_the_simulator(tmp_path: Path) -> None:
    with start(tmp_path, "simulate", "--port", "0") as process:
        wait_for(lambda: "\n" in process.printed()[0], process)
        assert process.printed()[0].startswith("A simulated GitHub answers")
        os.kill(process.pid, signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (143, "Interrupted.\n")


def test_ctrl_c_ends_a_refresh_with_its_steps_and_records_that(
    tmp_path: Path, serve: Serve
) -> None:
    shape = Shape("acme/slow", 900, 9)
    simulator = Simulator(World.of([generate_repository(shape)]), latency=0.5)
    home = make_home(tmp_path / "home")
    pages = tmp_path / "warehouse" / "issue_pages" / "acme" / "slow"
    variables = {
        "DAGSTER_HOME": str(home),
        "REPO_STATS_API_URL": serve(simulator),
        "REPO_STATS_IN_FLIGHT": "1",
        "REPO_STATS_FETCH_STEPS": "2",
    }
    with start(tmp_path, "refresh", shape.full_name, **variables) as process:
        wait_for(lambda: pages.exists() and any(pages.glob("[0-9]*.parquet")), process)
        below = find_descendants(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        wait_until_gone(below)
        assert (process.returncode, output) == (130, ""), errors
    assert errors.splitlines()[-1] == "Interrupted; what was read is kept."
    assert "Traceback" not in errors
    assert any(pages.glob("[0-9]*.parquet"))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        [run] = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.CANCELED


def make_endless(path: Path) -> None:
    """Make a table at which whoever reads it waits, until it is ended."""
    path.parent.mkdir(parents=True)
    os.mkfifo(path)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files, whose path is short enough for the sockets of processes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def is_step_running(pid: int) -> bool:
    """Whether a step runs below the process of a run."""
    server = find_fork_server(pid)
    return server is not None and bool(find_descendants(server))


@pytest.mark.long
def test_ctrl_c_ends_a_report_with_its_steps(tmp_path: Path, temporary: Path) -> None:
    make_endless(tmp_path / "warehouse" / "repo_history" / "acme" / "slow.parquet")
    variables = {"REPO_STATS_REPOS": "acme/slow", "TMPDIR": str(temporary)}
    with start(tmp_path, "report", **variables) as process:
        wait_for(lambda: any(temporary.glob("repo_stats_*/reports.jsonl")), process)
        wait_for(lambda: is_step_running(process.pid), process)
        below = find_descendants(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        wait_until_gone(below)
        assert (process.returncode, output) == (130, ""), errors
    assert errors == "Interrupted; what was read is kept.\n"
    assert not any(temporary.iterdir())


def test_a_supervisor_ends_a_demo_with_its_simulator(tmp_path: Path) -> None:
    make_endless(tmp_path / "simulated" / "repo_statistics" / f"{PREFECT.full_name}.parquet")
    with start(tmp_path, "demo") as process:
        wait_for(lambda: "\n" in process.printed()[1], process)
        os.kill(process.pid, signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output) == (143, "")
    begun, *rest = errors.splitlines()
    assert begun.startswith("A simulated GitHub answers")
    assert rest == ["Interrupted."]


@pytest.mark.parametrize("arguments", [["sql", "select 1", "--csv"], ["sql"], ["--help"], ["-x"]])
def test_output_that_nobody_reads_ends_the_command_without_a_word(
    tmp_path: Path, arguments: list[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    errors = writer if arguments == ["-x"] else None
    call = ["-m", "repo_stats", *arguments]
    with TerminalCommand(tmp_path, call, output=writer, errors=errors) as command:
        os.close(writer)
        assert command.communicate() == ("", "")
        assert command.returncode == 141


@pytest.mark.parametrize("arguments", [["sql", "select 1", "--csv"], ["sql", "select 1"]])
def test_output_that_cannot_be_stored_is_one_sentence(tmp_path: Path, arguments: list[str]) -> None:
    with (
        Path("/dev/full").open("w", encoding="utf-8") as full,
        TerminalCommand(
            tmp_path, ["-m", "repo_stats", *arguments], output=full.fileno()
        ) as command,
    ):
        _, errors = command.communicate()
        assert command.returncode == 1
    assert len(errors.splitlines()) == 1
    assert errors.startswith("Error: ")


def test_a_terminal_of_an_old_encoding_gets_a_question_mark_for_an_emoji(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "repo_stats", "sql", "select '\N{BAR CHART} caf\N{SNOWMAN}' as x"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        encoding="cp1252",
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "? caf?" in result.stdout


def test_a_command_looks_for_garbage_rarely_and_not_when_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_python, before = (700, 10, 10), gc.get_threshold()
    gc.unfreeze()
    seen: list[tuple[int, int, int]] = []

    def note() -> int:
        seen.append(gc.get_threshold())
        return 0

    monkeypatch.setattr(door, "_run", note)
    gc.set_threshold(*by_python)
    with pytest.raises(SystemExit) as end:
        door.run()
    gc.set_threshold(*before)
    assert gc.get_freeze_count() > 10_000
    assert end.value.code == 0
    assert len(seen) == 1
    assert seen[0] > by_python
