"""One repository never spoils another, whatever a server answers about it."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.commands import make_home
from repo_stats_tests.helpers.github import TOKEN
from repo_stats_tests.helpers.hostile_answers import Hostility, hostilities
from repo_stats_tests.helpers.hostile_server import HostileServer, RawServer
from repo_stats_tests.helpers.paths import ROOT

HEALTHY = [Shape("healthy/first", 3, 2), Shape("healthy/other", 120, 9), Shape("zoo/last", 5, 5)]

pytestmark = pytest.mark.timeout(300)

CONTROLS = {chr(code) for code in (*range(32), *range(127, 160))} - {"\n"}


@dataclass(frozen=True)
class HostileRun:
    """Two refreshes of healthy repositories beside hostile ones, and what they left.

    Attributes:
        codes: their exit codes.
        output: all that they printed.
        folder: where they ran.
        entries: what the server does to the hostile repositories.
        seen_elsewhere: the Authorization headers that another server has seen.
        list_requests: how many requests there were about lists in the first one.
    """

    codes: list[int]
    output: str
    folder: Path
    entries: list[Hostility]
    seen_elsewhere: list[str]
    list_requests: int


COMMAND = "from repo_stats_tests.helpers.hasty_steps import main; main(['refresh'])"


def refresh(folder: Path, url: str, repos: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Refresh repositories as a user would, except that steps are tried again only once."""
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(make_home(folder / "home")),
        "GITHUB_TOKEN": TOKEN,
        "PYTHONPATH": str(ROOT),
        "REPO_STATS_API_URL": url,
        "REPO_STATS_MAX_AGE": "0",
        "REPO_STATS_REPOS": ",".join(repos),
        "REPO_STATS_WAREHOUSE": "warehouse",
    }
    return subprocess.run(
        [sys.executable, "-c", COMMAND],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def run_beside_hostile_ones(folder: Path) -> HostileRun:
    """Refresh all repositories, and then those again of which the server said nothing wrong."""
    with RawServer() as elsewhere:
        entries = list(hostilities(elsewhere.url))
        with HostileServer(HEALTHY, entries, TOKEN) as server:
            first, *others = [shape.full_name for shape in HEALTHY]
            results = [refresh(folder, server.url, [first, *(e.repo for e in entries), *others])]
            list_requests = sum("/issues" in q.target for q in server.questions)
            # What a strange header spoils may show only when what was stored is sent back.
            harmless = [entry.repo for entry in entries if entry.is_harmless]
            results.append(refresh(folder, server.url, [first, *harmless, *others]))
    return HostileRun(
        codes=[result.returncode for result in results],
        output="\n".join(result.stdout + result.stderr for result in results),
        folder=folder,
        entries=entries,
        seen_elsewhere=[question.authorization for question in elsewhere.questions],
        list_requests=list_requests,
    )


def open_items(run: HostileRun, repo: str) -> int:
    """The open items of a repository, by its stored statistics."""
    file = run.folder / "warehouse" / "repo_statistics" / f"{repo}.parquet"
    [number] = pd.read_parquet(file)["open_items"]
    return int(number)


def reason(run: HostileRun, entry: Hostility) -> str:
    """Why a repository is stale, as it is stored; empty if it is not stale."""
    file = run.folder / "warehouse" / "problems" / f"{entry.repo}.json"
    return str(json.loads(file.read_text())["reason"]) if file.exists() else ""


def is_plain_sentence(text: str) -> bool:
    """Whether a text is short, names the repository, and can be printed."""
    return len(text) < 500 and text.endswith(".") and "hostile/" in text and text.isprintable()


def test_healthy_repositories_are_right_beside_any_number_of_hostile_ones(tmp_path: Path) -> None:
    run = run_beside_hostile_ones(tmp_path)
    assert run.codes == [0, 0], run.output
    assert [open_items(run, s.full_name) for s in HEALTHY] == [s.open_items for s in HEALTHY]

    harmless = [entry for entry in run.entries if entry.is_harmless]
    hostile = [entry for entry in run.entries if not entry.is_harmless]
    assert len(hostile) >= 55
    assert len(harmless) >= 12
    assert {e.name: open_items(run, e.repo) for e in harmless} == {
        e.name: e.items for e in harmless
    }
    reasons = {entry.name: reason(run, entry) for entry in hostile}
    assert {name: why for name, why in reasons.items() if not is_plain_sentence(why)} == {}

    assert "Traceback" not in run.output
    assert CONTROLS.isdisjoint(run.output)
    assert run.list_requests < 20 * len(run.entries)

    assert TOKEN not in run.output
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) > 50
    assert [file for file in files if TOKEN.encode() in file.read_bytes()] == []
    assert set(run.seen_elsewhere) <= {""}
