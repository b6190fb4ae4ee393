"""A warehouse in which all is stored of a repository, and file systems with faults and habits."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from repo_stats.github.issues.pages import Page, PageKey, hash_rows
from repo_stats.github.issues.sync_state import SyncState
from repo_stats.github.parsing import parse_issues
from repo_stats.simulator.generator import Shape
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import join_frames, to_frame
from repo_stats.warehouse.pages import ALL_ITEMS_FOLDER, PageFolder
from repo_stats.warehouse.parquet import from_parquet, read_footer
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import (
    ISSUES,
    KEPT,
    OPEN_ISSUES,
    REPO_HISTORY,
    TABLES,
    TableSchema,
)
from repo_stats.warehouse.stale import REFRESH_FAILURES, TRAFFIC_FAILURES, RefreshFailures
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.pages import head
from repo_stats_tests.helpers.rows import NOW, statistics

SCAN = ScanInfo(NOW, NOW, is_exact=True, pages=2, rounds=0, changes=0, fingerprint="f")


OTHERS = len(KEPT) - 1
"""How many rows `fill` stores of tables that cannot be fetched again, beside the history."""


def fill(files: Files, repo: str, repo_id: int, *, days: int = 3, stars: int = 0) -> None:
    """Store everything that can be stored of a repository, with a row of history for some days.

    Args:
        files: of the warehouse.
        repo: its owner/name.
        repo_id: its number.
        days: how many days its history has.
        stars: the stars of the first day; each day has one more.
    """
    for path, content in _filled(repo, repo_id, days, stars).items():
        files.write(path, content)


@cache
def _filled(repo: str, repo_id: int, days: int, stars: int) -> dict[str, bytes]:
    """What is stored of a repository, by path: many tests fill a warehouse with the same."""
    files = Files(tempfile.mkdtemp())
    tables = Tables(files)
    state = SyncState(repo_id, "https://api.example", NOW, NOW, NOW)
    for schema in TABLES:
        rows = to_frame(schema, [row_of(schema, repo=repo, repo_id=repo_id, state="open")])
        scan = SCAN if schema in (OPEN_ISSUES, ISSUES) else None
        tables.write(schema, repo, rows, scan, state if schema is ISSUES else None)
    past = [
        statistics(
            repo=repo,
            repo_id=repo_id,
            stars=stars + day,
            snapshot_at=NOW + timedelta(days=stars + day),
        )
        for day in range(days)
    ]
    tables.write(REPO_HISTORY, repo, join_frames(REPO_HISTORY, past))
    for folder, numbers in (("issue_pages", (1, 2)), (ALL_ITEMS_FOLDER, (1,))):
        for number in numbers:
            page = page_of(repo, repo_id, number)
            PageFolder(files, folder).write(PageKey.numbered(repo, number), page)
    for folder in (REFRESH_FAILURES, TRAFFIC_FAILURES):
        RefreshFailures(files, folder).record(repo, "It is gone.", "r1", NOW)
    return {path: files.read(path) or b"" for path in paths(files)}


def row_of(schema: TableSchema, **changes: Any) -> dict[str, Any]:
    """A row with some value in each column that cannot be null."""
    values: dict[pa.DataType, Any] = {
        pa.bool_(): False,
        pa.date32(): NOW.date(),
        pa.float64(): 1.5,
        pa.int64(): 1,
        pa.list_(pa.string()): [],
        pa.string(): "x",
        pa.timestamp("us", tz="UTC"): NOW,
    }
    row = {c.name: None if c.nullable else values[c.type] for c in schema.columns}
    return {**row, **{name: value for name, value in changes.items() if name in row}}


def page_of(repo: str, repo_id: int, number: int) -> Page:
    """A page of a repository's list, read from an address by its number."""
    objects = generated(Shape(repo, 3, 3, 0)).issues
    rows = parse_issues(objects, repo, repo_id)
    return Page(replace(head(number, rows=3), content_hash=hash_rows(rows)), rows)


class KilledError(BaseException):
    """The process ends here: nothing catches it."""


@dataclass(frozen=True)
class MortalFiles(Files):
    """Files whose process is killed before one of its changes.

    Attributes:
        dies_before: the change, counted from 1.
        changes: the paths that were changed, and the one that was not.
    """

    dies_before: int = 0
    changes: list[str] = field(default_factory=list)

    def write(self, path: str, content: bytes) -> str:
        self._change(path)
        return super().write(path, content)

    def delete(self, path: str) -> None:
        self._change(path)
        super().delete(path)

    def _change(self, path: str) -> None:
        self.changes.append(path)
        if len(self.changes) == self.dies_before:
            raise KilledError(path)


class CaseBlindFiles(MortalFiles):
    """Files on a disk that ignores case, as macOS and Windows do: the first spelling is kept."""

    def _local(self, path: str) -> Path:
        return Path(self.root) / path.lower()


def paths(files: Files, folder: str = "") -> Iterator[str]:
    """The paths of all files of a warehouse, but no locks."""
    for name in files.names(folder):
        path = f"{folder}/{name}" if folder else name
        if name.endswith((".parquet", ".json")):
            yield path
        elif not name.startswith("."):
            yield from paths(files, path)


def contents(files: Files) -> dict[str, Any]:
    """Rows and footer of each file; the revision of a history is different each time."""
    found: dict[str, Any] = {}
    for path in paths(files):
        content = files.read(path)
        assert content is not None
        if path.endswith(".json"):
            found[path] = json.loads(content)
            continue
        footer = read_footer(dict[str, Any], content)
        if path.startswith(tuple(f"{schema.name}/" for schema in KEPT)):
            footer.pop("edition")
        found[path] = (from_parquet(content).to_pylist(), footer)
    return found
