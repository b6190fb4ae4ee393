"""A refresh against an empty job of the same shape, which shows Dagster's own share."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.comparing import lines_of, ratio_of
from benchmarks.measuring import FOLDER, OUTPUT, Variant, measure, measure_in_turns
from benchmarks.others import SCRIPTS
from benchmarks.ours import HOME, JOB_EXECUTE, make_home, refresh
from benchmarks.simulated import SimulatedGitHub, simulate
from benchmarks.table import Result

REPO = "PrefectHQ/prefect"
OURS, EMPTY = "repo_stats", "empty job"
_MAPPED_STEP = re.compile(r"fetch_pages\[(\w+)\]")


def compare_with_empty_job(runs: int) -> Result:
    """The tutorial's repository without latency, against the same number of empty steps."""
    with simulate([REPO]) as github:
        ours = refresh(OURS, github.url, [REPO])
        empty = _empty_job(count_batches(ours, github))
        found = measure_in_turns([ours, empty], github, runs)
    return Result(
        lines_of("empty-job", found),
        [
            *ratio_of("empty job: wall, repo_stats / empty", found, OURS, EMPTY, "wall", 1.2),
            *ratio_of("empty job: CPU, repo_stats / empty", found, OURS, EMPTY, "cpu", 1.2),
        ],
    )


def count_batches(variant: Variant, github: SimulatedGitHub) -> int:
    """The number of mapped steps of a refresh, from its log."""
    with TemporaryDirectory() as folder:
        measure(variant, Path(folder), github, 0.0)
        log = (Path(folder) / OUTPUT).read_text(encoding="utf-8")
    return len(set(_MAPPED_STEP.findall(log)))


def _empty_job(batches: int) -> Variant:
    return Variant(
        name=EMPTY,
        command=(*JOB_EXECUTE, "-f", str(SCRIPTS / "empty_job.py"), "-j", "empty_job"),
        environment={
            "DAGSTER_HOME": f"{FOLDER}/{HOME}",
            "BENCHMARK_BATCHES": str(batches),
            "REPO_STATS_REPOS": REPO,
        },
        set_up=make_home,
    )
