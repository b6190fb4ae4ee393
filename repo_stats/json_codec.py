"""Converts values to JSON text and back. Pydantic does it, by the type of the value.

This module imports nothing else of the package, so that every layer may use it.
"""

import hashlib
import json
from datetime import datetime, timezone
from functools import cache
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import AfterValidator, TypeAdapter
from pydantic.errors import PydanticUserError

_Value = TypeVar("_Value")


def _to_utc(time: datetime) -> datetime:
    return time.astimezone(timezone.utc)


UtcTime: TypeAlias = Annotated[datetime, AfterValidator(_to_utc)]
"""A time that is read back with Python's UTC. Older pandas take pydantic's for another zone."""


def to_json(value: object) -> bytes:
    """Write a dataclass, or any other value that pydantic knows, as one line of JSON."""
    kind: Any = type(value)
    return _adapter(kind).dump_json(value)


def from_json(kind: type[_Value], text: bytes) -> _Value:
    """Read a value of a type that `to_json` wrote.

    Raises:
        ValueError: the text is not JSON, or does not hold a value of this type.
    """
    hashable: Any = kind
    value: _Value = _adapter(hashable).validate_json(text)
    return value


def require_json(kind: Any) -> None:
    """Check that JSON can hold the values of a type, and give them back.

    Raises:
        TypeError: it cannot, or nothing is said of some of them.
    """
    if kind is Any:
        raise TypeError("JSON cannot give back values of which no type is known.")
    try:
        _adapter(kind)
    except PydanticUserError as error:
        raise TypeError(f"JSON cannot give back values of {kind}: {error.message}") from None


def hash_json(value: object) -> str:
    """SHA-256 of lists, texts and numbers, as JSON has them."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
