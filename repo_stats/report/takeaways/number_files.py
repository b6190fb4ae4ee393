"""The tables of a repository's page as files: comma-separated values and JSON."""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from repo_stats.report.data import RepositoryReport
from repo_stats.warehouse.frames import Records
from repo_stats.warehouse.row_texts import to_csv_lines, to_json_lines

FORMATS = ("csv", "json")


def list_tables(report: RepositoryReport) -> dict[str, Records]:
    """The tables of a page that have rows, by name; each kind of number is a column."""
    tables: Mapping[str, Records] = {
        "stars": [{"day": row["day"], "stars": row["value"]} for row in report.stars],
        "backlog": _widen(report.backlog, "day"),
        "ages": _widen(report.ages, "age"),
        "authors": report.authors,
        "flow": _widen(report.flow, "day"),
        "closing": _widen(report.closing, "day"),
        "oldest": report.oldest,
    }
    return {name: rows for name, rows in tables.items() if rows}


def make_number_files(rows: Sequence[Mapping[str, object]]) -> dict[str, bytes]:
    """A table as the content of files, by their format.

    Args:
        rows: of the table, which has at least one.
    """
    table = pa.Table.from_pylist(list(rows))
    return {"csv": _join(to_csv_lines(table)), "json": _join(to_json_lines(table))}


def _join(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _widen(rows: Records, key: str) -> Records:
    """One row for each day or age, with a column for each kind of number."""
    wide: dict[str, dict[str, object]] = {}
    kinds = dict.fromkeys(row["kind"].replace(" ", "_") for row in rows)
    for row in rows:
        numbers = wide.setdefault(row[key], {key: row[key], **kinds})
        numbers[row["kind"].replace(" ", "_")] = row["value"]
    return list(wide.values())
