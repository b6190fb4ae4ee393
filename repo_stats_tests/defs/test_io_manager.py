"""The IO manager: a step is repeated if its input was replaced, and only then."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.config.bots import DEFAULT_BOTS
from repo_stats.defs.io_manager import TableIOManager
from repo_stats.defs.steps.asset_specs import version_rows
from repo_stats.defs.stored_rows import Refreshed, StoredRows
from repo_stats.metrics.summary import count_per_user
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.scans import ScanInfo, ScannedFrame
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_STATISTICS
from repo_stats.warehouse.states.repo_state import RepoState, StoredFile
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.rows import NOW, statistics
from repo_stats_tests.helpers.states import state_of
from repo_stats_tests.helpers.stored import KilledError, MortalFiles

VERSION = version_rows(DEFAULT_BOTS)["open_issues"]

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
    def open_issues(repo_statistics: StoredRows) -> Refreshed:
        assert len(repo_statistics.load(["a/b"])) == 1
        return Refreshed(ScannedFrame(items(item(1, 1)), {"a/b": scan}), {})

    @dg.asset(
        partitions_def=REPOS,
        io_manager_key="tables",
        retry_policy=dg.RetryPolicy(max_retries=1, delay=0),
    )
    def issues_per_user(open_issues: StoredRows) -> Refreshed:
        stored = open_issues.load_scanned(["a/b"])
        attempts.append(len(stored.frame))
        meanwhile(len(attempts))
        return Refreshed(ScannedFrame(count_per_user(stored.frame), stored.scans), {})

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


def store(tables: Tables, refreshed: Refreshed) -> Tables:
    """Store what a step gives, and load nothing before; the tables as they are then."""

    @dg.asset(io_manager_key="tables")
    def open_issues() -> Refreshed:
        return refreshed

    manager = TableIOManager(root=tables.files.root)
    assert dg.materialize([open_issues], resources={"tables": manager}).success
    return Tables(tables.files)


def list_of(*repos: str, validated_at: datetime = NOW) -> ScannedFrame:
    rows = [item(1, 1, repo=repo) for repo in repos]
    return ScannedFrame(
        items(*rows), dict.fromkeys(repos, replace(SCAN, validated_at=validated_at))
    )


def test_what_is_known_of_a_file_is_stored_after_it_with_what_it_is_made_of(tables: Tables) -> None:
    metadata = StoredFile("m1", "s")
    known = state_of("a/b", files={"repo_metadata": metadata}, seen_at=NOW)
    after = store(tables, Refreshed(list_of("a/b"), {"a/b": known}))
    file = after.states["a/b"].files["open_issues"]
    assert file.revision == after.revision(OPEN_ISSUES, "a/b")
    assert file.stamp == tables.files.stamps("open_issues/a")["b.parquet"]
    assert (file.code_version, file.made_of) == (VERSION, {"repo_metadata": "m1"})
    assert after.states["a/b"] == known.with_file("open_issues", file)


def test_a_file_that_is_unchanged_is_not_written_but_what_is_known_of_it_is(tables: Tables) -> None:
    first = store(tables, Refreshed(list_of("a/b"), {"a/b": state_of("a/b")}))
    file = first.states["a/b"].files["open_issues"]
    moved = replace(first.states["a/b"], read_at=NOW + timedelta(hours=1))
    again = store(tables, Refreshed(list_of("a/b"), {"a/b": moved}, {"a/b"}))
    assert again.states["a/b"] == moved
    assert again.states["a/b"].files["open_issues"] == file
    assert again.revision(OPEN_ISSUES, "a/b") == file.revision


def test_of_a_list_that_was_read_later_the_earlier_state_is_not_stored(tables: Tables) -> None:
    later = NOW + timedelta(seconds=1)
    first = store(
        tables, Refreshed(list_of("a/b", validated_at=later), {"a/b": state_of("a/b", counter=7)})
    )
    again = store(tables, Refreshed(list_of("a/b"), {"a/b": state_of("a/b", counter=8)}))
    assert again.states == first.states


def test_what_is_known_of_a_repository_without_rows_is_stored_too(tables: Tables) -> None:
    states = {"a/b": state_of("a/b"), "c/d": state_of("c/d")}
    after = store(tables, Refreshed(list_of("a/b"), states))
    assert after.states["c/d"] == states["c/d"]
    assert not after.has(OPEN_ISSUES, "c/d")


def test_what_two_runs_store_at_once_is_known_of_both(tables: Tables) -> None:
    def store_other(index: StateIndex, states: Mapping[str, RepoState]) -> None:
        update(index, {"c/d": state_of("c/d")})
        update(index, states)

    update = StateIndex.update
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StateIndex, "update", store_other)
        after = store(tables, Refreshed(list_of("a/b"), {"a/b": state_of("a/b")}))
    assert set(after.states) == {"a/b", "c/d"}


def test_a_run_that_ends_before_it_stores_what_is_known_leaves_files_that_nobody_trusts(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store(tables, Refreshed(list_of("a/b"), {"a/b": state_of("a/b")}))
    mortal = MortalFiles(tables.files.root, dies_before=2)
    monkeypatch.setattr("repo_stats.defs.io_manager.Files", lambda _: mortal)
    with pytest.raises(KilledError):
        store(tables, Refreshed(list_of("a/b"), dict(first.states)))
    assert [path.split("/")[0] for path in mortal.changes] == ["open_issues", "repo_states"]
    after, stamps = Tables(tables.files), tables.files.stamps("open_issues/a")
    assert after.states == first.states
    assert not after.states["a/b"].holds("open_issues", {"open_issues": stamps["b.parquet"]})
