"""The cursors of lists and connections: an item's place in an order, encoded as GitHub does."""

import base64
import json


def write_cursor(place: tuple[str | int, int]) -> str:
    """The cursor of a place: the value that items are sorted by, then the item's number."""
    return base64.urlsafe_b64encode(f"cursor:v2:{json.dumps(place)}".encode()).decode()


def read_cursor(cursor: str) -> tuple[str | int, int]:
    """The place that a cursor names.

    Raises:
        ValueError: it names none.
    """
    text = base64.urlsafe_b64decode(cursor).decode().removeprefix("cursor:v2:")
    match json.loads(text):
        case [str() | int() as value, int() as number]:
            return (value, number)
    raise ValueError(f"{text!r} is no place")
