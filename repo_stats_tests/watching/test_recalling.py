"""What is watched as far as it is known without a request."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from repo_stats.config.list_sources import ListSource
from repo_stats.config.watchlist import Watchlist
from repo_stats.watching.recalling import recall
from repo_stats.watching.resolving import WatchedRepository

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

EARLIER = NOW - timedelta(days=1)

ORG = ListSource("org", "acme", "w, line 2")

USER = ListSource("user", "ada", "w, line 3")

A = WatchedRepository("acme/a", 1, "org: acme", has_history=False, since=EARLIER)

NOTES = replace(A, repo="ada/notes", repo_id=2, source="user: ada", has_history=True)

GONE = replace(A, repo="acme/gone", repo_id=3, left_at=EARLIER, left_because="archived")

WRITTEN = replace(A, repo="x/y", repo_id=4, source="watchlist")


def test_what_lists_brought_in_last_is_watched_without_a_request() -> None:
    watchlist = Watchlist(("x/y",), (), (ORG, USER))
    assert recall(watchlist, (WRITTEN, A, NOTES, GONE), NOW) == (WRITTEN, A, NOTES)


def test_a_change_of_the_watchlist_counts_at_once() -> None:
    watchlist = Watchlist(("x/new", "acme/a"), ("acme/a", "ada/notes"), (USER,))
    assert recall(watchlist, (WRITTEN, A, NOTES, GONE), NOW) == (
        WatchedRepository("x/new", None, "watchlist", has_history=False, since=NOW),
        replace(A, source="watchlist", has_history=True),
        NOTES,
    )


def test_what_was_never_resolved_is_what_is_written_out() -> None:
    assert recall(Watchlist((), (), (ORG,)), (), NOW) == ()
    [written] = recall(Watchlist(("x/y",), (), (ORG,)), (), NOW)
    assert (written.repo, written.since) == ("x/y", NOW)


def test_of_two_stored_rows_with_one_name_the_first_entry_keeps_its_own() -> None:
    taken = replace(NOTES, repo="acme/A")
    watchlist = Watchlist((), (), (USER, ORG))
    assert recall(watchlist, (A, taken), NOW) == (taken,)
