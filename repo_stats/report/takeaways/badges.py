"""Numbers of a repository as badges: https://shields.io/badges/endpoint-badge."""

import json
from collections.abc import Mapping
from typing import Any

_COLOURS = {
    "stars": "dd8338",
    "forks": "8d93a1",
    "open_issues": "4f86d9",
    "open_pull_requests": "4a9d6f",
}
"""The numbers that have a badge, and its colour: that of the charts."""

BADGES = tuple(_COLOURS)

_UNITS = ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"))


def make_badges(numbers: Mapping[str, Any]) -> dict[str, bytes]:
    """The badges of a repository, by the name of the number.

    Args:
        numbers: its row of `repo_statistics`.
    """
    return {name: _make_badge(name, int(numbers[name])) for name in BADGES}


def _make_badge(name: str, number: int) -> bytes:
    content = {
        "schemaVersion": 1,
        "label": name.replace("_", " "),
        "message": shorten_number(number),
        "color": _COLOURS[name],
    }
    return f"{json.dumps(content)}\n".encode()


def shorten_number(number: int) -> str:
    """A number in at most four characters beside its unit, rounded down: `12.1k`."""
    for size, unit in _UNITS:
        if number >= size:
            tenths = number * 10 // size
            whole, rest = divmod(tenths, 10)
            return f"{whole}.{rest}{unit}" if whole < 100 and rest else f"{whole}{unit}"
    return str(number)
