"""Dagster's own commands, run as a user runs them."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from repo_stats.simulator.generator import PREFECT, Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.github import TOKEN
from repo_stats_tests.helpers.paths import ROOT

SMALL = Shape("acme/small", 30, 4)

Serve = Callable[[Simulator], str]

JOB_EXECUTE = [sys.executable, "-m", "dagster", "job", "execute", "-m", "repo_stats.definitions"]


@dataclass(frozen=True)
class Run:
    """A finished command: its exit code, all it printed, and how many events of each type."""

    code: int
    output: str
    events: Counter[str]


def job_execute(folder: Path, url: str, *arguments: str, **variables: str) -> Run:
    """Run `dagster job execute` in a folder, as a user would."""
    result = subprocess.run(
        [*JOB_EXECUTE, *arguments],
        cwd=folder,
        env={**environment(folder, url), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(result.returncode, result.stdout + result.stderr, count_events(folder))


def count_events(folder: Path) -> Counter[str]:
    """How many events of each type the latest run of the history has."""
    with dg.DagsterInstance.from_config(str(folder / "home")) as instance:
        [run] = instance.get_runs(limit=1)
        events = [entry.dagster_event for entry in instance.all_logs(run.run_id)]
        return Counter(event.event_type_value for event in events if event)


def make_home(folder: Path) -> Path:
    """A folder for DAGSTER_HOME, whose instance records no telemetry and shows no pop-ups."""
    if not folder.exists():
        folder.mkdir()
        settings = "telemetry:\n  enabled: false\nnux:\n  enabled: false\n"
        (folder / "dagster.yaml").write_text(settings, encoding="utf-8")
    return folder


def environment(folder: Path, url: str) -> dict[str, str]:
    return {
        **os.environ,
        "DAGSTER_HOME": str(make_home(folder / "home")),
        "REPO_STATS_API_URL": url,
        "REPO_STATS_REPOS": f"{PREFECT.full_name},{SMALL.full_name}",
        "REPO_STATS_WAREHOUSE": "warehouse",
        "GITHUB_TOKEN": TOKEN,
    }


def load_in_a_fresh_process(code: str, folder: Path, **variables: str) -> str:
    """Run code in a new interpreter: what it prints, or its errors if it fails."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "REPO_STATS_REPOS": "a/b",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout if result.returncode == 0 else result.stderr
