"""The tutorial's repository, cold: a whole run against the same flow in Prefect 3."""

from benchmarks.comparing import lines_of, ratio_of
from benchmarks.measuring import measure_in_turns
from benchmarks.others import prefect
from benchmarks.ours import refresh
from benchmarks.prefect_server import serve_prefect
from benchmarks.simulated import simulate
from benchmarks.table import Result

REPO = "PrefectHQ/prefect"
LATENCY = 0.3
OURS, THEIRS, SERVED = "repo_stats", "Prefect 3", "Prefect 3, server up"


def run_tutorial(runs: int) -> Result:
    """591 open items on six pages, 0.3 s before each response, with an empty warehouse."""
    with simulate([REPO]) as github, serve_prefect() as server:
        variants = [refresh(OURS, github.url, [REPO]), prefect(THEIRS, github.url)]
        if server is not None:
            variants.append(prefect(SERVED, github.url, server))
        found = measure_in_turns([v for v in variants if v], github, runs, LATENCY)
    return Result(
        lines_of("tutorial", found),
        [
            *ratio_of("tutorial: wall, repo_stats / Prefect 3", found, OURS, THEIRS, "wall", 0.42),
            *ratio_of("tutorial: CPU, repo_stats / Prefect 3", found, OURS, THEIRS, "cpu"),
            *ratio_of(f"tutorial: wall, repo_stats / {SERVED}", found, OURS, SERVED, "wall"),
        ],
    )
