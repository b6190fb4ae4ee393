"""The footer metadata of a table's file, and reading footers without reading rows.

The footer of a page's file is its `PageHead`: see `github.issues.pages`.
"""

from dataclasses import dataclass
from typing import TypeVar

from repo_stats.github.issues.sync_state import SyncState
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.parquet import DamagedFileError, read_footer
from repo_stats.warehouse.scans import ScanInfo

_Metadata = TypeVar("_Metadata")


@dataclass(frozen=True)
class TableFooter:
    """What a table's file says about its rows.

    The fields have the names under which all versions store them.

    Attributes:
        edition: the revision of the file: different each time the file is written.
        scan: how the items that the rows are made from were read; None if there are none.
        history: up to when all items of the repository are known; None if that does not apply.
    """

    edition: str | None = None
    scan: ScanInfo | None = None
    history: SyncState | None = None


def find_footer(kind: type[_Metadata], files: Files, path: str) -> _Metadata | None:
    """The footer metadata of a file, or None if there is no readable metadata of that type.

    Only the end of the file is read.

    Raises:
        WarehouseError: the file exists and cannot be read.
    """
    file = files.open(path)
    if file is None:
        return None
    try:
        with file:
            return read_footer(kind, file)
    except DamagedFileError:
        return None
    except OSError as error:
        raise files.unreadable(path, error) from error
