"""The tables of a page as files: the same numbers as on the page, in both formats."""

import csv
import json
from datetime import date, datetime, timezone
from io import StringIO
from typing import Any

from repo_stats.report.data import RepositoryReport
from repo_stats.report.pages import make_numbers
from repo_stats.report.takeaways.number_files import FORMATS, list_tables, make_number_files

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


def test_both_formats_have_all_rows_and_values() -> None:
    tables = list_tables(REPORT, make_numbers(REPORT))
    assert len(tables) == 5
    for table in tables.values():
        rows = table.to_pylist()
        files = make_number_files(table)
        assert tuple(files) == FORMATS
        as_json: list[dict[str, Any]] = json.loads(files["json"])
        as_csv = list(csv.DictReader(StringIO(files["csv"].decode())))
        assert len(as_json) == len(as_csv) == len(rows) > 0
        for row, told, line in zip(rows, as_json, as_csv, strict=True):
            assert list(told) == list(line) == list(row)
            for name, value in told.items():
                assert line[name] == ("" if value is None else str(value))
    [oldest] = json.loads(make_number_files(tables["oldest"])["json"])
    assert oldest == {"number": 9, "created_at": "2020-01-02T00:00:00Z"}
