"""Rows for other programs: no value is rounded or cut, whatever its type."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from repo_stats.cli.commands import main
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics


def ask(warehouse: str, *arguments: str) -> Result:
    return CliRunner(env={"REPO_STATS_WAREHOUSE": warehouse}).invoke(main, ["sql", *arguments])


@pytest.fixture
def warehouse(tmp_path: Path) -> str:
    """A warehouse with the statistics of two repositories, and nothing else."""
    root = str(tmp_path / "warehouse")
    tables = Tables(Files(root))
    tables.write(REPO_STATISTICS, "a/b", statistics())
    tables.write(REPO_STATISTICS, "c/d", statistics(repo="c/d", stars=7))
    return root


VALUES = """
select 9007199254740993 as big, null::bigint as missing, '' as empty, 'a,"b"' as quoted,
    1.5 as money, 0.1::double as tenth, 'nan'::double as nan, '-inf'::double as low, true as yes,
    timestamptz '2026-11-23 12:00:00.25+01' as at, timestamptz '2026-11-23 12:00:00Z' as whole,
    date '2026-11-23' as day, 170141183460469231731687303715884105727::hugeint as huge,
    {'a': [1, null]} as nested, map {'k': 1} as pairs, 'ü' as umlaut, '\\x0A'::blob as bytes
"""


def test_values_are_exported_whole_as_comma_separated_values(warehouse: str) -> None:
    header, line = ask(warehouse, "--csv", VALUES).output.splitlines()
    [row] = csv.DictReader([header, line])
    assert row == {
        "big": "9007199254740993",
        "missing": "",
        "empty": "",
        "quoted": 'a,"b"',
        "money": "1.5",
        "tenth": "0.1",
        "nan": "NaN",
        "low": "-Infinity",
        "yes": "true",
        "at": "2026-11-23T11:00:00.25Z",
        "whole": "2026-11-23T12:00:00Z",
        "day": "2026-11-23",
        "huge": "170141183460469231731687303715884105727",
        "nested": '{"a": [1, null]}',
        "pairs": '[["k", 1]]',
        "umlaut": "ü",
        "bytes": "0a",
    }
    assert line.startswith('9007199254740993,,"",'), "null and an empty text are told apart"


def test_values_are_exported_whole_as_json(warehouse: str) -> None:
    output = ask(warehouse, "--json", VALUES).output
    assert output.isascii()
    [row] = json.loads(output, parse_float=str)
    assert row == {
        "big": 9007199254740993,
        "missing": None,
        "empty": "",
        "quoted": 'a,"b"',
        "money": "1.5",
        "tenth": "0.1",
        "nan": None,
        "low": None,
        "yes": True,
        "at": "2026-11-23T11:00:00.25Z",
        "whole": "2026-11-23T12:00:00Z",
        "day": "2026-11-23",
        "huge": 170141183460469231731687303715884105727,
        "nested": {"a": [1, None]},
        "pairs": [["k", 1]],
        "umlaut": "ü",
        "bytes": "0a",
    }


def test_a_long_list_and_whole_numbers_beside_nulls_lose_nothing(warehouse: str) -> None:
    query = "select range(1170) as n, nullif(i, 1) as i from range(3) t(i) order by t.i"
    rows = json.loads(ask(warehouse, "--json", query).output)
    assert rows == [{"n": list(range(1170)), "i": i} for i in (0, None, 2)]
    lines = list(csv.DictReader(StringIO(ask(warehouse, "--csv", query).output)))
    assert [row["i"] for row in lines] == ["0", "", "2"]
    assert all(json.loads(row["n"]) == list(range(1170)) for row in lines)


@pytest.mark.parametrize(
    ("query", "as_csv", "as_json"),
    [
        ("select 1 as n where false", "n\n", "[\n]\n"),
        ("select null as n from range(2)", 'n\n""\n""\n', '[\n  {"n": null},\n  {"n": null}\n]\n'),
        ("select 1 as n, 2 as n", "n,n\n1,2\n", '[\n  {"n": 1, "n_1": 2}\n]\n'),
        ("select 'a' || chr(10) || 'b' as n", 'n\n"a\nb"\n', '[\n  {"n": "a\\nb"}\n]\n'),
    ],
)
def test_odd_results_are_exported(warehouse: str, query: str, as_csv: str, as_json: str) -> None:
    assert ask(warehouse, "--csv", query).output == as_csv
    assert ask(warehouse, "--json", query).output == as_json


def test_a_time_without_end_is_printed_and_exported(warehouse: str) -> None:
    query = "select 'infinity'::timestamp as until"
    for option in ([], ["--csv"], ["--json"]):
        assert ask(warehouse, *option, query).exit_code == 0


@pytest.mark.parametrize("option", ["--csv", "--json"])
def test_shown_statistics_are_exported_with_all_columns(warehouse: str, option: str) -> None:
    def show(*arguments: str) -> list[dict[str, object]]:
        runner = CliRunner(env={"REPO_STATS_WAREHOUSE": warehouse})
        output = runner.invoke(main, ["show", option, *arguments]).stdout
        rows = json.loads(output) if option == "--json" else csv.DictReader(StringIO(output))
        return [dict(row) for row in rows]

    both = show()
    assert [list(row) for row in both] == [REPO_STATISTICS.names] * 2
    assert [(row["repo"], str(row["stars"])) for row in both] == [("a/b", "1"), ("c/d", "7")]
    assert {row["snapshot_at"] for row in both} == {"2026-11-23T12:00:00Z"}
    assert show("C/D") == both[1:]
