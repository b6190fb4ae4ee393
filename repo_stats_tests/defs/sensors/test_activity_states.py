"""What `repo_activity` knows between ticks: which changes still count, and what a cursor holds."""

from dataclasses import replace

import pandas as pd
import pytest

from repo_stats.defs.sensors.activity_states import (
    choose_due,
    choose_order,
    forget_future,
    read_cursor,
    settle,
    with_request,
    write_cursor,
)
from repo_stats.defs.sensors.new_repositories import read_attempts
from repo_stats.github.activity import ActivityState


def test_a_refresh_that_the_sensor_did_not_request_settles_a_change() -> None:
    state = ActivityState("7 2026-09-01T12:00:00Z", "e", "t", 1000.0, changed_at=990.0)
    known = {"a/b": state}
    assert settle(known, known, {"a/b": 995.0})["a/b"].changed_at is None
    assert settle(known, known, {"a/b": 985.0})["a/b"].changed_at == 990.0


def test_a_change_at_the_moment_of_a_refresh_counts_and_so_does_a_refresh_that_is_due_now() -> None:
    state = ActivityState("7 2026-09-01T12:00:00Z", "e", "t", 1000.0, changed_at=990.0)
    known = {"a/b": replace(state, requested_at=990.0, requests=2)}
    settled = settle(known, known, {"a/b": 990.0})
    assert settled == {"a/b": replace(state, requested_at=990.0, requests=0)}
    assert choose_due(settled, {"a/b": 990.0}, [], 990.0 + 600, 600) == ["a/b"]
    assert choose_due(settled, {"a/b": 990.0}, [], 990.0 + 599, 600) == []
    resting = {"a/b": replace(state, rests_until=1000.0)}
    assert choose_order(resting, resting, 1000.0) == ["a/b"]
    assert choose_order(resting, resting, 999.0) == []


def test_at_the_first_poll_only_what_is_newer_than_the_last_refresh_counts() -> None:
    polled = {"a/b": ActivityState("7 2026-09-01T12:00:00Z", "e", "t", 1e10, changed_at=1e10)}
    updated_at = pd.Timestamp("2026-09-01T12:00:00Z").timestamp()
    assert settle(polled, {}, {"a/b": updated_at + 1})["a/b"].changed_at is None
    within = settle(polled, {}, {"a/b": updated_at + 0.5})["a/b"]
    assert within.changed_at == 1e10, "it may have been updated after the refresh"
    assert settle(polled, {}, {"a/b": updated_at - 1})["a/b"].changed_at == 1e10
    empty = {"a/b": ActivityState("", "e", "t", 1e10, changed_at=1e10)}
    assert settle(empty, {}, {})["a/b"].changed_at is None


def test_times_from_the_future_hold_back_no_poll_and_no_refresh() -> None:
    now, ahead = 1e9, 2e9
    state = ActivityState(
        *("7 2026-09-01T12:00:00Z", "e", "t", ahead),
        changed_at=ahead,
        requested_at=ahead,
        requests=3,
        rests_until=ahead,
    )
    right = replace(state, polled_at=now - 60, changed_at=None, requested_at=0, rests_until=0)
    known = forget_future({"a/right": right, "a/ahead": state}, now)
    assert known["a/right"] == right
    assert choose_order(known, known, now) == ["a/ahead", "a/right"]
    settled = settle(known, known, {})
    assert choose_due(settled, {}, [], now, 600) == ["a/ahead"]
    assert settle(settled, settled, {"a/ahead": now + 1})["a/ahead"].changed_at is None
    resting = replace(right, rests_until=now + 3600)
    assert forget_future({"a/right": resting}, now)["a/right"] == resting


def test_only_times_from_the_future_are_forgotten() -> None:
    now, ahead = 1e9, 2e9
    wrong = ActivityState("7 x", "e", "t", ahead, ahead, ahead, 3, ahead)
    right = ActivityState("7 x", "e", "t", now - 3, now - 2, now - 1, 3, now + 9)
    assert forget_future({"a/wrong": wrong, "a/right": right}, now) == {
        "a/wrong": ActivityState("7 x", "e", "t", 0.0, now, 0.0, 3, 0.0),
        "a/right": right,
    }


def test_what_is_new_is_polled_first_and_then_what_waits_longest() -> None:
    known = {f"a/{n}": ActivityState("", None, None, 10.0 - n) for n in range(3)}
    repos = ["a/0", "a/1", "b/new", "a/2", "c/new"]
    assert choose_order(repos, known, 99.0) == ["b/new", "c/new", "a/2", "a/1", "a/0"]


def test_requests_count_until_a_refresh_has_read_the_change() -> None:
    state = ActivityState("7 x", "e", "t", 0.0, changed_at=50.0, requested_at=60.0, requests=3)
    known = {"a/b": state}
    kept = [(40.0, 50.0, 3), (50.0, 50.0, 3), (55.0, None, 0), (60.0, None, 0), (70.0, None, 0)]
    for read_at, changed_at, requests in kept:
        settled = settle(known, known, {"a/b": read_at})["a/b"]
        assert (settled.changed_at, settled.requests) == (changed_at, requests), read_at
    early = {"a/b": replace(state, requested_at=45.0)}
    assert settle(early, early, {"a/b": 45.0})["a/b"].requests == 0
    assert settle(early, early, {"a/b": 44.0})["a/b"].requests == 3


def test_a_refresh_is_due_so_long_after_the_last_request_and_the_last_refresh() -> None:
    states = {"a/b": ActivityState("7 x", "e", "t", 0.0, changed_at=1.0, requested_at=100.0)}
    for refreshed, now, due in (
        *((50.0, 700.0, True), (50.0, 699.0, False)),
        *((200.0, 800.0, True), (200.0, 799.0, False)),
    ):
        assert bool(choose_due(states, {"a/b": refreshed}, [], now, 600)) is due, (refreshed, now)
    assert choose_due(states, {}, ["a/b"], 9999.0, 600) == []
    tried = {"a/b": with_request(with_request(states["a/b"], 200.0), 300.0)}
    assert tried == {"a/b": replace(states["a/b"], requested_at=300.0, requests=2)}
    assert choose_due(tried, {}, [], 300.0 + 239, 0) == []
    assert choose_due(tried, {}, [], 300.0 + 240, 0) == ["a/b"]


@pytest.mark.parametrize(
    "cursor",
    [
        *(None, "", "no json", "[]", '{"a/b": [1]}', '{"a/b": 3}', '{"a/b": {"newest": ""}}'),
        '{"a/b": ["7", "e", "t", "x", null, 0.0, 0, 0.0]}',
        '{"a/b": ["7", "e", "t", 1.0, null, 0.0]}',
    ],
)
def test_a_cursor_that_is_damaged_counts_as_none(cursor: str | None) -> None:
    assert read_cursor(cursor) == {}
    assert read_attempts(cursor) == {}


def test_a_cursor_holds_every_state_in_a_short_list() -> None:
    etag = 'W/"' + "0" * 64 + '"'
    states = {
        f"organisation/repository-{n}": ActivityState(
            f"{n} 2026-09-01T12:00:00Z", etag, "t" * 12, 1.7e9
        )
        for n in range(500)
    }
    cursor = write_cursor(states)
    assert read_cursor(cursor) == states
    assert len(cursor) < 120_000
    one = write_cursor({"a/b": ActivityState("7 x", None, "t", 1.5)})
    assert one == '{"a/b":["7 x",null,"t",1.5,null,0.0,0,0.0]}'
