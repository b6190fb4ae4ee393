"""Which repositories `repo_activity` looks at, and what it takes from their pulses."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from repo_stats.defs.sensors.looks import (
    Looks,
    choose_looks,
    judge,
    refreshed_at,
    remember,
    store,
)
from repo_stats.defs.steps.repository_states import hash_row
from repo_stats.github.activity import ActivityState
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats_tests.defs.steps.known_rows import row_of
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.pulses import pulse_of
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.helpers.states import reading_of, state_of, voucher_of

AT = NOW.timestamp()

HOUR = timedelta(hours=1)


def seen(repo: str = "a/b", ago: float = 3600.0, **changes: Any) -> RepoState:
    """What is known of a repository that was looked at so many seconds ago."""
    moment = NOW - timedelta(seconds=ago)
    values = {"pulse": pulse_of(asked_at=moment), "read_at": moment, "seen_at": moment}
    return state_of(repo, **{**values, **changes})


def poll_of(**changes: Any) -> ActivityState:
    return replace(ActivityState("", None, None, 0.0), **changes)


@pytest.mark.parametrize(
    ("state", "known", "is_chosen"),
    [
        (None, None, False),
        (seen(pulse=None), None, False),
        (seen(ago=45.0), None, True),
        (seen(ago=44.0), None, False),
        (seen(ago=0.0), None, False),
        (seen(ago=-1.0), None, True),  # a clock was ahead
        (seen(seen_at=None), None, True),
        (seen(ago=44.0, read_at=NOW - HOUR), None, False),
        (seen(ago=44.0, seen_at=NOW - HOUR), None, False),
        (seen(), poll_of(polled_at=AT - 44.0), False),
        (seen(), poll_of(polled_at=AT - 46.0), True),
        (seen(), poll_of(changed_at=AT - 3600.0), False),
        (seen(), poll_of(changed_at=AT - 3601.0), True),
        (seen(), poll_of(rests_until=AT), True),
        (seen(), poll_of(rests_until=AT + 1.0), False),
    ],
)
def test_a_repository_is_looked_at_unless_that_was_just_done_or_tells_nothing_new(
    state: RepoState | None, known: ActivityState | None, is_chosen: bool
) -> None:
    states = {} if state is None else {"a/b": state}
    chosen = choose_looks(["a/b"], states, {} if known is None else {"a/b": known}, AT)
    assert chosen == ["a/b"] * is_chosen


def test_a_tick_looks_at_a_thousand_that_wait_longest() -> None:
    young, old = seen(ago=60.0), seen(ago=61.0)
    repos = [f"a/{number}" for number in range(1_001)]
    states = {**dict.fromkeys(repos, young), "a/1000": old}
    assert choose_looks(repos, states, {}, AT) == ["a/1000", *repos[:999]]


def test_a_list_was_last_read_after_the_pulse_that_vouches_for_it() -> None:
    voucher = voucher_of(pulse_of(asked_at=NOW - HOUR))
    assert refreshed_at(seen(ago=60.0, voucher=voucher)) == AT - 3600.0
    assert refreshed_at(seen(ago=60.0)) == AT - 60.0
    assert refreshed_at(seen(seen_at=None)) == 0.0


ROW = row_of("a/b")

LATER = pulse_of(asked_at=NOW + HOUR)

OTHER = pulse_of(asked_at=NOW + HOUR, open_issues=3)


def known(**changes: Any) -> RepoState:
    """What is known of a repository whose list is vouched for."""
    values = {"pulse": pulse_of(), "voucher": voucher_of(pulse_of()), "seen_at": NOW}
    return state_of("a/b", **{**values, "content_hash": hash_row(ROW), **changes})


def test_a_list_that_shows_no_change_is_known_to_be_as_it_is_stored() -> None:
    reading = reading_of(ROW, pulse=LATER)
    found = judge(known(), reading, API_URL)
    assert found is not None
    assert (found.seen_at, found.read_at, found.pulse) == (NOW + HOUR, NOW + HOUR, LATER)
    other = known(content_hash="another")
    assert judge(other, reading, API_URL) == replace(other, seen_at=NOW + HOUR)


def test_a_list_that_nothing_vouches_for_is_left_alone_until_its_pulse_changes() -> None:
    state = known(voucher=None)
    found = judge(state, reading_of(ROW, pulse=LATER), API_URL)
    assert found is not None
    assert (found.seen_at, found.read_at) == (NOW, NOW + HOUR)
    assert judge(state, reading_of(ROW, pulse=OTHER), API_URL) is None
    assert judge(known(pulse=None, voucher=None), reading_of(ROW, pulse=LATER), API_URL) is None


def test_a_list_shows_no_change_if_its_voucher_or_its_last_pulse_shows_the_same() -> None:
    reading = reading_of(ROW, pulse=LATER)
    assert judge(known(pulse=OTHER), reading, API_URL) is not None
    assert judge(known(pulse=None), reading, API_URL) is not None
    assert judge(known(voucher=voucher_of(OTHER)), reading, API_URL) is not None
    assert judge(known(pulse=OTHER, voucher=voucher_of(OTHER)), reading, API_URL) is None


def test_a_cursor_holds_what_changed_and_what_nothing_vouches_for() -> None:
    found = Looks(
        unchanged={"a/seen": seen(ago=45.0), "a/unseen": seen(ago=46.0)},
        changed=["b/new", "b/known"],
    )
    before = {
        "a/seen": poll_of(polled_at=1.0),
        "b/known": poll_of(newest="7 x", requests=2, changed_at=3.0, rests_until=9.0),
        "c/other": poll_of(polled_at=5.0),
    }
    assert remember(found, before, AT) == {
        "a/unseen": poll_of(polled_at=AT),
        "b/new": poll_of(polled_at=AT, changed_at=AT),
        "b/known": poll_of(newest="7 x", requests=2, polled_at=AT, changed_at=AT),
        "c/other": poll_of(polled_at=5.0),
    }


def test_only_what_became_known_is_stored_and_nothing_that_a_run_has_stored_meanwhile() -> None:
    stored: list[tuple[object, object]] = []
    index: Any = SimpleNamespace(update=lambda states, since: stored.append((states, since)))
    before: Any = {"a/b": known(), "c/d": known()}
    found = Looks(unchanged={"a/b": known(seen_at=NOW + HOUR), "c/d": known()})
    store(index, found, before)
    assert stored == [({"a/b": known(seen_at=NOW + HOUR)}, before)]
