"""One repository never spoils another, whatever a server answers about it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
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

pytestmark = pytest.mark.timeout(300)  # of all its tests, the first one waits for the runs

CONTROLS = {chr(code) for code in (*range(32), *range(127, 160))} - {"\n"}


@dataclass(frozen=True)
class HostileRun:
    """Two refreshes of healthy repositories beside hostile ones, and what they left.

    Attributes:
        codes: their exit codes.
        output: all that they printed.
        folder: where they ran.
        entries: what the server does to the hostile repositories.
        elsewhere: the other server, which must not see the token.
        list_requests: how many requests there were about lists in the first one.
    """

    codes: list[int]
    output: str
    folder: Path
    entries: list[Hostility]
    elsewhere: RawServer
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


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileRun]:
    folder = tmp_path_factory.mktemp("hostile")
    with RawServer() as elsewhere:
        entries = list(hostilities(elsewhere.url))
        with HostileServer(HEALTHY, entries, TOKEN) as server:
            first, *others = [shape.full_name for shape in HEALTHY]
            results = [refresh(folder, server.url, [first, *(e.repo for e in entries), *others])]
            list_requests = sum("/issues" in q.target for q in server.questions)
            # What a strange header spoils may show only when what was stored is sent back.
            harmless = [entry.repo for entry in entries if entry.is_harmless]
            results.append(refresh(folder, server.url, [first, *harmless, *others]))
            yield HostileRun(
                codes=[result.returncode for result in results],
                output="\n".join(result.stdout + result.stderr for result in results),
                folder=folder,
                entries=entries,
                elsewhere=elsewhere,
                list_requests=list_requests,
            )


def statistics(run: HostileRun, repo: str) -> int:
    [row] = pd.read_parquet(
        run.folder / "warehouse" / "repo_statistics" / f"{repo}.parquet"
    ).to_dict("records")
    return int(row["open_items"])


def test_a_healthy_repository_is_right_beside_any_number_of_hostile_ones(
    hostile: HostileRun,
) -> None:
    assert len(hostile.entries) >= 60
    assert hostile.codes == [0, 0], hostile.output
    assert [statistics(hostile, s.full_name) for s in HEALTHY] == [s.open_items for s in HEALTHY]


def test_a_strange_header_does_no_harm(hostile: HostileRun) -> None:
    harmless = [entry for entry in hostile.entries if entry.is_harmless]
    assert {e.name: statistics(hostile, e.repo) for e in harmless} == {
        e.name: e.items for e in harmless
    }


def test_each_hostile_repository_is_stale_with_one_plain_sentence(hostile: HostileRun) -> None:
    reasons = {}
    for entry in hostile.entries:
        if not entry.is_harmless:
            file = hostile.folder / "warehouse" / "problems" / f"{entry.repo}.json"
            reasons[entry.name] = json.loads(file.read_text())["reason"] if file.exists() else ""
    odd = {
        name: reason
        for name, reason in reasons.items()
        if not reason.endswith(".")
        or "\n" in reason
        or len(reason) > 500
        or "hostile/" not in reason
    }
    assert odd == {}
    assert not any(CONTROLS & set(reason) for reason in reasons.values())


def test_no_stack_trace_and_no_control_character_is_printed(hostile: HostileRun) -> None:
    assert "Traceback" not in hostile.output
    assert CONTROLS & set(hostile.output) == set()


def test_an_endless_list_is_not_asked_for_ever(hostile: HostileRun) -> None:
    assert hostile.list_requests < 2 * 10 * len(hostile.entries)


def test_the_token_is_in_no_file_and_in_no_output_and_goes_nowhere_else(
    hostile: HostileRun,
) -> None:
    assert TOKEN not in hostile.output
    files = [file for file in hostile.folder.rglob("*") if file.is_file()]
    assert [file for file in files if TOKEN.encode() in file.read_bytes()] == []
    assert [q for q in hostile.elsewhere.questions if q.authorization] == []
