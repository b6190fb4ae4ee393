"""Which files are known, and to what: a revalidation reads them; a clock may have been ahead."""

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from repo_stats.defs.steps.refresh_scope import trust_states
from repo_stats.warehouse.schemas import (
    REPO_METADATA,
    REPO_STATISTICS,
    TableSchema,
)
from repo_stats.warehouse.states.listed_files import ListedFiles
from repo_stats.warehouse.states.repo_state import INPUTS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.steps.scopes import (
    CHAIN,
    REPOS,
    scope_of,
    store_current,
)
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.states import state_of

pytestmark = pytest.mark.usefixtures("nobody_in_turn")


@pytest.mark.parametrize("table", CHAIN, ids=lambda schema: str(schema.name))
def test_only_a_revalidation_notices_that_a_disk_has_lost_bits(
    tmp_path: Path, settings_for: SettingsFor, table: TableSchema
) -> None:
    tables = store_current(tmp_path)  # its files change in place
    file = Path(tables.files.root, table.name, "c/d.parquet")
    status, content = file.stat(), bytearray(file.read_bytes())
    content[60] ^= 4
    with file.open("r+b") as opened:
        opened.write(content)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert scope_of(tables, settings_for).choose(table, REPOS) == []
    scope = scope_of(tables, settings_for, options={"revalidate": True})
    assert [scope.holds(table, repo) for repo in REPOS] == [True, False, True]
    assert scope.choose(table, REPOS) == ["c/d"]


def test_a_revalidation_reads_each_file_once(
    tables: Tables, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def is_readable(_: Tables, schema: TableSchema, repo: str) -> bool:
        read.append(f"{schema.name} of {repo}")
        return True

    monkeypatch.setattr(Tables, "is_readable", is_readable)
    scope = scope_of(tables, settings_for, options={"revalidate": True})
    for _ in range(2):
        assert scope.holds(REPO_METADATA, "a/b")
        assert scope.holds(REPO_METADATA, "c/d")
    assert read == ["repo_metadata of a/b", "repo_metadata of c/d"]


@pytest.mark.parametrize(("api_url", "is_held"), [(API_URL, True), ("http://other", False)])
def test_what_is_known_of_another_server_is_not_known(
    tables: Tables, settings_for: SettingsFor, api_url: str, is_held: bool
) -> None:
    scope = scope_of(tables, settings_for, REPO_STATS_API_URL=api_url)
    assert scope.holds(REPO_METADATA, "a/b") is is_held
    assert scope.is_current(REPO_STATISTICS, "a/b") is is_held
    assert scope.is_seen("a/b") is is_held


def test_what_a_clock_that_was_ahead_has_left_is_not_trusted() -> None:
    now = datetime.now(timezone.utc)
    ahead, before = now + timedelta(days=1), now - timedelta(days=1)
    states = {
        "read": state_of("read", read_at=ahead),
        "seen": state_of("seen", read_at=before, seen_at=ahead),
        "past": state_of("past", read_at=before, seen_at=before),
        "never": state_of("never", read_at=before),
    }
    assert list(trust_states(states, now)) == ["past", "never"]


def test_stamps_are_those_of_the_repositories_asked_for(tables: Tables) -> None:
    folder = Path(tables.files.root, "open_issues", "a")
    (folder / "b.parquet").rename(folder / "another.parquet")
    listed = ListedFiles(tables.files, ["a/b", "x/y"])
    assert {repo: set(listed.stamps(repo, INPUTS)) for repo in ("a/b", "x/y")} == {
        "a/b": {*INPUTS} - {"open_issues"},
        "x/y": set(),
    }
