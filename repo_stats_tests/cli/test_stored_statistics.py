"""What `repo-stats show` says of repositories that cannot be read, are stale, or were not read."""

from pathlib import Path

import pyarrow as pa
import pytest

from repo_stats.cli.statistics_output import print_overview, print_repository
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import to_arrow, to_frame
from repo_stats.warehouse.parquet import to_parquet
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.cli.kept import keep
from repo_stats_tests.helpers.rows import NOW, statistics


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(Files(str(tmp_path / "warehouse")))


def test_it_tells_of_repositories_that_are_stale_missing_or_damaged(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tables, statistics())
    keep(tables, statistics(repo="c/stale"))
    keep(tables, statistics(repo="d/damaged"))
    keep(tables, statistics(repo="e/empty"))
    tables.files.write("repo_statistics/d/damaged.parquet", b"damaged")
    tables.write(REPO_STATISTICS, "e/empty", to_frame(REPO_STATISTICS, []))
    failures = RefreshFailures(tables.files)
    failures.record("c/stale", "GitHub answered 451.", "r1", NOW)
    failures.record("f/gone", "GitHub knows no repository f/gone.", "r1", NOW)
    print_overview(tables, ["a/b", "f/gone", "g/new"])
    printed = capsys.readouterr()
    file = tables.files.uri("repo_statistics")
    assert printed.err.splitlines() == [
        f"Warning: {file}/d/damaged.parquet is damaged (it cannot be read as Parquet); refresh "
        "d/damaged to write it again.",
        f"Warning: {file}/e/empty.parquet has 0 rows where one should be; refresh e/empty to write "
        "it again.",
        "Warning: c/stale is stale since 2026-11-23 12:00 UTC: GitHub answered 451.",
        "Warning: f/gone could not be read since 2026-11-23 12:00 UTC: GitHub knows no repository "
        "f/gone.",
        "Warning: g/new has not been refreshed yet; run repo-stats refresh g/new.",
    ]
    assert [repo for repo in ("a/b", "c/stale", "d/damaged", "e/empty") if repo in printed.out] == [
        *("a/b", "c/stale")
    ]


@pytest.mark.parametrize("repo", [None, "a/b"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PAR1",
        b"no table" * 50,
        to_parquet(pa.table({"x": [1]})),
        to_parquet(pa.table({"repo": ["a/b"], "stars": ["many"]})),
        to_parquet(to_arrow(REPO_STATISTICS, to_frame(REPO_STATISTICS, []))),
    ],
    ids=["empty", "truncated", "text", "other columns", "other types", "no row"],
)
def test_statistics_that_cannot_be_read_are_one_sentence(
    tables: Tables, content: bytes, repo: str | None
) -> None:
    tables.files.write("repo_statistics/a/b.parquet", content)
    said: list[str] = []
    with pytest.raises(WarehouseError) as raised:
        print_overview(tables, warn=said.append) if repo is None else print_repository(
            tables, repo, 5
        )
    [sentence] = said or [str(raised.value)]
    assert "repo_statistics/a/b.parquet" in sentence
    assert sentence.endswith("refresh a/b to write it again.")


def test_damaged_authors_cost_no_number(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    keep(tables, statistics(stars=777))
    tables.files.write("issues_per_user/a/b.parquet", b"damaged")
    print_repository(tables, "a/b", 5)
    printed = capsys.readouterr()
    assert "777" in printed.out
    assert "issues_per_user/a/b.parquet is damaged" in printed.err
