"""A list that is longer than page numbers reach, against peers that follow its links."""

from benchmarks.comparing import fastest, lines_of, ratio_of
from benchmarks.measuring import measure_in_turns
from benchmarks.others import dlt, perceval, tap_github
from benchmarks.ours import refresh
from benchmarks.simulated import simulate
from benchmarks.table import Result

REPO = "bench/large"
SHAPE = f"{REPO}:6000:900:0"
"""Nothing is closed: two of the peers read items of all states, and so all read the same list."""
LATENCY = 0.3
OURS = "repo_stats"


def read_large_list(runs: int) -> Result:
    """6,000 open items, 0.3 s before each response, page numbers up to 1,000 rows, with a token."""
    with simulate([SHAPE]) as github:
        variants = [
            refresh(OURS, github.url, [REPO]),
            tap_github(github.url, REPO),
            perceval(github.url, REPO),
            dlt(github.url, REPO),
        ]
        taking_part = [variant for variant in variants if variant]
        found = measure_in_turns(taking_part, github, runs, LATENCY)
    best = fastest(found, [variant.name for variant in taking_part if variant.name != OURS])
    if best is None:
        return Result(lines_of("large", found))
    what = f"large: wall, repo_stats / {best}"
    return Result(lines_of("large", found), ratio_of(what, found, OURS, best, "wall", 0.40))
