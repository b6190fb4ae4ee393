"""A first refresh of watchlists of several sizes: what one more repository costs."""

from benchmarks.comparing import growth_of, lines_of
from benchmarks.measuring import measure_in_turns
from benchmarks.ours import refresh
from benchmarks.simulated import simulate
from benchmarks.table import Result

REPOS = [f"bench/listed{number:03d}" for number in range(200)]
SIZES = {f"repo_stats, {size}": size for size in (1, 20, 200)}


def grow_watchlist(runs: int) -> Result:
    """150 open items each, on two pages, with an empty warehouse, no latency, no limits."""
    with simulate([f"{repo}:150:60:30" for repo in REPOS], limited=False) as github:
        variants = [refresh(name, github.url, REPOS[:size]) for name, size in SIZES.items()]
        found = measure_in_turns(variants, github, runs)
    return Result(
        lines_of("watchlist", found),
        [
            *growth_of("watchlist: wall of one more", found, SIZES, "wall"),
            *growth_of("watchlist: CPU of one more", found, SIZES, "cpu", 50),
        ],
    )
