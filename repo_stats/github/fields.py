"""Reads single fields of GitHub's objects, strictly: nothing is converted or guessed.

A response may be garbled, by a proxy for example. What looks almost right is the worst of it,
because it would be counted. So a value of another type is an error. What is read fits every store:
numbers have 64 bits, texts are Unicode, and times have a zone.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, TypeVar

LARGEST = 2**63 - 1
"""The largest number that a column holds."""

EARLIEST = datetime(1678, 1, 1, tzinfo=timezone.utc)
"""The earliest time that a data frame holds in nanoseconds, as some readers keep times."""

LATEST = datetime(2262, 1, 1, tzinfo=timezone.utc)
"""The latest such time."""

_Value = TypeVar("_Value")

_JSON_NAMES: Mapping[type, str] = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "no whole number",
    str: "a text",
    list: "a list",
    dict: "an object",
}


class FieldError(ValueError):
    """A field is missing or has no possible value; the message says which field, and why."""


def read_number(source: Mapping[str, Any], key: str, least: int = 0) -> int:
    """A whole number.

    Args:
        source: the object.
        key: the field.
        least: the least possible number: 1 for ids and numbers of items, 0 for counters.

    Raises:
        FieldError: the field is missing or holds no such number.
    """
    value: int = _require(source, key, int)
    if value < least:
        raise FieldError(f"{key!r} is below {least}")
    if value > LARGEST:
        raise FieldError(f"{key!r} is too large")
    return value


def read_numbers(source: Mapping[str, Any], key: str) -> list[int]:
    """A list of counters.

    Raises:
        FieldError: the field is missing, or holds anything but a list of counters.
    """
    return [read_number({key: value}, key) for value in _list(source, key)]


def read_optional_number(source: Mapping[str, Any], key: str) -> int | None:
    """A counter; None if the field is null or missing.

    Raises:
        FieldError: the field holds something else.
    """
    return _read_optional(source, key, read_number)


def read_text(source: Mapping[str, Any], key: str) -> str:
    """A text, of which every store keeps each character.

    Raises:
        FieldError: the field is missing or holds no text.
    """
    text: str = _require(source, key, str)
    return storable_text(text)


def read_name(source: Mapping[str, Any], key: str) -> str:
    """An `owner/name`.

    Raises:
        FieldError: the field is missing or holds no such name.
    """
    text: str = _require(source, key, str)
    if not text.isprintable() or not all(text.split("/")) or text.count("/") != 1:
        raise FieldError(f"{key!r} is no owner/name")
    return text


def read_choice(source: Mapping[str, Any], key: str, choices: frozenset[str]) -> str:
    """One of some words.

    Raises:
        FieldError: the field is missing or holds none of them.
    """
    text: str = _require(source, key, str)
    if text not in choices:
        raise FieldError(f"{key!r} is neither {' nor '.join(sorted(choices))}")
    return text


def read_optional_text(source: Mapping[str, Any], key: str) -> str | None:
    """A text; None if the field is null or missing.

    Raises:
        FieldError: the field holds something else.
    """
    return _read_optional(source, key, read_text)


def read_flag(source: Mapping[str, Any], key: str, *, default: bool = False) -> bool:
    """Whether a field is true; the default if it is null or missing.

    Raises:
        FieldError: the field holds something else.
    """
    flag: bool = default if source.get(key) is None else _require(source, key, bool)
    return flag


def read_time(source: Mapping[str, Any], key: str) -> datetime:
    """A time (UTC).

    Raises:
        FieldError: the field is missing or holds no time.
    """
    text: str = _require(source, key, str)
    try:
        return parse_time(text)
    except ValueError as error:
        raise FieldError(f"{key!r} is no time with a zone") from error


def read_optional_time(source: Mapping[str, Any], key: str) -> datetime | None:
    """A time (UTC); None if the field is null or missing.

    Raises:
        FieldError: the field holds something else.
    """
    return _read_optional(source, key, read_time)


def read_object(source: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    """An object; None if the field is null or missing.

    Raises:
        FieldError: the field holds something else.
    """
    value: Mapping[str, Any] | None = _read_optional(source, key, _require_object)
    return value


def read_names(source: Mapping[str, Any], key: str, name: str) -> list[str]:
    """The names of labels or users, which GitHub sends as objects or as bare texts.

    Args:
        source: the object.
        key: the field; null or missing is no name.
        name: the field of each object that holds its name.

    Raises:
        FieldError: the field holds something else.
    """
    if source.get(key) is None:
        return []
    parts = [part if isinstance(part, Mapping) else {name: part} for part in _list(source, key)]
    return [read_optional_text(part, name) or "" for part in parts]


def storable_text(text: str) -> str:
    """A text that every store accepts: half a surrogate pair is replaced, all else is kept."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def parse_time(text: str) -> datetime:
    """Parse a time as GitHub writes it, such as `2026-11-23T12:00:00Z`, into UTC.

    Raises:
        ValueError: the text is no such time, has no zone, or no data frame holds the time.
    """
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if time.tzinfo is None:
        raise ValueError("a time without a zone")
    # Compared before it is converted: the first and the last year overflow in other zones.
    if not EARLIEST <= time < LATEST:
        raise ValueError("a time that no data frame holds")
    return time.astimezone(timezone.utc)


def _require(source: Mapping[str, Any], key: str, kind: type) -> Any:
    """The value of a field. Its type is compared exactly, because `True` is an `int` too."""
    if key not in source:
        raise FieldError(f"no {key!r}")
    value = source[key]
    if type(value) is not kind:
        raise FieldError(f"{key!r} is {_JSON_NAMES.get(type(value), 'of an unknown type')}")
    return value


def _require_object(source: Mapping[str, Any], key: str) -> Any:
    return _require(source, key, dict)


def _list(source: Mapping[str, Any], key: str) -> list[Any]:
    values: list[Any] = _require(source, key, list)
    return values


def _read_optional(
    source: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any], str], _Value]
) -> _Value | None:
    return None if source.get(key) is None else read(source, key)
