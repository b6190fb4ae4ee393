"""The warehouse in SQL: what the views show, and how questions are answered and refused."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import repo_stats
from repo_stats.cli.commands import main
from repo_stats.config.settings import Settings
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.parquet import from_parquet, to_parquet
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.sql import VIEWS, QueryError, run_query
from repo_stats.warehouse.tables import Tables
from repo_stats.warehouse.view_files import ViewFiles
from repo_stats.warehouse.views import create_view
from repo_stats_tests.helpers.paths import DOCS
from repo_stats_tests.helpers.rows import statistics

EXAMPLES = re.findall(
    r'\$ repo-stats sql "([^"]+)"\n(.*?)```',
    (DOCS / "sql.md").read_text(encoding="utf-8"),
    re.DOTALL,
)


def ask(warehouse: str, *arguments: str) -> Result:
    """Run `repo-stats sql` in a terminal of 100 columns."""
    runner = CliRunner(env={"REPO_STATS_WAREHOUSE": warehouse, "COLUMNS": "100"})
    return runner.invoke(main, ["sql", *arguments])


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


@pytest.fixture
def warehouse(tmp_path: Path) -> str:
    """A warehouse with the statistics of two repositories, and nothing else."""
    root = str(tmp_path / "warehouse")
    tables = Tables(Files(root))
    tables.write(REPO_STATISTICS, "a/b", statistics())
    tables.write(REPO_STATISTICS, "c/d", statistics(repo="c/d", stars=7))
    return root


def test_the_pages_questions_have_the_pages_answers(demo: Settings) -> None:
    assert len(EXAMPLES) == 7
    for question, answer in EXAMPLES:
        assert lines(ask(demo.warehouse, question).output) == lines(answer)


def test_every_table_is_a_view_with_its_columns_even_if_nothing_is_stored(tmp_path: Path) -> None:
    with repo_stats.connect(str(tmp_path / "nothing")) as connection:
        for schema in VIEWS:
            table = connection.view(schema.name).to_arrow_table()
            assert table.num_rows == 0
            assert table.cast(schema.arrow).schema == schema.arrow


def test_a_connection_shows_what_a_refresh_writes_meanwhile(warehouse: str) -> None:
    with repo_stats.connect(warehouse) as connection:
        query = "select sum(stars) from repo_statistics"
        assert connection.sql(query).fetchall() == [(8,)]
        tables = Tables(Files(warehouse))
        tables.write(REPO_STATISTICS, "c/d", statistics(repo="c/d", stars=70))
        tables.write(REPO_STATISTICS, "e/f", statistics(repo="e/f", stars=100))
        assert connection.sql(query).fetchall() == [(171,)]


def test_a_file_without_a_newer_column_has_nulls_there(warehouse: str) -> None:
    files = Files(warehouse)
    path = Tables(files).path(REPO_STATISTICS, "a/b")
    old = from_parquet(files.read(path) or b"").drop_columns(["users"])
    files.write(path, to_parquet(old))
    rows = run_query("select repo, users from repo_statistics order by repo", warehouse)
    assert rows.to_pylist() == [{"repo": "a/b", "users": None}, {"repo": "c/d", "users": 1}]


@pytest.mark.parametrize("name", ["it's", "a[1]", "what?", "st*r"])
def test_the_warehouse_may_have_any_name(tmp_path: Path, name: str) -> None:
    root = str(tmp_path / name)
    Tables(Files(root)).write(REPO_STATISTICS, "a/b", statistics())
    assert run_query("select count(*) as n from repo_statistics", root).to_pylist() == [{"n": 1}]


def test_a_warehouse_on_other_storage_is_asked_as_well() -> None:
    root = "memory://sql-warehouse"
    Tables(Files(root)).write(REPO_STATISTICS, "a/b", statistics())
    assert run_query("select stars from repo_statistics", root).to_pylist() == [{"stars": 1}]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("selct 1", 'syntax error at or near "selct"'),
        ("select * from repo_statistic", 'Did you mean "repo_statistics"?'),
        ("select nothing from repo_statistics", '"nothing" not found'),
    ],
)
def test_a_bad_query_is_refused_in_one_line_with_the_offending_text(
    warehouse: str, query: str, sentence: str
) -> None:
    result = ask(warehouse, query)
    assert result.exit_code == 1
    assert sentence in result.output
    assert result.output.count("\n") == 1
    with pytest.raises(QueryError):
        run_query(query, warehouse)


def test_rows_can_be_had_as_comma_separated_values(warehouse: str) -> None:
    query = "select repo, stars from repo_statistics order by repo"
    assert ask(warehouse, "--csv", query).output == "repo,stars\na/b,1\nc/d,7\n"


def test_rows_with_many_columns_are_printed_as_paragraphs(warehouse: str) -> None:
    output = lines(ask(warehouse, "select * from repo_statistics where repo = 'c/d'").output)
    assert [line.split()[0] for line in output] == REPO_STATISTICS.names
    assert output[3].split() == ["stars", "7"]


def test_without_a_query_the_tables_are_listed(warehouse: str) -> None:
    words = " ".join(ask(warehouse).output.split())
    assert all(f"{schema.name} {schema.row}" in words for schema in VIEWS)
    assert "issue_pages One row per open issue or pull request on the page, and a column" in words


@pytest.mark.parametrize(
    "query",
    [
        "select 'red' || chr(27) || '[31m' as title",
        "pivot (select 'red' || chr(27) || '[31m' as title) on title",
        "select *, * from (pivot (select 1, 2, 3, 'red' || chr(27) || '[31m' as title) on title)",
    ],
    ids=["value", "column", "paragraph"],
)
def test_what_a_terminal_would_obey_is_not_printed(warehouse: str, query: str) -> None:
    result = ask(warehouse, query)
    assert "red [31m" in result.output
    assert "\x1b" not in result.output


def test_a_query_that_is_no_text_is_refused(warehouse: str) -> None:
    assert ask(warehouse, "select '\udcff'").output == (
        "Error: The query holds a NUL character, or bytes that are not UTF-8; write it as text.\n"
    )


def test_a_narrow_terminal_cuts_no_number(warehouse: str) -> None:
    query = "select " + ", ".join(f"{n}123456789::bigint as number_{n}" for n in range(1, 7))
    runner = CliRunner(env={"REPO_STATS_WAREHOUSE": warehouse, "COLUMNS": "60"})
    output = runner.invoke(main, ["sql", query]).output
    assert [n for n in range(1, 7) if f"{n}123456789" in output] == [1, 2, 3, 4, 5, 6]
    assert max(map(len, output.splitlines())) <= 60


def test_an_unknown_table_is_answered_with_ours(warehouse: str) -> None:
    result = ask(warehouse, "select * from nothing")
    assert "Did you mean" not in result.output
    assert all(schema.name in result.output for schema in VIEWS)


@pytest.mark.parametrize(
    ("query", "created"),
    [
        ("select count(*) from repo_statistics", {"repo_statistics"}),
        (
            "with n as (from repo_statistics) select * from n join alerts on true",
            {"repo_statistics", "alerts"},
        ),
        (
            "select * from repo_statistics, query_table('alerts')",
            {"repo_statistics", "alerts"},
        ),
        ("select * from information_schema.tables", None),
        ("select 1", None),
    ],
)
def test_only_the_views_that_a_query_names_are_created(
    warehouse: str, monkeypatch: pytest.MonkeyPatch, query: str, created: set[str] | None
) -> None:
    found: list[str] = []

    def create(connection: Any, view: ViewFiles, faults: dict[str, str]) -> dict[str, str]:
        found.append(view.schema.name)
        return create_view(connection, view, faults)

    monkeypatch.setattr("repo_stats.warehouse.sql.create_view", create)
    run_query(query, warehouse)
    assert set(found) == (created or {schema.name for schema in VIEWS})
