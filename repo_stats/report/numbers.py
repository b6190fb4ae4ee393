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
    """A table whose days, but the first, are the days since the one before."""
    steps = np.diff(np.array(table.days, dtype=int), prepend=0).tolist()
    return {"kinds": table.kinds, "days": steps, "values": table.columns}


def _unpack(kinds: list[str], days: list[int], values: list[list[Any]]) -> NumberTable:
    if {len(kinds), *map(len, values)} != {len(kinds), len(days)} or len(values) != len(kinds):
        raise ValueError("The columns have different lengths.")
    return NumberTable(kinds, np.cumsum(np.array(days, dtype=int)).tolist(), values)
