"""The IO manager: a step is repeated if its input was replaced, and only then."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from repo_stats.defs.io_manager import TableIOManager
from repo_stats.metrics.summary import count_per_user
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.scans import ScanInfo, ScannedFrame
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.rows import NOW, statistics

REPOS = dg.StaticPartitionsDefinition(["a/b"])

SCAN = ScanInfo(NOW, NOW, is_exact=True, pages=1, rounds=0, changes=0, fingerprint="f")


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """A warehouse with the statistics of a repository."""
    tables = Tables(Files(str(tmp_path)))
    tables.write(REPO_STATISTICS, "a/b", statistics())
    return tables


def materialise(
    tables: Tables, meanwhile: Callable[[int], None], scan: ScanInfo = SCAN
) -> list[int]:
    """Make `open_issues` of statistics, and `issues_per_user` of those, while something happens.

    Args:
        tables: of the warehouse.
        meanwhile: what happens in each attempt at the latter, whose number from 1 it is given.
        scan: how the items were read.

    Returns:
        The attempts.
    """
    attempts: list[int] = []
    source = dg.AssetSpec(
        REPO_STATISTICS.name,
        partitions_def=REPOS,
        metadata={"dagster/io_manager_key": "tables"},
    )

    @dg.asset(partitions_def=REPOS, io_manager_key="tables")
    def open_issues(repo_statistics: pd.DataFrame) -> ScannedFrame:
        assert len(repo_statistics) == 1
        return ScannedFrame(items(item(1, 1)), {"a/b": scan})

    @dg.asset(
        partitions_def=REPOS,
        io_manager_key="tables",
        retry_policy=dg.RetryPolicy(max_retries=1, delay=0),
    )
    def issues_per_user(open_issues: ScannedFrame) -> ScannedFrame:
        attempts.append(len(open_issues.frame))
        meanwhile(len(attempts))
        return ScannedFrame(count_per_user(open_issues.frame), open_issues.scans)

    manager = TableIOManager(root=tables.files.root)
    assert dg.materialize(
        [source, open_issues, issues_per_user],
        partition_key="a/b",
        resources={"tables": manager},
        selection=[open_issues, issues_per_user],
    ).success
    return attempts


def test_a_step_whose_input_is_replaced_is_repeated_with_the_new_rows(tables: Tables) -> None:
    def replace_items(attempt: int) -> None:
        if attempt == 1:
            tables.write(OPEN_ISSUES, "a/b", items(item(1, 1), item(2, 1)), SCAN)

    assert materialise(tables, replace_items) == [1, 2]


def test_a_step_is_not_repeated_for_the_input_of_another_step(tables: Tables) -> None:
    def replace_statistics(attempt: int) -> None:
        tables.write(REPO_STATISTICS, "a/b", statistics(stars=7))

    assert materialise(tables, replace_statistics) == [1]


@pytest.mark.parametrize(("age", "kept"), [(timedelta(hours=1), 3), (timedelta(0), 1)])
def test_a_list_that_was_read_later_is_kept(tables: Tables, age: timedelta, kept: int) -> None:
    later = items(item(1, 1), item(2, 1), item(3, 1))
    tables.write(OPEN_ISSUES, "a/b", later, SCAN)
    read = ScanInfo(NOW - age, NOW, is_exact=True, pages=1, rounds=0, changes=0, fingerprint="g")
    assert materialise(tables, lambda _: None, read) == [kept]


def test_a_list_from_the_future_is_replaced(tables: Tables) -> None:
    now = datetime.now(timezone.utc)
    future = replace(SCAN, validated_at=now + timedelta(seconds=30))
    tables.write(OPEN_ISSUES, "a/b", items(item(1, 1), item(2, 1)), future)
    assert materialise(tables, lambda _: None, replace(SCAN, validated_at=now)) == [1]
