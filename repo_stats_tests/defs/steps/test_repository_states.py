"""What is known of a repository after it was read, and how it is asked for the next time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from repo_stats.defs.steps.repository_states import (
    Before,
    hash_row,
    needs_full,
    row_of_reading,
    state_of_row,
    to_ask,
)
from repo_stats.github.graphql.reader import KnownRepository
from repo_stats.github.issues.vouching import Voucher
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.schemas import REPO_METADATA
from repo_stats.warehouse.states.repo_state import ListSummary, RepoState, StoredFile
from repo_stats_tests.helpers.pulses import pulse_of
from repo_stats_tests.helpers.rows import NOW, metadata
from repo_stats_tests.helpers.states import reading_of, state_of, voucher_of

LATER = NOW + timedelta(hours=1)

KNOWN = state_of(
    "a/b",
    node_id="R_1",
    subscribers=7,
    subscribers_at=NOW,
    voucher=voucher_of(pulse_of()),
    pulse=pulse_of(),
    items=ListSummary(3, is_exact=True),
    seen_at=NOW,
    recorded_at=NOW,
    files={"open_issues": StoredFile("1", "s")},
)


def row_of(**changes: Any) -> Any:
    """A row of `repo_metadata`."""
    [row] = to_arrow(REPO_METADATA, metadata("a/b", **{"raw": "{}", **changes})).to_pylist()
    return row


@pytest.mark.parametrize(
    "changes", [{"validated_at": LATER}, {"etag": "e"}, {"raw": "{1}"}, {"api": "graphql"}]
)
def test_when_and_how_a_row_was_read_is_no_part_of_what_it_tells(changes: dict[str, Any]) -> None:
    assert hash_row(row_of(**changes)) == hash_row(row_of())


@pytest.mark.parametrize(
    "changes",
    [{"stars": 6}, {"description": "new"}, {"is_archived": True}, {"created_at": NOW}],
)
def test_whatever_else_changes_in_a_row_shows_in_its_hash(changes: dict[str, Any]) -> None:
    assert hash_row(row_of(**changes)) != hash_row(row_of())


@pytest.mark.parametrize(
    ("state", "since", "full"),
    [
        (None, timedelta(), True),
        (replace(KNOWN, subscribers_at=None), timedelta(), True),
        (KNOWN, timedelta(), False),
        (KNOWN, timedelta(hours=23), False),
        (KNOWN, timedelta(hours=24), True),
        (KNOWN, timedelta(seconds=-1), True),
    ],
)
def test_subscribers_are_asked_for_once_a_day(
    state: RepoState | None, since: timedelta, full: bool
) -> None:
    assert needs_full(Before(1, NOW, state), NOW + since) is full
    assert needs_full(None, NOW)


def test_a_state_tells_what_is_known_before_a_repository_is_read() -> None:
    assert Before.by_state(KNOWN) == Before(KNOWN.repo_id, KNOWN.read_at, KNOWN)


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        (None, KnownRepository("a/b")),
        (Before(1, NOW), KnownRepository("a/b", 1)),
        (Before(1, NOW, KNOWN), KnownRepository("a/b", 1, "R_1")),
    ],
)
def test_a_repository_is_asked_for_by_its_id_if_that_is_known(
    before: Before | None, asked: KnownRepository
) -> None:
    assert to_ask("a/b", before) == asked


@pytest.mark.parametrize(
    ("told", "state", "subscribers"),
    [
        (None, KNOWN, 7),
        (9, KNOWN, 9),
        (None, replace(KNOWN, repo_id=2), None),
        (None, None, None),
    ],
)
def test_a_pulse_makes_a_row_that_keeps_the_subscribers_of_the_same_repository(
    told: int | None, state: RepoState | None, subscribers: int | None
) -> None:
    reading = reading_of(row_of(subscribers=told, etag="e"), pulse=pulse_of(asked_at=LATER))
    row = row_of_reading("A/b", reading, Before(1, NOW, state), "http://api")
    assert row["subscribers"] == subscribers
    assert (row["repo"], row["url"]) == ("A/b", "http://api/repos/A/b")
    assert (row["etag"], row["validated_at"]) == (None, LATER)
    assert row_of_reading("a/b", reading, None, "http://api")["subscribers"] == told


@pytest.mark.parametrize(
    ("pulse", "voucher", "vouches", "seen_at"),
    [
        (pulse_of(asked_at=LATER), KNOWN.voucher, True, LATER),
        (pulse_of(asked_at=LATER), KNOWN.voucher, False, NOW),
        (pulse_of(asked_at=LATER), None, True, NOW),
        (pulse_of(asked_at=LATER, open_issues=9), KNOWN.voucher, True, NOW),
    ],
)
def test_a_list_is_seen_at_the_pulse_that_proves_it_unchanged(
    pulse: Any, voucher: Voucher | None, vouches: bool, seen_at: datetime
) -> None:
    same = pulse_of()
    pulse = replace(
        pulse, newest_issue=same.newest_issue, newest_pull_request=same.newest_pull_request
    )
    row = row_of(validated_at=LATER, open_issues_count=3)
    before = replace(KNOWN, voucher=voucher)
    state = state_of_row(row, before, reading_of(row, pulse=pulse), vouches=vouches)
    assert state == replace(
        before,
        url=row["url"],
        read_at=LATER,
        counter=3,
        content_hash=hash_row(row),
        subscribers=None,
        pulse=pulse,
        seen_at=seen_at,
    )


@pytest.mark.parametrize(("told", "at"), [(9, LATER), (None, NOW)])
def test_subscribers_are_known_since_a_pulse_told_them(told: int | None, at: datetime) -> None:
    row = row_of(validated_at=LATER, subscribers=told)
    state = state_of_row(row, KNOWN, reading_of(row), vouches=False)
    assert (state.subscribers, state.subscribers_at) == (told, at)


def test_what_the_rest_api_told_has_no_pulse_and_all_numbers() -> None:
    row = row_of(validated_at=LATER, subscribers=4, raw='{"node_id": "R_9"}')
    state = state_of_row(row, KNOWN, None, vouches=True)
    assert (state.pulse, state.node_id, state.seen_at) == (None, "R_9", NOW)
    assert (state.subscribers, state.subscribers_at, state.read_at) == (4, LATER, LATER)
    for raw in ("{}", '{"node_id": ""}', '{"node_id": 3}'):
        assert state_of_row(row_of(raw=raw), KNOWN, None, vouches=True).node_id is None


@pytest.mark.parametrize("is_limited", [True, False])
def test_whether_the_server_has_limits_is_known_since_it_was_asked_last(is_limited: bool) -> None:
    before = replace(KNOWN, is_limited=not is_limited)
    state = state_of_row(row_of(raw="{}"), before, None, vouches=True, is_limited=is_limited)
    assert state.is_limited is is_limited


def test_of_another_repository_under_the_same_name_nothing_is_known() -> None:
    row = row_of(repo_id=2)
    state = state_of_row(row, KNOWN, reading_of(row), vouches=True)
    assert (state.repo_id, state.seen_at, state.voucher, state.items) == (2, None, None, None)
    assert (state.files, state.recorded_at) == ({}, None)
    assert (state.repo, state.url, state.counter) == ("a/b", row["url"], row["open_issues_count"])
    assert state == state_of_row(row, None, reading_of(row), vouches=True)
