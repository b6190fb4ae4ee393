"""The tables of a page as files: the same numbers as on the page, in both formats."""

import csv
import json
from datetime import date, datetime, timezone
from io import StringIO
from typing import Any

from repo_stats.report.data import RepositoryReport
from repo_stats.report.pages import make_numbers
from repo_stats.report.takeaways.number_files import list_tables, to_csv, to_json

REPORT = RepositoryReport(
    repo="a/b",
    numbers={},
    stars=[{"day": "2026-11-01", "value": 5}, {"day": "2026-11-02", "value": 7}],
    backlog=[
        {"day": "2026-11-01", "kind": "issues", "value": 3},
        {"day": "2026-11-01", "kind": "pull requests", "value": 1},
        {"day": "2026-11-02", "kind": "issues", "value": 4},
    ],
    ages=[
        {"age": "under a week", "kind": "issues", "value": 2},
        {"age": "under a week", "kind": "pull requests", "value": 0},
    ],
    authors=[{"user": '=1+1,"x"', "user_type": "User", "open_items": 2}],
    oldest=[{"number": 9, "created_at": datetime(2020, 1, 2, tzinfo=timezone.utc)}],
)


def test_tables_with_rows_are_those_of_the_page_with_a_column_for_each_kind() -> None:
    tables = list_tables(REPORT, make_numbers(REPORT))
    assert list(tables) == ["stars", "backlog", "ages", "authors", "oldest"]
    assert tables["stars"].to_pylist()[1] == {"day": date(2026, 11, 2), "stars": 7}
    assert tables["backlog"].to_pylist() == [
        {"day": date(2026, 11, 1), "issues": 3, "pull_requests": 1},
        {"day": date(2026, 11, 2), "issues": 4, "pull_requests": None},
    ]
    assert tables["ages"].to_pylist() == [{"age": "under a week", "issues": 2, "pull_requests": 0}]


def test_tables_without_rows_or_without_open_items_are_left_out() -> None:
    nothing_open = [{**row, "value": 0} for row in REPORT.ages]
    bare = RepositoryReport(repo="a/b", numbers={}, ages=nothing_open)
    assert list_tables(bare, make_numbers(bare)) == {}


def test_both_formats_have_all_rows_and_values() -> None:
    tables = list_tables(REPORT, make_numbers(REPORT))
    assert len(tables) == 5
    as_json: dict[str, list[dict[str, Any]]] = json.loads(to_json(tables))
    assert list(as_json) == list(tables)
    for name, table in tables.items():
        as_csv = list(csv.DictReader(StringIO(to_csv(table).decode())))
        assert len(as_json[name]) == len(as_csv) == len(table) > 0
        for told, line in zip(as_json[name], as_csv, strict=True):
            assert list(told) == list(line) == table.column_names
            for column, value in told.items():
                assert line[column] == ("" if value is None else str(value))
    assert as_json["oldest"] == [{"number": 9, "created_at": "2020-01-02T00:00:00Z"}]
    assert as_json["stars"][0] == {"day": "2026-11-01", "stars": 5}
