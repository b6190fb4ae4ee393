"""Stamps: texts that a listing gives of files, and that change when a file is written again."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

_VERSIONS = ("ETag", "etag", "md5Hash", "LastModified", "mtime", "created")
"""What object stores call the version of a file, or else its time."""


def local_stamp(status: os.stat_result) -> str:
    """The stamp of a file on this machine's own disks."""
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


def remote_stamp(info: Mapping[str, Any]) -> str:
    """The stamp of a file in an object store, from what fsspec tells of it."""
    version = next((info[name] for name in _VERSIONS if info.get(name)), "")
    if isinstance(version, datetime):  # some stores tell times in two ways
        version = version.timestamp()
    return f"{version}-{info.get('size')}"


def list_stamps(folder: Path) -> Iterator[tuple[str, str]]:
    """The names and stamps of the files in a folder.

    Raises:
        OSError: the folder cannot be listed.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                yield entry.name, local_stamp(entry.stat())
            except FileNotFoundError:  # noqa: PERF203 - it was removed since it was listed
                continue
