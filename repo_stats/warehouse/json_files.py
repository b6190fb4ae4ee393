"""Values that are kept as JSON files in the warehouse, beside its tables."""

from contextlib import suppress
from typing import TypeVar

from repo_stats.json_codec import from_json
from repo_stats.warehouse.files import Files

_Value = TypeVar("_Value")


def find_json(files: Files, path: str, kind: type[_Value]) -> _Value | None:
    """The value in a file that `to_json` wrote; None if there is no file, or it is damaged.

    Args:
        files: of the warehouse.
        path: of the file.
        kind: the type of the value.

    Raises:
        WarehouseError: the file exists and cannot be read.
    """
    with suppress(ValueError):
        return from_json(kind, files.read(path) or b"")
    return None
