"""The marks of a watchlist: what is kept of some repositories beside what is kept of all."""

from collections.abc import Mapping
from typing import Literal

Mark = Literal["history", "traffic", "downloads"]
"""All items, closed ones included; views and clones; the counters of release assets."""

MARKS: tuple[Mark, ...] = ("history", "traffic", "downloads")

MARK_VARIABLES: Mapping[Mark, str] = {
    "history": "REPO_STATS_HISTORY",
    "traffic": "REPO_STATS_TRAFFIC",
    "downloads": "REPO_STATS_DOWNLOADS",
}
"""The variables that name more repositories to mark."""
