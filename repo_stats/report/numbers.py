"""The numbers of a repository's charts in a file of their own, for pages on several repositories.

The file is a script, since a page that is opened from the disk can load nothing else. It has all
days, of which a repository's own page shows a part.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from repo_stats.report.number_tables import NumberTable
from repo_stats.report.removal import SCRIPT_MARK

_BEGIN, _END = f"{SCRIPT_MARK}repoStats.take(", ");\n"


@dataclass(frozen=True)
class RepositoryNumbers:
    """The numbers of a repository's charts.

    Attributes:
        repo: its owner/name.
        lines: the numbers of charts of lines, by name.
        ages: the open issues and the open pull requests of each age group.
    """

    repo: str
    lines: Mapping[str, NumberTable]
    ages: Mapping[str, Sequence[int]]


def make_numbers_script(numbers: RepositoryNumbers) -> str:
    """The text of the file."""
    lines = {name: _pack(table) for name, table in numbers.lines.items()}
    content = {"repo": numbers.repo, "lines": lines, "ages": numbers.ages}
    return f"{_BEGIN}{json.dumps(content, separators=(',', ':'))}{_END}"


def read_numbers_script(text: str) -> RepositoryNumbers | None:
    """The numbers in the text of a file; None if it is damaged."""
    if not text.startswith(_BEGIN) or not text.endswith(_END):
        return None
    try:
        content = json.loads(text[len(_BEGIN) : -len(_END)])
        lines = {name: _unpack(**packed) for name, packed in content["lines"].items()}
        return RepositoryNumbers(content["repo"], lines, content["ages"])
    except (ValueError, KeyError, TypeError, IndexError, OverflowError):
        return None


def _pack(table: NumberTable) -> dict[str, Any]:
    """A table by columns. Of the days but the first, it has the days since the one before."""
    days = np.array([day for day, _ in table.rows], dtype="datetime64[D]").astype(int)
    return {
        "kinds": table.kinds,
        "days": np.diff(days, prepend=0).tolist(),
        "values": [list(column) for column in zip(*(v for _, v in table.rows), strict=True)],
    }


def _unpack(kinds: list[str], days: list[int], values: list[list[Any]]) -> NumberTable:
    numbers = np.cumsum(np.array(days, dtype=int)).astype("datetime64[D]")
    rows = zip(*values, strict=True)
    texts = np.datetime_as_string(numbers).tolist()
    return NumberTable(kinds, [(day, list(row)) for day, row in zip(texts, rows, strict=True)])
