"""A whole history, open and closed: how many rows a second."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.comparing import lines_of, most_of
from benchmarks.importing import MODULE
from benchmarks.measuring import Variant, environment_of, measure_in_turns, median
from benchmarks.notices import notice
from benchmarks.ours import make_home, refresh
from benchmarks.simulated import simulate
from benchmarks.table import Finding, Result
from repo_stats.defs import jobs

REPO = "bench/history"
SHAPE = f"{REPO}:6000:900:94000"
ITEMS = 100_000
OURS = "repo_stats"
MATERIALIZE = (sys.executable, "-m", "dagster", "asset", "materialize")


def fill_history(runs: int) -> Result:
    """100,000 items without latency, through the job `refresh_history`, nothing stored before."""
    job = getattr(jobs, "REFRESH_HISTORY", None)
    if job is None:
        notice("history is left out: there is no job refresh_history.")
        return Result()
    with simulate([SHAPE], limited=False) as github:
        filled = refresh(OURS, github.url, [REPO], job=job, table="issues", REPO_STATS_HISTORY=REPO)
        variant = replace(filled, set_up=lambda folder: _describe_first(filled, folder))
        found = measure_in_turns([variant], github, runs)
    if not found.get(OURS):
        return Result()
    middle = median(found[OURS])
    return Result(
        lines_of("history", found),
        [
            Finding("history: rows a second", (middle.rows or 0) / middle.wall, "rows"),
            *most_of("history: largest process", found, OURS, "peak_mb", "MB"),
        ],
    )


def _describe_first(variant: Variant, folder: Path) -> None:
    """Store the repository's object, which the job takes from the warehouse."""
    make_home(folder)
    subprocess.run(
        [*MATERIALIZE, "-m", MODULE, "--select", "repo_metadata", "--partition", REPO],
        cwd=folder,
        env=environment_of(variant, folder),
        capture_output=True,
        check=True,
    )
