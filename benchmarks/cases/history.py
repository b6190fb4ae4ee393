"""All items of a repository, open or not: how many rows are stored in a second."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.comparing import lines_of, most_of
from benchmarks.importing import MODULE
from benchmarks.measuring import Variant, environment_of, measure_in_turns, median
from benchmarks.ours import make_home, refresh
from benchmarks.simulated import simulate
from benchmarks.table import Finding, Result

REPO = "bench/history"
SHAPE = f"{REPO}:6000:900:94000"
JOB = "refresh_history"
OURS = "repo_stats"
MATERIALIZE = (sys.executable, "-m", "dagster", "asset", "materialize")


def sync_all_items(runs: int) -> Result:
    """100,000 items without latency, by the job `refresh_history`, none of them stored before."""
    with simulate([SHAPE], limited=False) as github:
        sync = refresh(OURS, github.url, [REPO], job=JOB, table="issues", REPO_STATS_HISTORY=REPO)
        variant = replace(sync, set_up=lambda folder: _store_metadata(sync, folder))
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


def _store_metadata(variant: Variant, folder: Path) -> None:
    """Store the repository's metadata, which the job reads from the warehouse."""
    make_home(folder)
    subprocess.run(
        [*MATERIALIZE, "-m", MODULE, "--select", "repo_metadata", "--partition", REPO],
        cwd=folder,
        env=environment_of(variant, folder),
        capture_output=True,
        check=True,
    )
