"""What always holds of what is watched, whatever lists change and fail."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from repo_stats.config.errors import WatchlistError
from repo_stats.config.list_sources import ListSource
from repo_stats.config.watchlist import Watchlist
from repo_stats.github.listings import ListedRepository, Listing, ListingPage
from repo_stats.watching.filters import find_obstacle
from repo_stats.watching.resolving import WRITTEN_OUT, Lists, Resolution, resolve
from repo_stats.watching.watched_repository import WatchedRepository
from repo_stats_tests.helpers.oracle import examples

START = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

SOURCES = (ListSource("org", "Acme", "w, line 1"), ListSource("installation", "", "w, line 2"))

names = st.sampled_from(["Acme/a", "acme/B", "Acme/b", "x/c", "x/..d"])

repositories = st.builds(
    ListedRepository,
    names,
    st.integers(1, 5),
    is_archived=st.booleans(),
)

listings = st.builds(
    lambda rows, is_settled: Listing((ListingPage(tuple(rows), None, None, False),), is_settled),
    st.lists(
        repositories, max_size=4, unique_by=(lambda row: row.repo_id, lambda row: row.repo.lower())
    ),
    st.booleans(),
)

watchlists = st.builds(
    Watchlist,
    st.lists(st.sampled_from(["acme/a", "x/c", "x/e"]), max_size=2, unique=True).map(tuple),
    st.lists(st.sampled_from(["x/c", "acme/b"]), max_size=1).map(tuple),
    st.sampled_from([SOURCES, SOURCES[:1], SOURCES[1:]]),
)

numbers = st.dictionaries(st.sampled_from(["acme/a", "x/c"]), st.integers(1, 5), max_size=2)

changes = st.tuples(watchlists, st.tuples(*[listings | st.just("No.") | st.none()] * 2), numbers)


@examples
@given(st.lists(changes, min_size=1, max_size=4))
def test_whatever_happens_to_lists_no_repository_is_lost_or_watched_twice(
    steps: list[tuple[Watchlist, tuple[Listing | str | None, ...], dict[str, int]]],
) -> None:
    before: tuple[WatchedRepository, ...] = ()
    for hour, (watchlist, answers, ids) in enumerate(steps):
        keyed = zip((entry.key for entry in SOURCES), answers, strict=True)
        lists = {key: answer for key, answer in keyed if answer is not None}
        now = START + timedelta(hours=hour)
        try:
            resolution = resolve(watchlist, lists, before, now, ids)
        except WatchlistError:
            assert not watchlist.repos
            continue
        check_rows(before, resolution)
        check_entries(watchlist, lists, before, resolution)
        later = now + timedelta(hours=1)
        again = resolve(watchlist, lists, resolution.rows, later, ids)
        assert [replace(row, since=START) for row in again.rows] == [
            replace(row, since=START) for row in resolution.rows
        ]
        before = resolution.rows


def _identity(row: WatchedRepository) -> int | str:
    return row.repo.lower() if row.repo_id is None else row.repo_id


def check_rows(before: tuple[WatchedRepository, ...], resolution: Resolution) -> None:
    """Nothing is lost or doubled, and times stay."""
    rows, watched = resolution.rows, resolution.watched
    assert len({row.repo.lower() for row in watched}) == len(watched)
    listed = [row.repo_id for row in rows if row.source != WRITTEN_OUT]
    assert len(set(listed)) == len(listed)
    ids = {row.repo_id for row in rows if row.repo_id}
    assert {row.repo_id for row in before if row.repo_id} <= ids
    assert {(row.left_at is None) == (row.left_because is None) for row in rows} == {True}
    assert rows[: len(watched)] == watched
    for row in rows:
        past = [r for r in before if _identity(r) == _identity(row)]
        stayed = [r.since for r in past if r.is_watched and row.is_watched]
        assert row.since <= min(stayed, default=row.since)
        assert row in past or row.is_watched or any(r.is_watched for r in past)


def check_entries(
    watchlist: Watchlist,
    lists: Lists,
    before: tuple[WatchedRepository, ...],
    resolution: Resolution,
) -> None:
    """What is written out is watched, and what lists have; what is not known stays."""
    taken = {key for row in resolution.watched for key in (row.repo.lower(), row.repo_id)}
    written_out = [row.repo for row in resolution.watched if row.source == WRITTEN_OUT]
    assert written_out == list(watchlist.repos)
    for entry in watchlist.sources:
        answer = lists.get(entry.key, "It was not asked for.")
        rows = () if isinstance(answer, str) else answer.rows
        for row in rows:
            if find_obstacle(entry, row) is None:
                assert not taken.isdisjoint({row.repo.lower(), row.repo_id})
        if isinstance(answer, str) or not rows:
            kept = [row for row in before if row.is_watched and row.source == entry.written]
            assert all(not taken.isdisjoint({row.repo.lower(), row.repo_id}) for row in kept)
