"""A refresh when nothing changed: what one repository costs, and what 500 cost."""

from benchmarks.comparing import growth_of, lines_of, most_of, ratio_of
from benchmarks.measuring import measure_in_turns
from benchmarks.ours import refresh
from benchmarks.simulated import simulate
from benchmarks.table import Result

REPOS = [f"bench/quiet{number:03d}" for number in range(500)]
SIZES = {f"repo_stats, {size}": size for size in (1, 50, 500)}


def refresh_quietly(runs: int) -> Result:
    """20 open items each, no latency, no limits; stored responses are never too fresh to check."""
    with simulate([f"{repo}:20:8:10" for repo in REPOS], limited=False) as github:
        variants = [
            refresh(name, github.url, REPOS[:size], keeps_folder=True, REPO_STATS_MAX_AGE="0")
            for name, size in SIZES.items()
        ]
        found = measure_in_turns(variants, github, runs)
    smallest, *_, largest = SIZES
    return Result(
        lines_of("quiet", found),
        [
            *ratio_of("quiet: wall, 500 / 1", found, largest, smallest, "wall", 1.3),
            *most_of("quiet: requests of 500", found, largest, "requests", "requests", 25),
            *growth_of("quiet: wall of one more", found, SIZES, "wall"),
            *growth_of("quiet: CPU of one more", found, SIZES, "cpu"),
        ],
    )
