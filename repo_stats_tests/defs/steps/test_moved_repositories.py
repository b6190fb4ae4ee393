"""Repositories under a new name or spelling keep their whole past, in runs as users start them."""

from collections import Counter
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from repo_stats.config.settings import Settings
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import (
    KEPT,
    LEADERBOARD,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_METADATA,
    TABLES,
)
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import NUMBERS, by_hand, materialisations, messages, table
from repo_stats_tests.helpers.stored import paths

OLD, NEW = "acme/old", "acme/new"

SHAPE = Shape(OLD, 110, 20, 10)

SMALL = Shape("acme/small", 5, 2)


def add_past(settings: Settings, repo: str, days: int = 10) -> None:
    """Give a history a row for each of so many days before its first one, one star less each."""
    tables = Tables(Files(settings.warehouse))
    history = tables.find_kept(REPO_HISTORY, repo)
    assert history is not None
    first = history.head(1)
    past = [
        first.assign(
            stars=first["stars"] - back, snapshot_at=first["snapshot_at"] - pd.Timedelta(days=back)
        )
        for back in range(days, 0, -1)
    ]
    tables.write(REPO_HISTORY, repo, join_frames(REPO_HISTORY, [*past, history]))


def stored_under(settings: Settings, repo: str) -> list[str]:
    """What is stored under a name."""
    return [path for path in paths(Files(settings.warehouse)) if f"/{repo}" in path]


def growth(settings: Settings, repo: str, instance: dg.DagsterInstance) -> int:
    """The stars that the leaderboard counts for seven days."""
    assert by_hand(settings, instance, ["leaderboard"]).success
    ranked = Tables(Files(settings.warehouse)).find(LEADERBOARD, None)
    assert ranked is not None
    [grown] = ranked[ranked["repo"] == repo]["stars_growth_7_days"]
    return int(grown)


@pytest.mark.parametrize(
    ("new", "max_age", "expected"),
    [(NEW, "3600", {200: 1}), ("Acme/Old", "0", {200: 3, 304: 2})],
    ids=["renamed, all is fresh", "respelled, nothing is fresh"],
)
def test_a_new_name_has_the_whole_past_and_costs_no_request_beyond_its_changed_pages(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    new: str,
    max_age: str,
    expected: dict[int, int],
) -> None:
    simulator = simulate(SHAPE, SMALL)
    before, after = (settings_for(name, REPO_STATS_MAX_AGE=max_age) for name in (OLD, new))
    assert first_run(settings_for(OLD)).success
    add_past(before, OLD)
    assert by_hand(before, instance, ["issue_backlog"], OLD).success
    tables = Tables(Files(before.warehouse))
    scan = tables.find_scan(OPEN_ISSUES, OLD)
    simulator.world.rename(OLD, new)
    simulator.log.clear()
    result = run(after, select=NUMBERS)
    assert result.success
    assert Counter(request.status for request in simulator.log) == expected
    assert [text for text in messages(instance, result) if text.startswith(f"{OLD} is ")] == [
        f"{OLD} is {new} in the watchlist now: what is stored of it moved to the new name "
        "(rows of history: 11, other files: 7)."
    ]
    assert stored_under(after, OLD) == []
    history, moved_scan = tables.find_kept(REPO_HISTORY, new), tables.find_scan(OPEN_ISSUES, new)
    assert history is not None
    assert len(history) in (11, 12)  # 12 if midnight (UTC) came between the two refreshes
    assert scan is not None
    assert moved_scan is not None
    assert (moved_scan == scan) == (max_age != "0")
    for asset in ("repo_history", "issue_backlog"):
        assert set(materialisations(result, asset)) == {new}
    assert instance.get_dynamic_partitions("issue_page") == [f"{new}/0001", f"{new}/0002"]
    assert growth(after, new, instance) == 7


