"""What is watched when definitions are loaded, without a request."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from repo_stats.config.errors import WatchlistError
from repo_stats.config.settings import Settings, load_settings
from repo_stats.config.watchlist import parse_watchlist
from repo_stats.github.listings import ListedRepository, Listing, ListingPage
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.loading import add_listed, load_watched, require_listed
from repo_stats.watching.stored_lists import StoredList, StoredLists
from repo_stats.watching.watched_repository import WatchedRepository

EARLIER = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

LISTED = (
    ListedRepository("acme/a", 1, stars=50),
    ListedRepository("acme/b", 2, stars=5),
    ListedRepository("acme/c", 3, stars=50, is_archived=True),
)

WATCHED = (
    WatchedRepository("acme/a", 1, "org: acme", has_history=False, since=EARLIER),
    WatchedRepository("acme/b", 2, "org: acme", has_history=False, since=EARLIER),
    WatchedRepository("old/gone", 9, "watchlist", False, EARLIER, EARLIER, "removed"),
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", str(tmp_path / "warehouse"))
    return load_settings()


def store(settings: Settings) -> None:
    """Store the list of `acme`, and what it brought in."""
    stored = StoredLists(Tables(Files(settings.warehouse)))
    page = ListingPage(LISTED, None, None, has_next=False)
    stored.write_lists({("org", "acme"): StoredList(Listing((page,), True), EARLIER)})
    stored.update_watched(lambda _: WATCHED)


def watched_by(settings: Settings, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    loaded = add_listed(settings, parse_watchlist(text, "w"))
    return loaded.repos, loaded.history_repos


def test_what_lists_brought_in_is_watched_in_the_order_of_the_watchlist(settings: Settings) -> None:
    store(settings)
    assert watched_by(settings, "repos: [{org: acme}, x/y]") == (("x/y", "acme/a", "acme/b"), ())


@pytest.mark.parametrize(
    ("entry", "repos"),
    [
        ("{org: acme, min_stars: 10}", ("acme/a",)),
        ("{org: acme, exclude: [acme/a]}", ("acme/b",)),
        ("{org: acme, archived: true}", ("acme/a", "acme/b", "acme/c")),
        ("{org: ACME}", ("acme/a", "acme/b")),
        ("{org: other}", ()),
    ],
)
def test_a_changed_entry_counts_at_once(
    settings: Settings, entry: str, repos: tuple[str, ...]
) -> None:
    store(settings)
    assert watched_by(settings, f"repos: [{entry}]") == (repos, ())


def test_histories_are_those_of_marked_entries_and_names(settings: Settings) -> None:
    store(settings)
    assert watched_by(settings, "repos: [{org: acme, history: true}]")[1] == ("acme/a", "acme/b")
    written = "repos: [{org: acme}, {repo: acme/B, history: true}]"
    assert watched_by(settings, written) == (("acme/B", "acme/a"), ("acme/B",))


def test_a_watchlist_without_lists_needs_no_warehouse(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoredLists, "find_watched", lambda _: pytest.fail("read"))
    assert add_listed(settings, parse_watchlist("repos: [x/y]", "w")) is settings


def test_a_list_that_was_never_read_brings_in_nothing_and_loads_all_the_same(
    settings: Settings,
) -> None:
    assert watched_by(settings, "repos: [{org: acme}]") == ((), ())
    assert watched_by(settings, "repos: [{org: acme}, x/y]") == (("x/y",), ())
    with pytest.raises(WatchlistError, match=r"^w, line 1: The list of org: acme was not read"):
        require_listed(settings, parse_watchlist("repos: [{org: acme}]", "w"))


def test_the_settings_of_the_environment_have_all_that_is_watched(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(settings)
    (tmp_path / "watchlist.yaml").write_text("repos: [{org: acme}]")
    monkeypatch.setenv("REPO_STATS_HISTORY", "acme/b")
    loaded = load_watched()
    assert (loaded.repos, loaded.history_repos) == (("acme/a", "acme/b"), ("acme/b",))


def test_when_lists_were_read_is_known_without_them(settings: Settings) -> None:
    stored = StoredLists(Tables(Files(settings.warehouse)))
    assert stored.find_times() == {}
    pages = tuple(ListingPage((row,), None, None, has_next=True) for row in LISTED)
    later = EARLIER + timedelta(hours=1)
    stored.write_lists(
        {
            ("org", "acme"): StoredList(Listing(pages, True), EARLIER),
            ("user", "ada"): StoredList(Listing(pages[:1], True), later),
        }
    )
    assert stored.find_times() == {("org", "acme"): EARLIER, ("user", "ada"): later}
