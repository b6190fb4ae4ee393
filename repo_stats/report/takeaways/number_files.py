"""The tables of a repository's page as files: comma-separated values and JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from repo_stats.report.audience_sections import audience_tables
from repo_stats.report.bars import ITEM_KINDS, age_bars
from repo_stats.report.data import RepositoryReport
from repo_stats.report.number_tables import NumberTable
from repo_stats.report.numbers import RepositoryNumbers
from repo_stats.warehouse.row_texts import to_csv_lines, to_json_lines


def list_tables(report: RepositoryReport, numbers: RepositoryNumbers) -> dict[str, pa.Table]:
    """The tables of a page, by name; all days, of which the page shows only some.

    Args:
        report: what the page shows.
        numbers: of its charts.
    """
    ages = [
        {"age": age, **_as_names(dict(zip(ITEM_KINDS, counts, strict=True)))}
        for age, counts in numbers.ages.items()
    ]
    tables: dict[str, pa.Table] = {
        **{name: _to_arrow(table) for name, table in numbers.lines.items()},
        "ages": from_rows(ages if age_bars(numbers.ages) else []),
        "authors": from_rows(report.authors),
        "oldest": from_rows(report.oldest),
        "wanted": from_rows(report.wanted or ()),
        "unanswered": from_rows(report.unanswered),
        **{name: from_rows(rows) for name, rows in audience_tables(report.audience).items()},
    }
    return {name: table for name, table in tables.items() if len(table)}


def from_rows(rows: Sequence[Any]) -> pa.Table:
    """Rows as an Arrow table, with the columns of the first one."""
    return pa.Table.from_pylist(list(rows))


def to_csv(table: pa.Table) -> bytes:
    """A table as comma-separated values."""
    return "".join(f"{line}\n" for line in to_csv_lines(table)).encode()


def to_json(tables: Mapping[str, pa.Table]) -> bytes:
    """Tables as a JSON object, in which each is an array of objects under its name."""
    parts = [
        f"{json.dumps(name)}: {chr(10).join(to_json_lines(table))}"
        for name, table in tables.items()
    ]
    return f"{{{(',' + chr(10)).join(parts)}}}\n".encode()


def _to_arrow(table: NumberTable) -> pa.Table:
    days = pa.array(table.days, pa.int32()).cast(pa.date32())
    columns = zip(table.kinds, table.columns, strict=True)
    return pa.table({"day": days, **_as_names({kind: list(column) for kind, column in columns})})


def _as_names(values: Any) -> dict[str, Any]:
    """The values of kinds, whose names have no blanks in a file."""
    return {kind.replace(" ", "_"): value for kind, value in values.items()}