def test_all_items_move_too_and_are_not_read_again(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(SHAPE)
    before, after = (
        settings_for(name, REPO_STATS_MAX_AGE="0", REPO_STATS_HISTORY=name) for name in (OLD, NEW)
    )
    assert run(before, select=NUMBERS).success
    assert run(before, "refresh_history").success
    simulator.world.rename(OLD, NEW)
    moving = run(after)
    assert moving.success
    assert set(materialisations(moving, "issues")) == {NEW}
    assert set(materialisations(moving, "issue_trends")) == {NEW}
    simulator.log.clear()
    assert run(after, "refresh_history", select=["issues"]).success
    assert simulator.log
    assert len(simulator.log) <= 2
    assert stored_under(after, OLD) == []
    kept = Tables(Files(after.warehouse))
    unmarked = {"issue_backlog", *(schema.name for schema in KEPT if schema is not REPO_HISTORY)}
    assert [kept.repos(schema) for schema in TABLES if schema.name not in unmarked] == [[NEW]] * 9


def test_two_entries_of_one_repository_are_told_and_become_one_with_the_next_new_name(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(SHAPE, SMALL)
    simulator.world.rename(OLD, NEW)
    twice = settings_for(OLD, NEW)
    doubled = run(twice, select=NUMBERS)
    number = find_repository(simulator, NEW).id
    assert [text for text in messages(instance, doubled) if "are one repository" in text] == [
        f"{OLD} and {NEW} are one repository (number {number}). Keep one of them in the watchlist, "
        "and refresh it with --force: it gets the history of both."
    ]
    add_past(twice, OLD)
    after = settings_for(NEW, SMALL.full_name)
    assert run(after, select=NUMBERS).success
    assert stored_under(after, OLD) == []
    history = Tables(Files(after.warehouse)).find_kept(REPO_HISTORY, NEW)
    assert history is not None
    assert len(history) == 10 + 1 + 1
    assert history["snapshot_at"].is_monotonic_increasing
    assert growth(after, NEW, instance) == 7


def test_what_cannot_be_moved_leaves_one_repository_stale_and_is_tried_again(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
) -> None:
    simulator = simulate(SHAPE, SMALL)
    assert first_run(settings_for(OLD)).success
    simulator.world.rename(OLD, NEW)
    root = Path(settings_for(OLD).warehouse)
    in_the_way = root / "issue_pages" / NEW
    in_the_way.write_text("not a folder")
    unreadable = root / "repo_metadata" / "acme" / "unreadable.parquet"
    unreadable.mkdir()
    after = settings_for(NEW, SMALL.full_name)
    result = run(after, select=NUMBERS)
    assert result.success
    assert len(table(after, "repo_statistics", SMALL.full_name)) == 1
    told = [text for text in messages(instance, result) if str(root) in text]
    assert any(text.startswith(f"{unreadable} cannot be read") for text in told)
    reason = f"What is stored of it as {OLD} cannot be moved: {in_the_way}/0001.parquet cannot be "
    assert any(text.startswith(f"{NEW} is left as it was: {reason}") for text in told)
    in_the_way.unlink()
    unreadable.rmdir()
    assert run(after, select=NUMBERS).success
    assert stored_under(after, OLD) == []
    assert len(table(after, "repo_history", NEW)) == 1


@pytest.mark.long
def test_an_unforeseen_error_while_files_move_leaves_one_repository_stale(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator = simulate(SHAPE, SMALL)
    assert first_run(settings_for(OLD)).success
    simulator.world.rename(OLD, NEW)
    after = settings_for(NEW, SMALL.full_name)
    with monkeypatch.context() as patch:
        patch.setattr("repo_stats.defs.steps.moved_repositories.move_stored", lambda *_: 1 / 0)
        result = run(after, select=NUMBERS)
    assert result.success
    assert len(table(after, "repo_statistics", SMALL.full_name)) == 1
    assert not Tables(Files(after.warehouse)).has(REPO_METADATA, NEW)
    assert run(after, select=NUMBERS).success
    assert stored_under(after, OLD) == []


def test_a_refresh_of_named_repositories_takes_nothing_from_the_watchlist_and_force_heals(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(SHAPE, SMALL)
    assert first_run(settings_for(OLD)).success
    simulator.world.rename(OLD, NEW)
    after = settings_for(NEW)
    assert run(after, watched=[OLD], select=NUMBERS).success
    assert stored_under(after, OLD)
    assert run(after, force=True, select=NUMBERS).success
    assert stored_under(after, OLD) == []


def test_a_name_of_another_repository_gets_nothing_and_without_new_names_nothing_is_looked_for(
    run: Run, simulate: Simulate, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = simulate(SMALL)
    before = settings_for(SMALL.full_name)
    after = settings_for(NEW, "acme/never-there", REPO_STATS_MAX_AGE="0")
    assert run(before, select=NUMBERS).success
    stored = stored_under(before, SMALL.full_name)
    newcomer = generate_repository(Shape(NEW, 5, 2), 4711)
    simulator.world.repositories[newcomer.id] = newcomer
    listed = []
    names = Files.names

    def count(self: Files, folder: str) -> list[str]:
        listed.append(folder)
        return names(self, folder)

    monkeypatch.setattr(Files, "names", count)
    assert run(after, select=NUMBERS).success
    searched = {"repo_metadata", "repo_history"}
    assert searched <= set(listed)
    listed.clear()
    assert run(after, select=NUMBERS).success
    assert listed
    assert not any(folder.partition("/")[0] in searched for folder in listed)
    assert stored_under(after, SMALL.full_name) == stored
