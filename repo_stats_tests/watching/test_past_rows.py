"""What earlier rows mean for what is watched now: which one counts, and how they are ordered."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from repo_stats.config.list_sources import ListSource
from repo_stats.config.watchlist import Watchlist
from repo_stats.github.listings import ListedRepository, Listing, ListingPage
from repo_stats.watching.resolving import Lists, Resolution, resolve
from repo_stats.watching.watched_repository import WatchedRepository

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

DAY = timedelta(days=1)

ORG = ListSource("org", "acme", "w, line 2")


def row(
    name: str, number: int | None, days: int = 1, source: str = "org: acme"
) -> WatchedRepository:
    """A row that is watched for some days."""
    return WatchedRepository(f"acme/{name}", number, source, False, NOW - days * DAY)


def left(watched: WatchedRepository, days: int) -> WatchedRepository:
    """A row that has left some days ago."""
    return replace(watched, left_at=NOW - days * DAY, left_because="archived")


def resolved(
    watchlist: Watchlist, before: list[WatchedRepository], *rows: ListedRepository
) -> Resolution:
    lists = {ORG.key: Listing((ListingPage(rows, None, None, False),), True)}
    return resolve(watchlist, lists, before, NOW, {})


def test_what_has_left_is_in_the_order_of_leaving_and_then_by_name_in_any_case() -> None:
    before = [row("z", 1), left(row("late", 2), 1), row("Y", 3), left(row("early", 4), 2)]
    resolution = resolved(Watchlist((), (), (ORG,)), before, ListedRepository("acme/new", 5))
    names = [each.repo for each in resolution.rows]
    assert names == ["acme/new", "acme/early", "acme/late", "acme/Y", "acme/z"]


def test_a_name_is_that_of_the_repository_that_has_it_now_and_else_of_the_last_one() -> None:
    written = Watchlist(("acme/a",))
    former, present = left(row("a", 1, 9), 5), row("a", 2, 3, "watchlist")
    [first, *_] = resolved(written, [present, former]).rows
    assert (first.repo_id, first.since) == (2, NOW - 3 * DAY)
    [first, *_] = resolved(written, [left(row("a", 7, 9), 5), former]).rows
    assert (first.repo_id, first.since) == (1, NOW)


def test_a_repository_with_two_rows_is_watched_since_the_earlier_one() -> None:
    before = [row("a", None, 2, "watchlist"), row("old", 1, 6)]
    [watched] = resolved(Watchlist((), (), (ORG,)), before, ListedRepository("acme/a", 1)).watched
    assert watched.since == NOW - 6 * DAY


def test_why_a_repository_left_is_its_own_reason_and_not_that_of_another_one() -> None:
    entry = replace(ORG, min_stars=5)
    rows = (
        ListedRepository("acme/fork", 1, stars=9, is_fork=True),
        ListedRepository("acme/few", 2, stars=1),
        ListedRepository("acme/kept", 3, stars=9),
    )
    before = [row("few", 2), row("fork", 1), row("kept", 3)]
    resolution = resolved(Watchlist((), (), (entry,)), before, *rows)
    assert {each.repo: each.left_because for each in resolution.rows} == {
        "acme/kept": None,
        "acme/few": "below 5 stars",
        "acme/fork": "a fork",
    }


@pytest.mark.parametrize("is_read", [True, False])
def test_one_that_another_list_has_now_is_watched_by_its_new_name(is_read: bool) -> None:
    other = ListSource("user", "ada", "w, line 3")
    nothing = Listing((ListingPage((), None, None, False),), True)
    moved = Listing((ListingPage((ListedRepository("ada/a", 1),), None, None, False),), True)
    lists: Lists = {ORG.key: nothing if is_read else "It is down.", other.key: moved}
    rows = resolve(Watchlist((), (), (ORG, other)), lists, [row("a", 1)], NOW, {}).rows
    assert [(each.repo, each.source, each.since) for each in rows] == [
        ("ada/a", "user: ada", NOW - DAY)
    ]


def test_one_that_several_entries_of_an_owner_leave_out_has_all_their_reasons() -> None:
    entries = tuple(replace(ORG, topics=(topic,)) for topic in ("core", "web"))
    listed = (ListedRepository("acme/a", 1), ListedRepository("acme/b", 2, is_archived=True))
    watchlist = Watchlist(("x/y",), (), entries)
    _, *gone = resolved(watchlist, [row("a", 1), row("b", 2)], *listed).rows
    assert {each.repo: each.left_because for each in gone} == {
        "acme/a": "without the topic core and without the topic web",
        "acme/b": "archived",
    }
