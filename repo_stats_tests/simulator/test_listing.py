"""The issues list: pages, cursors, filters and orders."""

import base64
from datetime import datetime, timedelta

import pytest

from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import ISSUES, get, numbers


def walk(simulator: Simulator, url: str) -> list[list[int]]:
    """The item numbers on each page, along `next`."""
    pages = []
    while url:
        [response] = get(simulator, url)
        pages.append(numbers(response))
        url = response.links.get("next", {}).get("url", "")
    return pages


def test_there_is_never_a_last_page_and_only_next_and_prev(rocket: Simulate) -> None:
    [first, second, past] = get(
        rocket(), *(f"{ISSUES}?per_page=20&page={page}" for page in (1, 2, 9))
    )
    assert set(first.links) == {"next"}
    assert set(second.links) == {"next", "prev"}
    assert "/repositories/" in first.links["next"]["url"]
    assert "page=2" in first.links["next"]["url"]
    assert (past.status_code, past.json(), past.links) == (200, [], {})


@pytest.mark.parametrize(
    ("query", "sizes"),
    [
        ("", [20, 20, 5]),
        ("&sort=updated&direction=asc", [20, 20, 5]),
        ("&sort=comments&state=all", [20, 20, 20, 20, 5]),
    ],
)
def test_the_cursor_walks_the_whole_list_once(
    rocket: Simulate, query: str, sizes: list[int]
) -> None:
    simulator = rocket()
    pages = walk(simulator, f"{ISSUES}?per_page=20{query}")
    [whole] = get(simulator, f"{ISSUES}?per_page=100{query}")
    assert [number for page in pages for number in page] == numbers(whole)
    assert [len(page) for page in pages] == sizes


def test_the_way_back_leads_through_the_same_pages(rocket: Simulate) -> None:
    simulator = rocket()
    [first] = get(simulator, f"{ISSUES}?per_page=20")
    [second] = get(simulator, first.links["next"]["url"])
    [back] = get(simulator, second.links["prev"]["url"])
    assert numbers(back) == numbers(first)


def test_a_cursor_does_not_shift_when_items_before_it_leave(rocket: Simulate) -> None:
    simulator = rocket()
    [first] = get(simulator, f"{ISSUES}?per_page=20&direction=asc")
    [before] = get(simulator, first.links["next"]["url"])
    closed = numbers(first)[0]
    [repository] = simulator.world.repositories.values()
    next(i for i in repository.issues if i["number"] == closed)["state"] = "closed"
    [after] = get(simulator, first.links["next"]["url"])
    [shifted] = get(simulator, f"{ISSUES}?per_page=20&direction=asc&page=2")
    assert numbers(after) == numbers(before)
    assert numbers(shifted) != numbers(before)


def test_page_numbers_end_at_the_cap_and_cursors_do_not(rocket: Simulate) -> None:
    simulator = rocket(page_cap=20)
    refused, taken = get(simulator, f"{ISSUES}?per_page=10&page=3", f"{ISSUES}?per_page=10&page=2")
    assert refused.status_code == 422
    assert refused.json()["message"].startswith("Pagination with the page parameter is not")
    assert get(simulator, taken.links["next"]["url"])[0].status_code == 200


@pytest.mark.parametrize(
    ("query", "rows"),
    [("per_page=1000", 45), ("per_page=0", 30), ("per_page=x", 30), ("", 30), ("page=0", 30)],
)
def test_page_sizes_are_clamped(rocket: Simulate, query: str, rows: int) -> None:
    assert len(get(rocket(), f"{ISSUES}?{query}")[0].json()) == rows


def test_since_is_inclusive_and_the_epoch_finds_nothing(rocket: Simulate) -> None:
    simulator = rocket()
    [everything] = get(simulator, f"{ISSUES}?per_page=100&state=all&sort=updated")
    newest = everything.json()[0]["updated_at"]
    recent, none = get(
        simulator,
        f"{ISSUES}?state=all&since={newest}",
        f"{ISSUES}?state=all&since=1970-01-01T00:00:00Z",
    )
    assert [issue["updated_at"] for issue in recent.json()] == [newest]
    assert none.json() == []


def test_since_is_read_in_any_time_zone_in_whole_seconds_or_refused(rocket: Simulate) -> None:
    simulator = rocket()
    [everything] = get(simulator, f"{ISSUES}?per_page=100&state=all&sort=updated")
    newest = datetime.fromisoformat(everything.json()[0]["updated_at"].removesuffix("Z"))
    east = (newest + timedelta(hours=2)).isoformat()
    zoned, fraction, refused = get(
        simulator,
        f"{ISSUES}?state=all&since={east}%2B02:00",
        f"{ISSUES}?state=all&since={newest.isoformat()}.900000Z",
        f"{ISSUES}?since=yesterday",
    )
    assert numbers(zoned) == numbers(fraction) == numbers(everything)[:1]
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "since")


@pytest.mark.parametrize("sort", ["created", "updated", "comments"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_since_leaves_out_what_is_older_in_every_order(
    rocket: Simulate, sort: str, direction: str
) -> None:
    simulator = rocket()
    order = f"{ISSUES}?per_page=100&state=all&sort={sort}&direction={direction}"
    [whole] = get(simulator, order)
    since = sorted(issue["updated_at"] for issue in whole.json())[40]
    [recent] = get(simulator, f"{order}&since={since}")
    kept = [issue["number"] for issue in whole.json() if issue["updated_at"] >= since]
    assert numbers(recent) == kept
    pages = walk(simulator, f"{order.replace('=100', '=7')}&since={since}")
    assert [number for page in pages for number in page] == kept


def test_an_unknown_state_is_refused_and_an_unknown_sort_ignored(rocket: Simulate) -> None:
    bad_state, bad_sort, plain, *bad_cursors = get(
        rocket(),
        f"{ISSUES}?state=closd",
        f"{ISSUES}?sort=stars&state=all&direction=asc",
        ISSUES,
        f"{ISSUES}?after=nonsense",
        f"{ISSUES}?before={base64.urlsafe_b64encode(b'[1, 2]').decode()}",
    )
    assert [bad.status_code for bad in (bad_state, *bad_cursors)] == [422, 422, 422]
    assert bad_state.json()["errors"] == [
        {"resource": "Issue", "field": "state", "code": "invalid"}
    ]
    assert numbers(bad_sort) == numbers(plain)
