"""Until when the numbers of repositories are known to hold: a small script for each owner.

A refresh that changed no number tells only a later time. It changes these scripts, and no page.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from repo_stats.report.index_rows import IndexRow
from repo_stats.report.removal import SCRIPT_MARK

TIMES = "_times"
"""The folder of the scripts. No owner can have that name."""


def times_path(owner: str) -> str:
    """The script with the times of an owner's repositories, in the report's folder.

    Where case is ignored, two spellings of the owner would be one file.
    """
    return f"{TIMES}/{owner.lower()}.js"


def make_times(rows: Sequence[IndexRow]) -> dict[str, bytes]:
    """The scripts, by their paths.

    Args:
        rows: of all repositories.
    """
    by_path: dict[str, dict[str, datetime]] = {}
    for row in rows:
        by_path.setdefault(times_path(row.owner), {})[row.repo] = row.snapshot_at
    return {path: _make_script(times) for path, times in by_path.items()}


def _make_script(times: Mapping[str, datetime]) -> bytes:
    seconds = {repo: int(moment.timestamp()) for repo, moment in sorted(times.items())}
    return f"{SCRIPT_MARK}const TIMES = {json.dumps(seconds)};\n".encode()
