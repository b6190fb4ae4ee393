"""Failures to refresh: those of a run, and files that are not there are not opened."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.helpers.stored import CaseBlindFiles


def test_only_the_files_that_are_there_are_opened(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = RefreshFailures(files)
    failures.record("a/b", "It is gone.", "r1", NOW)
    failures.record("a/c", "It is gone.", "r0", NOW)
    opened = []
    read = Files.read

    def count(self: Files, path: str) -> bytes | None:
        opened.append(path)
        return read(self, path)

    monkeypatch.setattr(Files, "read", count)
    assert set(failures.of_run(["a/a", "a/b", "a/c", "x/y"], "r1")) == {"a/b"}
    assert opened == ["problems/a/b.json", "problems/a/c.json"]


def test_a_failure_that_is_over_or_unreadable_is_none(files: Files) -> None:
    failures = RefreshFailures(files)
    failures.record("a/b", "It is gone.", "r1", NOW)
    failures.clear("a/b")
    failures.clear("a/b")
    files.write("problems/c/d.json", b"{}")
    assert failures.find("a/b") is None
    assert failures.find("c/d") is None
    assert failures.of_run(["a/b", "c/d"], "r1") == {}


def test_a_failure_that_was_not_recorded_is_not_removed(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[str] = []
    monkeypatch.setattr(Files, "delete", lambda _, path: deleted.append(path))
    failures = RefreshFailures(files)
    failures.clear("a/b")
    assert deleted == []
    failures.record("a/b", "It is gone.", "r1", NOW)
    failures.clear("a/b")
    assert deleted == ["problems/a/b.json"]


@pytest.mark.parametrize("has_own", [False, True])
def test_under_another_name_a_failure_takes_the_place_of_none_that_is_there(
    files: Files, has_own: bool
) -> None:
    failures = RefreshFailures(files)
    old = failures.record("a/b", "It is gone.", "r1", NOW)
    own = failures.record("c/d", "It is slow.", "r2", NOW) if has_own else None
    failures.rename("a/b", "c/d")
    assert failures.find("c/d") == (own or replace(old, repo="c/d"))
    assert failures.find("a/b") is None
    failures.rename("x/y", "c/d")
    assert failures.find("c/d") is not None


def test_a_failure_keeps_the_time_of_the_first_unless_a_clock_was_ahead(files: Files) -> None:
    failures = RefreshFailures(files)
    for now, since in ((2, 2), (0, 0), (1, 0)):
        moment = NOW + timedelta(days=now)
        recorded = failures.record("a/b", "It is gone.", "r1", moment)
        assert recorded.since == NOW + timedelta(days=since)


def test_where_case_is_ignored_the_failure_of_another_spelling_is_found(tmp_path: Path) -> None:
    failures = RefreshFailures(CaseBlindFiles(str(tmp_path)))
    failures.record("a/b", "It is gone.", "r0", NOW)
    failures.record("A/B", "It is gone.", "r1", NOW)
    assert set(failures.of_run(["A/B"], "r1")) == {"A/B"}
