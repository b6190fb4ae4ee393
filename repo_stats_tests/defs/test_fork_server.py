"""The fork server: a fork of the process of a run that has what that has imported, no more."""

import json
import multiprocessing.forkserver
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from repo_stats.defs import fork_server
from repo_stats.defs.fork_server import can_be_forked
from repo_stats_tests.helpers.commands import load_in_a_fresh_process
from repo_stats_tests.helpers.processes import is_running, wait_until_gone

FORKED = """
import json, multiprocessing, os, select, signal, sys
from multiprocessing import forkserver
from repo_stats.defs import fork_server

def answer(connection):
    files = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    paths = [os.readlink(file) for file in files if os.path.exists(file)]
    connection.send({
        "learnt": learnt,
        "terminates": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
        "has_file": any(path.endswith("open.txt") for path in paths),
        "parent": os.getppid(),
    })

def ask():
    near, far = multiprocessing.Pipe()
    process = multiprocessing.get_context("forkserver").Process(target=answer, args=(far,))
    process.start()
    far.close()
    process.join()
    return near.recv()

fork_server.become_fork_server = os.setsid  # it prepares what this is not about
learnt = "before the fork"
signal.signal(signal.SIGTERM, lambda *_: None)
opened = open("open.txt", "w")
reader, writer = os.pipe()
sys.stdout.write("Said once.\\n")
fork_server.start()
os.close(writer)
ended, _, _ = select.select([reader], [], [], 10)
learnt = "after it"
answers = [ask(), ask()]
server = forkserver._forkserver._forkserver_pid
fork_server.start()
is_kept = forkserver._forkserver._forkserver_pid == server
print(json.dumps({"answers": answers, "server": server, "ended": bool(ended), "is_kept": is_kept}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What the processes of a fork server tell, and what the process that has started it sees."""
    output = load_in_a_fresh_process(FORKED, tmp_path_factory.mktemp("forked"))
    said, answers = output.splitlines()
    assert said == "Said once."
    found: Mapping[str, Any] = json.loads(answers)
    return found


def test_a_step_has_what_its_run_has_imported_without_importing_it_again(
    told: Mapping[str, Any],
) -> None:
    assert [answer["learnt"] for answer in told["answers"]] == ["before the fork"] * 2


def test_all_steps_of_a_run_have_one_fork_server(told: Mapping[str, Any]) -> None:
    assert {answer["parent"] for answer in told["answers"]} == {told["server"]}
    assert told["is_kept"]


def test_a_step_can_be_terminated_whatever_its_run_does_about_signals(
    told: Mapping[str, Any],
) -> None:
    assert [answer["terminates"] for answer in told["answers"]] == [True, True]


def test_nobody_waits_for_a_step_because_it_holds_a_file_of_its_run(
    told: Mapping[str, Any],
) -> None:
    assert told["ended"]
    assert [answer["has_file"] for answer in told["answers"]] == [False, False]


def test_the_fork_server_ends_with_the_process_that_started_it(told: Mapping[str, Any]) -> None:
    wait_until_gone([told["server"]])
    assert not is_running(told["server"])


@pytest.mark.parametrize(
    ("platform", "threads", "expected"),
    [
        ("linux", ["MainThread"], True),
        ("linux", ["MainThread", "termination-handler", "QueueFeederThread"], True),
        ("linux", ["MainThread", "somebody's"], False),
        ("darwin", ["MainThread"], False),
    ],
)
def test_a_process_is_forked_only_where_no_thread_may_hold_a_lock(
    platform: str, threads: Sequence[str], expected: bool
) -> None:
    assert can_be_forked(platform, threads) is expected


@pytest.mark.parametrize(
    ("others", "lists_files", "is_running", "forks"),
    [
        ([], True, False, 1),
        ([threading.Thread(name="QueueFeederThread")], True, False, 1),
        ([threading.Thread(name="somebody's")], True, False, 0),
        ([], False, False, 0),
        ([], True, True, 0),
    ],
)
def test_a_process_is_forked_once_and_only_if_that_is_safe(
    others: Sequence[threading.Thread],
    lists_files: bool,
    is_running: bool,
    forks: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forked: list[bool] = []
    monkeypatch.setattr(fork_server, "_fork", lambda: forked.append(True))
    monkeypatch.setattr(threading, "enumerate", lambda: [threading.main_thread(), *others])
    server = multiprocessing.forkserver._forkserver
    monkeypatch.setattr(server, "_forkserver_pid", 1 if is_running else None)
    monkeypatch.setattr(sys, "platform", "linux")
    open_files = tmp_path if lists_files else tmp_path / "nowhere"
    monkeypatch.setattr(fork_server, "OPEN_FILES", str(open_files))
    fork_server.start()
    assert len(forked) == forks
