"""Showing, querying and publishing what is stored in a bucket: by few requests."""

from collections.abc import Sequence
from datetime import datetime, timezone

import pytest

from repo_stats.cli.door import run
from repo_stats.report.publish import publish
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.sql import connect, run_query
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics
from repo_stats_tests.scale.s3_server import S3Server

REPOS = ["a/one", "a/two", "b/three"]


@pytest.fixture
def tables(files: Files) -> Tables:
    tables = Tables(files)
    for stars, repo in enumerate(REPOS):
        for schema in (REPO_STATISTICS, REPO_HISTORY):
            tables.write(schema, repo, statistics(repo=repo, stars=stars))
    return tables


def reads(server: S3Server) -> list[str]:
    """The objects that were read, without listings."""
    return sorted(
        call.removeprefix("GET /bucket/stats/") for call in server.calls if "?" not in call
    )


def files_of(table: str, repos: Sequence[str] = REPOS) -> list[str]:
    return [f"{table}/{repo}.parquet" for repo in sorted(repos)]


def test_a_query_lists_and_reads_the_tables_that_it_names_and_no_other(
    tables: Tables, server: S3Server
) -> None:
    server.calls.clear()
    rows = run_query("select repo, stars from repo_statistics order by stars", tables.files.root)
    assert rows.to_pylist() == [{"repo": repo, "stars": n} for n, repo in enumerate(REPOS)]
    assert reads(server) == files_of("repo_statistics")
    listed = {call for call in server.calls if "?" in call}
    assert listed == {"GET /bucket?stats/repo_statistics/", "GET /bucket?stats/repo_states/"}
    assert len(server.calls) <= 10


def test_a_connection_sees_what_is_written_later_and_reads_only_that(
    tables: Tables, server: S3Server
) -> None:
    query = "select repo, stars from repo_history order by repo"
    connection = connect(tables.files.root)
    assert connection.sql(query).fetchall() == [("a/one", 0), ("a/two", 1), ("b/three", 2)]
    tables.write(REPO_HISTORY, "a/two", statistics(repo="a/two", stars=7))
    tables.write(REPO_HISTORY, "c/four", statistics(repo="c/four", stars=3))
    tables.files.delete(tables.path(REPO_HISTORY, "b/three"))
    server.calls.clear()
    assert connection.sql(query).fetchall() == [("a/one", 0), ("a/two", 7), ("c/four", 3)]
    assert reads(server) == files_of("repo_history", ["a/two", "c/four"])


def test_a_damaged_object_is_left_out_of_a_query_and_named(tables: Tables) -> None:
    tables.files.write(tables.path(REPO_STATISTICS, "a/two"), b"damaged")
    told: list[str] = []
    rows = run_query("select repo from repo_statistics order by 1", tables.files.root, told.append)
    assert rows["repo"].to_pylist() == ["a/one", "b/three"]
    assert len(told) == 1
    assert told[0].startswith("s3://bucket/stats/repo_statistics/a/two.parquet is left out, ")


def test_commands_show_and_query_a_bucket_and_never_tell_its_credentials(
    tables: Tables, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPO_STATS_REPOS", ",".join(REPOS))
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", tables.files.root)
    for command in (["show"], ["sql", "select sum(stars) as stars from repo_statistics"]):
        monkeypatch.setattr("sys.argv", ["repo-stats", *command])
        with pytest.raises(SystemExit) as ended:
            run()
        assert ended.value.code == 0
    told = capfd.readouterr()
    assert "b/three" in told.out
    assert "stars" in told.out
    assert "the-secret" not in told.out + told.err


def test_a_report_is_published_as_pages_that_a_bucket_can_serve(
    tables: Tables, server: S3Server
) -> None:
    now = datetime.now(timezone.utc)
    first = publish(tables.files, REPOS, now)
    assert first.path == "s3://bucket/stats/report/index.html"
    kinds = {
        name: tables.files.filesystem.call_s3(
            "head_object", Bucket="bucket", Key=f"stats/report/{name}"
        )["ContentType"]
        for name in tables.files.names("report")
        if "." in name
    }
    assert kinds["index.html"] == "text/html; charset=utf-8"
    assert "application/octet-stream" not in kinds.values(), kinds
    assert first.written > len(REPOS)
    assert publish(tables.files, REPOS, now).written == 0
