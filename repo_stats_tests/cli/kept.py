"""Repositories as their refreshes leave them, for what the terminal shows of them."""

from datetime import timedelta

import pandas as pd

from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import ISSUES_PER_USER, REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, history_of, statistics

SCAN = ScanInfo(NOW, NOW, is_exact=True, pages=1, rounds=0, changes=0, fingerprint="f")


def keep(tables: Tables, *rows: pd.DataFrame, with_history: bool = True) -> None:
    """Store a repository like its refreshes would."""
    repo = rows[-1]["repo"].item()
    tables.write(REPO_STATISTICS, repo, rows[-1])
    tables.write(ISSUES_PER_USER, repo, to_frame(ISSUES_PER_USER, []), SCAN)
    if with_history:
        tables.write(REPO_HISTORY, repo, history_of(*rows))


def before(days: int, **changes: object) -> pd.DataFrame:
    """The statistics of a refresh so many days before `NOW`."""
    return statistics(snapshot_at=NOW - timedelta(days=days), **changes)
