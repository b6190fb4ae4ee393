"""Resolving the watchlist: what is requested, what is stored, and what a failure leaves."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import time_machine

from repo_stats.config.errors import WatchlistError
from repo_stats.config.settings import Settings
from repo_stats.config.watchlist import Watchlist, parse_watchlist
from repo_stats.defs.resources import github_resource
from repo_stats.defs.steps.watchlist_lists import ResolvedWatchlist, resolve_watchlist
from repo_stats.github.errors import TransientError
from repo_stats.simulator.accounts import Access
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind, mutate
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.stored_lists import StoredLists
from repo_stats_tests.helpers.fixture_types import SettingsFor, Simulate
from repo_stats_tests.helpers.github import TOKEN, HastyGitHub, find_repository

LOG = logging.getLogger("step")

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

HOUR = timedelta(hours=1)

BOTH = parse_watchlist("repos: [{org: acme}, {user: ada}, x/y]", "w")

SHAPES = (
    Shape("acme/a", 0, 0, 0),
    Shape("acme/b", 0, 0, 0),
    Shape("ada/notes", 0, 0, 0, owner_type="User"),
)

Resolve = Callable[..., ResolvedWatchlist]


@pytest.fixture
def settings(settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = settings_for("x/y")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("REPO_STATS_API_URL", settings.api_url)
    return settings


@pytest.fixture
def resolved(settings: Settings) -> Resolve:
    """Resolve a watchlist some hours after noon."""

    def run(
        watchlist: Watchlist = BOTH, hours: float = 0, max_age: timedelta = timedelta(0)
    ) -> ResolvedWatchlist:
        github = HastyGitHub(**github_resource(settings).model_dump())
        with time_machine.travel(NOON + hours * HOUR, tick=False):
            return resolve_watchlist(LOG, github, tables_of(settings), watchlist, max_age)

    return run


def tables_of(settings: Settings) -> Tables:
    return Tables(Files(settings.warehouse))


def watched(settings: Settings) -> list[str]:
    """The repositories that are stored as watched."""
    rows = StoredLists(tables_of(settings)).find_watched()
    return [row.repo for row in rows if row.is_watched]


def statuses(simulator: Simulator) -> list[int]:
    return [request.status for request in simulator.log]


def test_what_is_watched_is_stored_and_read_again_for_free(
    simulate: Simulate, resolved: Resolve, settings: Settings
) -> None:
    simulator = simulate(*SHAPES)
    first = resolved()
    assert first.has_changed
    assert first.errors == {}
    assert first.usage.charged == 2
    assert watched(settings) == ["x/y", "acme/a", "acme/b", "ada/notes"]
    again = resolved(hours=1)
    assert not again.has_changed
    assert again.resolution.rows == first.resolution.rows
    assert again.usage.charged == 0
    assert statuses(simulator) == [200, 200, 304, 304]


def test_what_comes_and_goes_is_noticed(
    simulate: Simulate, resolved: Resolve, settings: Settings
) -> None:
    simulator = simulate(*SHAPES)
    resolved()
    for kind, repo in (
        (MutationKind.CREATE, "ada/notes"),
        (MutationKind.MOVE_AWAY, "acme/a"),
        (MutationKind.RENAME, "acme/b"),
    ):
        mutate(simulator.world, Mutation(kind, 1, repo=repo), None, 0)
    later = resolved(hours=1)
    assert later.has_changed
    assert watched(settings) == ["x/y", "acme/b-2", "ada/notes", "ada/notes-2"]
    rows = StoredLists(tables_of(settings)).find_watched()
    told = {row.repo: (row.since, row.left_at, row.left_because) for row in rows}
    assert told["acme/b-2"] == (NOON, None, None)
    assert told["ada/notes-2"] == (NOON + HOUR, None, None)
    assert told["acme/a"] == (NOON, NOON + HOUR, "gone from org: acme")


def test_a_list_that_cannot_be_read_keeps_what_is_stored_and_tells_its_age(
    simulate: Simulate,
    resolved: Resolve,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    simulator = simulate(*SHAPES)
    resolved()
    before = watched(settings)
    find_repository(simulator, "ada/notes").object["archived"] = True
    simulator.inject(Fault(FaultKind.SERVER_ERROR, 1, 99, path="/orgs/"))
    later = resolved(hours=3)
    assert watched(settings) == [repo for repo in before if repo != "ada/notes"]
    assert [*later.errors] == [("org", "acme")]
    [failed] = [line for line in caplog.messages if line.startswith("w, line 1: GitHub answered")]
    assert failed == (
        "w, line 1: GitHub answered 500 for the organisation acme; try again later; it was last "
        "read at 2026-11-23 12:00 UTC; the 2 repositories that it has brought in before stay."
    )
    simulator.inject()
    assert resolved(hours=4).errors == {}
    assert statuses(simulator)[-2:] == [304, 304]


def test_an_api_that_is_down_empties_nothing(
    simulate: Simulate, resolved: Resolve, settings: Settings
) -> None:
    simulator = simulate(*SHAPES)
    resolved()
    before = watched(settings)
    simulator.inject(Fault(FaultKind.BAD_GATEWAY, 1, 999))
    later = resolved(hours=1)
    assert not later.has_changed
    assert len(later.errors) == 2
    assert watched(settings) == before


@pytest.mark.parametrize(
    ("faults", "error"),
    [((Fault(FaultKind.SERVER_ERROR, 1, 99),), TransientError), ((), WatchlistError)],
)
def test_it_is_an_error_if_nothing_is_watched(
    simulate: Simulate,
    resolved: Resolve,
    settings: Settings,
    faults: tuple[Fault, ...],
    error: type[Exception],
) -> None:
    simulate(Shape("acme/a", 0, 0, 0, is_archived=True), faults=faults)
    with pytest.raises(error, match=r"^w, line 1: "):
        resolved(parse_watchlist("repos: [{org: acme}]", "w"))
    assert watched(settings) == []


def test_a_list_that_brings_in_nothing_counts_as_read(
    simulate: Simulate, resolved: Resolve, settings: Settings
) -> None:
    simulator = simulate(*SHAPES)
    for hours in (0, 0.5):
        with pytest.raises(WatchlistError, match=r"brings in none .* \(2 without the topic x\)"):
            resolved(parse_watchlist("repos: [{org: acme, topics: [x]}]", "w"), hours, HOUR)
    assert len(simulator.log) == 1
    resolved(parse_watchlist("repos: [{org: acme}]", "w"), 0.9, HOUR)
    assert len(simulator.log) == 1
    assert watched(settings) == ["acme/a", "acme/b"]


def test_what_was_read_lately_is_not_read_again_but_filtered_anew(
    simulate: Simulate, resolved: Resolve, settings: Settings
) -> None:
    simulator = simulate(*SHAPES)
    resolved()
    narrow = parse_watchlist("repos: [{org: acme, exclude: [acme/a]}]", "w")
    resolved(narrow, hours=0.9, max_age=HOUR)
    assert len(simulator.log) == 2
    assert watched(settings) == ["acme/b"]
    resolved(narrow, hours=1, max_age=HOUR)
    assert len(simulator.log) == 3
    resolved(narrow, hours=0.5, max_age=HOUR)  # the clock was set back
    assert len(simulator.log) == 4


def test_the_app_alone_reads_its_installation(
    simulate: Simulate,
    resolved: Resolve,
    settings: Settings,
    private_key: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator = simulate(*SHAPES, access=Access(installed_on={7: "acme"}))
    watchlist = parse_watchlist("repos: [x/y, installation: true]", "w")
    refused = resolved(watchlist)
    assert watched(settings) == ["x/y"]
    assert refused.resolution.warnings == (
        "w, line 1: There is no GitHub App whose installation has repositories; set "
        "REPO_STATS_APP_ID and the settings beside it, or remove the entry; it was never read "
        "before; it brings in nothing.",
    )
    assert simulator.log == []
    key = tmp_path / "key.pem"
    key.write_text(private_key)
    monkeypatch.setenv("REPO_STATS_APP_ID", "1")
    monkeypatch.setenv("REPO_STATS_APP_INSTALLATION_ID", "7")
    monkeypatch.setenv("REPO_STATS_APP_PRIVATE_KEY_FILE", str(key))
    assert resolved(watchlist, hours=1).errors == {}
    assert watched(settings) == ["x/y", "acme/a", "acme/b"]


def test_lists_that_the_watchlist_no_longer_names_are_forgotten(
    simulate: Simulate, resolved: Resolve, settings: Settings
) -> None:
    simulate(*SHAPES)
    resolved()
    resolved(parse_watchlist("repos: [{org: acme}]", "w"), hours=1)
    stored = StoredLists(tables_of(settings))
    assert [*stored.find_lists()] == [("org", "acme")]
    assert {row.left_because for row in stored.find_watched() if not row.is_watched} == {
        "removed from the watchlist",
        "user: ada was removed from the watchlist",
    }
