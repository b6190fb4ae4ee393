"""What is watched: lists and repositories that are written out, and what was watched before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from repo_stats.config.errors import WatchlistError
from repo_stats.config.list_sources import ListSource
from repo_stats.config.watchlist import Watchlist
from repo_stats.github.listings import ListedRepository, Listing, ListingPage
from repo_stats.watching.resolving import Resolution, resolve
from repo_stats.watching.watched_repository import WatchedRepository

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

EARLIER = NOW - timedelta(days=1)

ORG = ListSource("org", "Acme", "w, line 2")

USER = ListSource("user", "ada", "w, line 3")

LISTED = Watchlist((), (), (ORG,))

A, B, C = (ListedRepository(f"Acme/{name}", number) for number, name in enumerate("abc", start=1))


def listing(*rows: ListedRepository, is_settled: bool = True) -> Listing:
    return Listing((ListingPage(rows, None, None, False),), is_settled)


def resolved(
    watchlist: Watchlist,
    *lists: Listing | str,
    before: Sequence[WatchedRepository] = (),
    known_ids: Mapping[str, int] | None = None,
) -> Resolution:
    """Resolve a watchlist whose sources have the lists, in order."""
    read = dict(zip((entry.key for entry in watchlist.sources), lists, strict=True))
    return resolve(watchlist, read, before, NOW, known_ids or {})


def watched(name: str, number: int | None, source: str = "org: Acme") -> WatchedRepository:
    """A row that is watched since the day before."""
    return WatchedRepository(f"Acme/{name}", number, source, False, EARLIER)


def summary(resolution: Resolution) -> list[tuple[str, int | None, str]]:
    return [(row.repo, row.repo_id, row.source) for row in resolution.watched]


def test_a_list_brings_in_its_repositories_by_name_in_githubs_spelling() -> None:
    resolution = resolved(LISTED, listing(C, A, replace(B, repo="acme/B")))
    assert summary(resolution) == [
        *(("Acme/a", 1, "org: Acme"), ("acme/B", 2, "org: Acme"), ("Acme/c", 3, "org: Acme")),
    ]
    assert {(row.since, row.has_history, row.left_at) for row in resolution.rows} == {
        (NOW, False, None)
    }
    assert resolution.warnings == ()


def test_written_out_ones_come_first_in_their_order_and_spelling() -> None:
    watchlist = Watchlist(("x/y", "ACME/B"), ("ACME/B",), (ORG,))
    resolution = resolved(watchlist, listing(A, B))
    assert summary(resolution) == [
        *(("x/y", None, "watchlist"), ("ACME/B", 2, "watchlist"), ("Acme/a", 1, "org: Acme")),
    ]
    assert [row.has_history for row in resolution.rows] == [False, True, False]


def test_a_repository_written_out_by_a_former_name_is_the_one_that_a_list_has() -> None:
    watchlist = Watchlist(("acme/old",), (), (ORG,))
    resolution = resolved(watchlist, listing(A), known_ids={"Acme/Old": 1})
    assert summary(resolution) == [("acme/old", 1, "watchlist")]


def test_the_first_entry_that_brings_a_repository_in_counts_for_it() -> None:
    narrow = replace(ORG, topics=("core",), history=True)
    everything = ListSource("installation", "", "w, line 4")
    core, both = replace(B, topics=("core",)), Watchlist((), (), (narrow, ORG, everything))
    lists = {ORG.key: listing(A, core), everything.key: listing(A, core, C)}
    resolution = resolve(both, lists, (), NOW, {})
    assert [(row.repo, row.source, row.has_history) for row in resolution.rows] == [
        ("Acme/b", "org: Acme", True),
        ("Acme/a", "org: Acme", False),
        ("Acme/c", "installation: true", False),
    ]


def test_history_may_be_marked_for_a_repository_that_only_a_list_has() -> None:
    watchlist = Watchlist((), ("acme/B",), (ORG,))
    resolution = resolved(watchlist, listing(A, B))
    assert [row.has_history for row in resolution.rows] == [False, True]


def test_a_rename_is_followed_and_keeps_its_time() -> None:
    before = (watched("a", 1), watched("b", 2))
    resolution = resolved(LISTED, listing(replace(A, repo="Acme/z"), B), before=before)
    assert resolution.rows == (before[1], replace(before[0], repo="Acme/z"))


def test_two_repositories_that_swap_their_names_are_followed() -> None:
    before = (watched("a", 1), watched("b", 2))
    swapped = listing(replace(A, repo="Acme/b"), replace(B, repo="Acme/a"))
    rows = resolved(LISTED, swapped, before=before).rows
    assert rows == (watched("a", 2), watched("b", 1))


@pytest.mark.parametrize(
    ("now_listed", "reason"),
    [
        ((A,), "gone from org: Acme"),
        ((A, replace(B, is_archived=True)), "archived"),
        ((A, replace(B, is_fork=True)), "a fork"),
        ((A, replace(B, repo="Acme/x..y")), "no table can have its name"),
        ((A, replace(B, repo_id=9)), "its name belongs to another repository now"),
    ],
)
def test_what_left_stays_as_a_row_that_says_when_and_why(
    now_listed: tuple[ListedRepository, ...], reason: str
) -> None:
    before = (watched("a", 1), watched("b", 2))
    resolution = resolved(LISTED, listing(*now_listed), before=before)
    assert resolution.rows[-1] == replace(before[1], left_at=NOW, left_because=reason)
    assert before[0] in resolution.watched


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (watched("b", 2, "watchlist"), "removed from the watchlist"),
        (watched("b", None, "watchlist"), "removed from the watchlist"),
        (watched("b", 2, "user: ada"), "user: ada was removed from the watchlist"),
    ],
)
def test_what_the_watchlist_has_no_longer_leaves(row: WatchedRepository, reason: str) -> None:
    resolution = resolved(LISTED, listing(A), before=(row,))
    assert resolution.rows[1:] == (replace(row, left_at=NOW, left_because=reason),)


def test_what_has_left_keeps_its_time_and_comes_back_as_of_now() -> None:
    gone = replace(watched("b", 2), left_at=EARLIER, left_because="archived")
    rows = resolved(LISTED, listing(A), before=(watched("a", 1), gone)).rows
    assert rows == (watched("a", 1), gone)
    back = resolved(LISTED, listing(A, B), before=rows).rows
    assert back == (watched("a", 1), replace(watched("b", 2), since=NOW))


def test_a_new_repository_under_the_name_of_one_that_left_is_another_one() -> None:
    gone = replace(watched("a", 1), left_at=EARLIER, left_because="gone from org: Acme")
    rows = resolved(LISTED, listing(replace(A, repo_id=9)), before=(gone,)).rows
    assert rows == (replace(watched("a", 9), since=NOW), gone)


def test_a_number_that_becomes_known_makes_no_second_row() -> None:
    watchlist = Watchlist(("Acme/a",), (), (ORG,))
    before = (watched("a", None, "watchlist"), watched("b", 2))
    rows = resolved(watchlist, listing(A, B), before=before).rows
    assert rows == (watched("a", 1, "watchlist"), watched("b", 2))
    forgotten = resolved(Watchlist(("Acme/a", "Acme/b")), before=rows).rows
    assert [row.repo_id for row in forgotten] == [1, 2]
    assert {row.since for row in forgotten} == {EARLIER}


@pytest.mark.parametrize(
    ("answer", "warning"),
    [
        (
            "GitHub answered 500 for it; try again later.",
            "w, line 2: GitHub answered 500 for it; try again later; the 2 repositories that it "
            "has brought in before stay.",
        ),
        (
            listing(),
            "w, line 2: GitHub lists no repository of 'org: Acme'; the 2 repositories that it has "
            "brought in before stay.",
        ),
        (
            listing(B, is_settled=False),
            "w, line 2: the list of 'org: Acme' changed each time that it was read, so the next "
            "reading may find more; what it has brought in before stays.",
        ),
    ],
)
def test_a_list_that_is_not_known_as_a_whole_lets_nothing_leave(
    answer: Listing | str, warning: str
) -> None:
    gone = replace(watched("c", 3), left_at=EARLIER, left_because="archived")
    before = (watched("a", 1), replace(watched("b", 2), has_history=True), gone)
    watchlist = Watchlist((), ("acme/b",), (ORG,))
    resolution = resolved(watchlist, answer, before=before)
    assert resolution.rows == before
    assert resolution.warnings == (warning,)


def test_one_list_that_cannot_be_read_hides_no_other() -> None:
    watchlist = Watchlist((), (), (ORG, USER))
    notes = ListedRepository("ada/notes", 8)
    resolution = resolved(watchlist, "No.", listing(notes), before=(watched("a", 1),))
    assert summary(resolution) == [("Acme/a", 1, "org: Acme"), ("ada/notes", 8, "user: ada")]
    assert resolution.warnings == (
        "w, line 2: No; the repository that it has brought in before stays.",
    )


def test_an_archived_one_leaves_also_if_the_list_is_not_settled() -> None:
    answer = listing(replace(A, is_archived=True), B, is_settled=False)
    rows = resolved(LISTED, answer, before=(watched("a", 1),)).rows
    assert [(row.repo, row.left_because) for row in rows] == [
        *(("Acme/b", None), ("Acme/a", "archived")),
    ]


def test_an_entry_that_brings_in_nothing_is_warned_of_if_something_else_is_watched() -> None:
    watchlist = Watchlist(("x/y",), (), (ORG,))
    answer = listing(replace(A, is_archived=True), replace(B, is_fork=True))
    assert resolved(watchlist, answer).warnings == (
        "w, line 2: 'org: Acme' brings in none of its repositories (1 archived, 1 a fork); change "
        "what it leaves out, or remove it.",
    )
    assert resolved(watchlist, listing()).warnings == (
        "w, line 2: GitHub lists no repository of 'org: Acme'; it brings in nothing.",
    )


@pytest.mark.parametrize("answer", [listing(), "No.", listing(replace(A, is_fork=True))])
def test_it_is_an_error_if_nothing_is_watched(answer: Listing | str) -> None:
    with pytest.raises(WatchlistError, match=r"^w, line 2: "):
        resolved(LISTED, answer)


def test_a_name_that_no_table_can_have_is_told_of() -> None:
    resolution = resolved(LISTED, listing(A, replace(B, repo="Acme/x..y")))
    assert summary(resolution) == [("Acme/a", 1, "org: Acme")]
    assert resolution.warnings == (
        "w, line 2: 'Acme/x..y' is left out, because no table can have its name.",
    )


def test_two_names_of_one_repository_that_are_written_out_are_both_watched() -> None:
    watchlist = Watchlist(("Acme/old", "Acme/a"), (), (ORG,))
    resolution = resolved(watchlist, listing(A, B), known_ids={"Acme/old": 1})
    assert summary(resolution) == [
        *(("Acme/old", 1, "watchlist"), ("Acme/a", 1, "watchlist"), ("Acme/b", 2, "org: Acme")),
    ]
    once = resolved(replace(watchlist, repos=("Acme/a",)), listing(A), before=resolution.rows)
    assert [row.repo for row in once.rows] == ["Acme/a", "Acme/b"]
