"""The one way in which values become JSON text and come back: pydantic's, by their types."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

_Value = TypeVar("_Value")


def to_json(value: object) -> bytes:
    """A dataclass, or anything else that pydantic knows, as JSON in one line."""
    kind: Any = type(value)
    return _adapter(kind).dump_json(value)


def from_json(kind: type[_Value], text: bytes) -> _Value:
    """The value of a type that `to_json` wrote.

    Raises:
        ValueError: the text is not JSON, or not that of such a value.
    """
    hashable: Any = kind
    value: _Value = _adapter(hashable).validate_json(text)
    return value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
