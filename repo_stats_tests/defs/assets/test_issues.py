"""All items of a repository, open or not: filled, kept up to date, and read anew each week."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.simulator.changes import (
    close_issue,
    delete_issue,
    open_issue,
    reopen_issue,
    touch_issue,
)
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats.simulator.world import Repository
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import ISSUES
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.older_files import make_older
from repo_stats_tests.helpers.runs import failure

REPO = "acme/rocket"

ITEMS = ("repo_metadata", "issues")
"""The assets that are looked at: what the others make of them shows nothing more."""


class Kept:
    """A repository whose history is kept, with what is stored of it."""

    def __init__(self, simulator: Simulator, settings: Settings, run: Run) -> None:
        self.simulator = simulator
        [self.repository] = simulator.world.repositories.values()
        self.settings = settings
        self.tables = Tables(Files(settings.warehouse))
        self._run = run

    def refresh(self, **options: object) -> int:
        """Refresh the history; gives the number of requests."""
        before = len(self.simulator.log)
        assert self.try_refresh(**options)
        return len(self.simulator.log) - before

    def try_refresh(self, **options: object) -> bool:
        return self._run(self.settings, "refresh_history", select=ITEMS, **options).success

    def rows(self) -> pd.DataFrame:
        return self.tables.read(ISSUES, [REPO])

    def states(self) -> dict[int, tuple[str, str]]:
        rows = self.rows()
        updated = rows["updated_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        return dict(zip(rows["number"], zip(rows["state"], updated, strict=True), strict=True))

    def grow_old(self, days: int) -> None:
        """Let the last full read be longer ago, in the table's note and in the windows' heads."""
        age = timedelta(days=days)
        sync = self.tables.find_sync_state(ISSUES, REPO)
        assert sync is not None
        sync = replace(sync, full_read_at=sync.full_read_at - age)
        scan = self.tables.find_scan(ISSUES, REPO)
        self.tables.write(ISSUES, REPO, self.rows(), scan, sync)
        windows = WarehouseResource(root=self.settings.warehouse).all_pages
        for key, head in windows.heads(REPO).items():
            windows.confirm(key, head, replace(head, validated_at=head.validated_at - age))


def truth(repository: Repository) -> dict[int, tuple[str, str]]:
    return {i["number"]: (i["state"], i["updated_at"]) for i in repository.issues}


@pytest.fixture
def keep(
    simulate: Callable[..., Simulator],
    settings_for: Callable[..., Settings],
    run: Run,
    first_run: Run,
) -> Callable[..., Kept]:
    """A repository that was refreshed, and whose history is about to be, or was as well."""

    def make(
        opened: int = 20, closed: int = 100, *, is_filled: bool = False, **options: object
    ) -> Kept:
        simulator = simulate(Shape(REPO, opened, min(opened, 9), closed), **options)
        settings = settings_for(
            REPO,
            REPO_STATS_HISTORY=REPO,
            REPO_STATS_PER_PAGE="8",
            REPO_STATS_MAX_AGE="0",
            REPO_STATS_MAX_WAIT="0",
        )
        kept = Kept(simulator, settings, run)
        jobs = ["refresh_watchlist", "refresh_history"][: 1 + is_filled]
        assert first_run(settings, *jobs, select=ITEMS).success
        return kept

    return make


@pytest.mark.parametrize(
    ("opened", "closed"), [(0, 0), long(1, 0), (0, 1), (20, 100), long(7, 1500)]
)
def test_a_first_fill_holds_every_item_once(
    keep: Callable[..., Kept], opened: int, closed: int
) -> None:
    kept = keep(opened, closed)
    kept.refresh()
    assert kept.states() == truth(kept.repository)
    assert len(kept.rows()) == opened + closed


def test_a_refresh_where_nothing_happened_costs_one_request(keep: Callable[..., Kept]) -> None:
    kept = keep(is_filled=True)
    assert kept.refresh() == 1
    assert kept.states() == truth(kept.repository)


def test_a_refresh_finds_what_was_touched_closed_reopened_and_opened(
    keep: Callable[..., Kept],
) -> None:
    kept = keep(is_filled=True)
    numbers = {
        s: [i["number"] for i in kept.repository.issues if i["state"] == s]
        for s in ("open", "closed")
    }
    now = time.time()
    touch_issue(kept.repository, numbers["open"][0], now)
    close_issue(kept.repository, numbers["open"][1], now)
    reopen_issue(kept.repository, numbers["closed"][0], now)
    open_issue(kept.repository, now)
    assert kept.refresh() <= 2
    assert kept.states() == truth(kept.repository)


def test_deleted_and_transferred_items_leave_at_the_weekly_full_read_which_is_nearly_free(
    keep: Callable[..., Kept],
) -> None:
    kept = keep(is_filled=True)
    for issue in [kept.repository.issues[5], kept.repository.issues[100]]:
        delete_issue(kept.repository, issue["number"])
    kept.refresh()
    assert len(kept.rows()) == 120
    kept.grow_old(days=6)
    assert kept.refresh() == 1
    kept.grow_old(days=2)
    before = len(kept.simulator.log)
    kept.refresh()
    assert kept.states() == truth(kept.repository)
    windows = [r for r in kept.simulator.log[before:] if "sort=updated" in r.target]
    charged = [r for r in windows if r.charged]
    assert len(windows) >= 15
    assert len(charged) <= 2 + 1
    assert kept.refresh() == 1


def test_what_became_of_pull_requests_is_taken_from_the_windows_of_an_earlier_version(
    keep: Callable[..., Kept],
) -> None:
    kept = keep(is_filled=True)
    touch_issue(kept.repository, kept.repository.issues[5]["number"], time.time())
    assert kept.refresh() == 1
    assert make_older(kept.settings.warehouse) >= 15
    assert kept.rows()["merged_at"].isna().all()
    assert kept.refresh() <= 3
    merged = [i for i in kept.repository.issues if (i.get("pull_request") or {}).get("merged_at")]
    rows = kept.rows()
    assert len(merged) > 10
    assert set(rows[rows["merged_at"].notna()]["number"]) == {i["number"] for i in merged}
    assert kept.states() == truth(kept.repository)
    assert kept.refresh() == 1


def test_a_fill_that_a_rate_limit_ends_goes_on_where_it_was(keep: Callable[..., Kept]) -> None:
    faults = [Fault(FaultKind.EXHAUSTED, 20, 1000, path="state=all")]
    kept = keep(closed=340, faults=faults)
    assert not kept.try_refresh()
    assert not kept.tables.has(ISSUES, REPO)
    read = {r.target for r in kept.simulator.log if r.status == 200 and "state=all" in r.target}
    faults.clear()
    before = len(kept.simulator.log)
    kept.refresh()
    assert kept.states() == truth(kept.repository)
    again = {r.target for r in kept.simulator.log[before:] if "sort=updated" in r.target}
    assert not again & read


@pytest.mark.parametrize("trouble", [Trouble.MISSING, Trouble.TAKEN_DOWN])
def test_a_history_in_trouble_stays_and_is_told(
    keep: Callable[..., Kept], trouble: Trouble
) -> None:
    kept = keep(is_filled=True)
    before = kept.states()
    kept.repository.trouble = trouble
    assert not kept.try_refresh()
    assert kept.states() == before
    kept.repository.trouble = Trouble.FINE
    assert kept.refresh() == 1


def test_changes_during_a_fill_are_in_it(keep: Callable[..., Kept]) -> None:
    kept = keep(closed=340)
    kinds = (MutationKind.TOUCH, MutationKind.CLOSE, MutationKind.REOPEN, MutationKind.OPEN)
    kept.simulator.schedule(
        *(Mutation(kinds[n % 4], n + 2, path="/issues", index=14 * n) for n in range(24))
    )
    kept.refresh()
    assert kept.states() == truth(kept.repository)


def test_without_metadata_the_step_says_to_refresh_first(
    simulate: Callable[..., Simulator], settings_for: Callable[..., Settings], run: Run
) -> None:
    simulate(Shape(REPO, 5, 2))
    result = run(settings_for(REPO, REPO_STATS_HISTORY=REPO), "refresh_history")
    assert f"refresh {REPO} first" in failure(result)
