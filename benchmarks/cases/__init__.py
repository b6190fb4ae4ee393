"""The cases, one file each: what is served, who takes part, and which figures matter."""

from collections.abc import Callable

from benchmarks.cases.empty_job import compare_with_empty_job
from benchmarks.cases.history import sync_all_items
from benchmarks.cases.large import read_large_list
from benchmarks.cases.quiet import refresh_quietly
from benchmarks.cases.tutorial import run_tutorial
from benchmarks.cases.ui import launch_in_ui
from benchmarks.cases.watchlist import grow_watchlist
from benchmarks.table import Result

CASES: dict[str, Callable[[int], Result]] = {
    "tutorial": run_tutorial,
    "large": read_large_list,
    "quiet": refresh_quietly,
    "watchlist": grow_watchlist,
    "empty-job": compare_with_empty_job,
    "ui": launch_in_ui,
    "history": sync_all_items,
}
"""The cases by name; each takes the number of runs."""
