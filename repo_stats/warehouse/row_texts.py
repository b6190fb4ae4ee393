"""Rows as texts for other programs: comma-separated values and JSON, with nothing rounded or cut.

The values come from Arrow, not from pandas, which turns whole numbers beside a null into fractions.
"""

import json
import math
import re
from collections.abc import Callable, Iterable
from datetime import date, time
from decimal import Decimal
from typing import Any

import pyarrow as pa


def to_csv_lines(rows: pa.Table) -> Iterable[str]:
    """Rows as comma-separated values, a line for each after the names of the columns.

    A null is empty, and an empty text is `""`. In a result of a single column a null is `""` too,
    because programs skip empty lines. Lists are JSON.
    """
    yield ",".join(map(_quote, rows.column_names))
    columns = [_format_column(column, _format_field, "") for column in rows.columns]
    if len(columns) == 1:
        yield from (field or '""' for field in columns[0])
    else:
        yield from map(",".join, zip(*columns, strict=True))


def to_json_lines(rows: pa.Table) -> Iterable[str]:
    """Rows as a JSON array with an object on each line.

    Whole numbers have all their digits. NaN and infinite numbers, which JSON does not have, are
    null. Other characters than ASCII are escaped, so that no terminal or code page spoils them.
    """
    names = [json.dumps(name) for name in _tell_apart(rows.column_names)]
    columns = [
        [f"{name}: {value}" for value in _format_column(column, _to_json, "null")]
        for name, column in zip(names, rows.columns, strict=True)
    ]
    objects = [f"  {{{', '.join(fields)}}}" for fields in zip(*columns, strict=True)]
    yield "["
    yield from (f"{each}," for each in objects[:-1])
    yield from objects[-1:]
    yield "]"


def _format_column(
    column: pa.ChunkedArray, to_text: Callable[[object], str], null: str
) -> list[str]:
    """The texts of a column's values; those of whole numbers are the same in all formats."""
    if pa.types.is_integer(column.type):
        return [null if value is None else str(value) for value in column.to_pylist()]
    return [to_text(value) for value in _values(column)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    """The values of a column as Python has them; times as texts in ISO 8601, in UTC."""
    kind = column.type
    if pa.types.is_date32(kind):
        texts: list[Any] = column.cast(pa.string()).to_pylist()
        return texts
    if not pa.types.is_timestamp(kind):
        values: list[Any] = column.to_pylist()
        return values
    if kind.tz is not None:
        column = column.cast(pa.timestamp(kind.unit, "UTC"))
    return [
        None if text is None else _to_iso(text) for text in column.cast(pa.string()).to_pylist()
    ]


def _to_iso(text: str) -> str:
    """Arrow's text of a time, such as `2026-11-01 08:30:00.000000Z`, without needless zeros."""
    return re.sub(r"\.?0+(?=Z?$)", "", text.replace(" ", "T", 1)) if "." in text else text


def _tell_apart(names: Iterable[str]) -> list[str]:
    """Names of columns that are all different: a second `n` becomes `n_1`, as DuckDB does it."""
    unique: list[str] = []
    for name in names:
        candidate, number = name, 0
        while candidate in unique:
            number += 1
            candidate = f"{name}_{number}"
        unique.append(candidate)
    return unique


def _format_field(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | list | dict):
        return _quote(_to_json(value))
    if isinstance(value, float):
        return _format_float(value)
    return _quote(_to_text(value))


def _format_float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return repr(value) if math.isfinite(value) else f"{'-' if value < 0 else ''}Infinity"


def _quote(text: str) -> str:
    if text and not re.search(r'[",\r\n]', text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _to_json(value: object) -> str:
    """A value as JSON; numbers keep all digits, which `json.dumps` cannot do for decimals."""
    if isinstance(value, dict):
        fields = (f"{json.dumps(str(name))}: {_to_json(each)}" for name, each in value.items())
        return f"{{{', '.join(fields)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_to_json, value))}]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "null"
    return json.dumps(value if value is None or isinstance(value, bool | int) else _to_text(value))


def _to_text(value: object) -> str:
    if isinstance(value, date | time):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.hex()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
