"""Stored rows of `repo_metadata`, and what a step has to work on, without a run."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from repo_stats.defs.steps.metadata_rows import KnownRepositories
from repo_stats.defs.steps.repository_states import hash_row
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.repositories import repository_url
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.schemas import REPO_METADATA
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.rows import metadata
from repo_stats_tests.helpers.states import state_of
from repo_stats_tests.helpers.step_context import step_context

NOW = datetime.now(timezone.utc)

AGES = {"a/held": 5, "b/young": 61, "c/old": 90, "d/unknown": 5, "e/ahead": -9999}
"""How many minutes ago each was read. Of all but `d/unknown` the file is the known one."""

REPOS = ["x/new", *AGES, "y/new"]


def row_of(repo: str, **changes: Any) -> Any:
    url = repository_url(API_URL, repo)
    [row] = to_arrow(
        REPO_METADATA, metadata(repo, **{"url": url, "raw": "{}", **changes})
    ).to_pylist()
    return row


def read_at(repo: str) -> datetime:
    return NOW - timedelta(minutes=AGES[repo])


class Scope:
    """What a step has to work on: of most repositories the stored file is the known one.

    Args:
        shown: the repositories that the step has to make or record, if they are there.
        max_age: in seconds.
    """

    def __init__(self, shown: Collection[str] = (), max_age: int = 3600) -> None:
        self.freshness = Freshness.of_run(NOW, max_age, force=False)
        self.states = {
            repo: state_of(
                repo,
                read_at=read_at(repo),
                subscribers_at=read_at(repo),
                content_hash=hash_row(row_of(repo)),
            )
            for repo in AGES
            if repo != "d/unknown"
        }
        self.offered: list[str] = []
        self._shown = shown

    def holds(self, schema: object, repo: str) -> bool:
        return repo in self.states

    def choose(self, schema: object, repos: Sequence[str]) -> list[str]:
        self.offered = list(repos)
        return [repo for repo in repos if repo in self._shown]


def store_rows(folder: Path) -> Tables:
    """Tables in which the row of each repository is stored that was ever read."""
    tables = Tables(Files(str(folder)))
    for repo in AGES:
        store_row(tables, repo)
    return tables


def store_row(tables: Tables, of: str, **changes: Any) -> None:
    values = {"url": repository_url(API_URL, of), "raw": "{}", "validated_at": read_at(of)}
    tables.write(REPO_METADATA, of, metadata(of, **{**values, **changes}))


def known_by(scope: Any, tables: Tables) -> KnownRepositories:
    return KnownRepositories(step_context(*REPOS), scope, tables)
