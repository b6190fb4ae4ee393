"""Files that were written before their table got a column, or after it lost one."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pyarrow as pa
import pytest

from repo_stats.clock import NEVER
from repo_stats.defs.steps.sync_tables import find_sync_state, load_items
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.github.issues.sync_state import SyncState
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.footers import TableFooter
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.parquet import to_parquet
from repo_stats.warehouse.schemas import (
    ISSUES,
    REPO_HISTORY,
    REPO_STATISTICS,
    Column,
    TableSchema,
)
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, history_of, statistics

NULLABLE = Column("watchers", pa.int64(), "A column that came later.", nullable=True)

REQUIRED = replace(NULLABLE, nullable=False)

TWO_ROWS = history_of(statistics(), statistics(snapshot_at=NOW + timedelta(1), stars=5))


def with_column(schema: TableSchema, column: Column) -> TableSchema:
    return replace(schema, columns=(*schema.columns, column))


def test_a_history_goes_on_after_its_table_got_a_column_that_may_be_null(files: Files) -> None:
    tables = Tables(files)
    tables.write(REPO_HISTORY, "a/b", TWO_ROWS)
    newer = with_column(REPO_HISTORY, NULLABLE)
    third = statistics(snapshot_at=NOW + timedelta(2), stars=6).assign(watchers=3)

    def add(history: pd.DataFrame | None) -> pd.DataFrame:
        assert history is not None
        assert history["watchers"].isna().tolist() == [True, True]
        return pd.concat([history, third], ignore_index=True)

    tables.update(newer, "a/b", add)
    stored = tables.find_kept(newer, "a/b")
    assert stored is not None
    assert stored["stars"].tolist() == [1, 5, 6]
    assert stored["watchers"].dropna().tolist() == [3]
    older = tables.find_kept(REPO_HISTORY, "a/b")
    assert older is not None, "the earlier version reads what the newer one wrote"
    assert older["stars"].tolist() == [1, 5, 6]


def test_a_history_without_a_required_column_is_refused(files: Files) -> None:
    tables = Tables(files)
    tables.write(REPO_HISTORY, "a/b", TWO_ROWS)
    with pytest.raises(WarehouseError, match="is damaged, or of another version"):
        tables.find_kept(with_column(REPO_HISTORY, REQUIRED), "a/b")


def test_a_table_without_a_newer_column_is_read_with_nulls_and_says_that_it_is_older(
    files: Files,
) -> None:
    tables = Tables(files)
    tables.write(REPO_STATISTICS, "a/b", statistics())
    newer = with_column(REPO_STATISTICS, NULLABLE)
    assert tables.read(newer, ["a/b"])["watchers"].isna().tolist() == [True]
    found = tables.find(newer, "a/b", ["watchers"])
    assert found is not None
    assert found["watchers"].isna().tolist() == [True]
    assert tables.load(newer, "a/b").is_older
    table = tables.find_table(newer, "a/b")
    assert table is not None
    assert table.is_older
    required = with_column(REPO_STATISTICS, REQUIRED)
    assert tables.find(required, "a/b") is None
    with pytest.raises(WarehouseError, match=r"damaged \(it has no column watchers\); refresh a/b"):
        tables.load(required, "a/b")


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("stars", pa.array(["many"]), "its column stars is not of the type int64"),
        (
            "snapshot_at",
            pa.array(["soon"]),
            r"its column snapshot_at is not of the type timestamp\[us",
        ),
        ("forks", pa.array([None], pa.int64()), "its column forks has nulls"),
    ],
)
def test_a_column_with_other_values_is_named(
    files: Files, column: str, values: pa.Array, reason: str
) -> None:
    table = pa.Table.from_pandas(statistics(), preserve_index=False)
    changed = table.set_column(table.column_names.index(column), column, values)
    files.write("repo_statistics/a/b.parquet", to_parquet(changed))
    with pytest.raises(WarehouseError, match=reason):
        Tables(files).load(REPO_STATISTICS, "a/b")


STATE = SyncState(1, "https://api.example", NOW, NOW, NOW)


@pytest.mark.parametrize(
    ("lost", "known"),
    [
        ([], STATE),
        (["merged_at"], replace(STATE, full_read_at=NEVER, validated_at=NEVER)),
        (["title"], None),
    ],
)
def test_all_windows_are_read_again_if_a_column_is_missing(
    files: Files, lost: list[str], known: SyncState | None
) -> None:
    rows = pa.Table.from_pandas(to_frame(ISSUES, []), ISSUES.arrow, preserve_index=False)
    content = to_parquet(rows.drop_columns(lost), TableFooter(edition="0a", history=STATE))
    files.write("issues/a/b.parquet", content)
    assert find_sync_state(WarehouseResource(root=files.root), "a/b") == known


def test_items_of_which_it_is_not_known_whether_they_were_merged_are_not_counted(
    files: Files,
) -> None:
    rows = pa.Table.from_pandas(to_frame(ISSUES, []), ISSUES.arrow, preserve_index=False)
    files.write("issues/a/b.parquet", to_parquet(rows.drop_columns(["merged_at"])))
    with pytest.raises(WarehouseError) as error:
        load_items(Tables(files), "a/b")
    assert str(error.value) == (
        "An earlier version stored the items of a/b, and not whether pull requests were merged; "
        "run refresh_history for a/b to complete them."
    )
