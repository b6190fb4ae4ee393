"""When a pulse stands for a list: each condition of the proof, by itself."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from repo_stats.github.graphql.pulse import NewestItem
from repo_stats.github.issues.vouching import (
    ScanSummary,
    Voucher,
    is_unchanged,
    vouch,
)
from repo_stats_tests.helpers.pulses import LONG_AGO, pulse_of
from repo_stats_tests.helpers.rows import NOW

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)

SETTLED, LAG = timedelta(seconds=10), timedelta(hours=1)
"""The times that the documentation tells."""

JUST_NOW = NOW - MINUTE

OPENED, CLOSED = (NewestItem(9, JUST_NOW, is_open=is_open) for is_open in (True, False))
"""An item that was updated a minute ago."""


def scan_of(**changes: Any) -> ScanSummary:
    """A scan that agrees with a pulse of `pulse_of`."""
    values: dict[str, Any] = {
        "began_at": NOW + MINUTE,
        "is_exact": True,
        "open_issues": 2,
        "open_pull_requests": 1,
        "updates": {},
    }
    return ScanSummary(**{**values, **changes})


def voucher_of(more: int = 0, since: datetime = NOW, **changes: Any) -> Voucher:
    return Voucher(pulse_of(**changes), more, 0, since, is_valid=True)


def test_a_pulse_stands_for_an_exact_list_that_agrees_with_it() -> None:
    assert vouch(pulse_of(), scan_of(), None) == Voucher(pulse_of(), 0, 0, NOW + MINUTE, True)


def test_a_pulse_stands_for_no_list_that_is_not_exact() -> None:
    assert not vouch(pulse_of(), scan_of(is_exact=False), None).is_valid


@pytest.mark.parametrize(("after", "is_valid"), [(-SECOND, False), (0 * SECOND, True)])
def test_a_pulse_stands_for_no_list_that_was_read_before_it(
    after: timedelta, is_valid: bool
) -> None:
    assert vouch(pulse_of(), scan_of(began_at=NOW + after), None).is_valid is is_valid


@pytest.mark.parametrize("name", ["newest_issue", "newest_pull_request"])
@pytest.mark.parametrize(("age", "is_valid"), [(SETTLED, True), (SETTLED - SECOND, False)])
def test_a_pulse_stands_for_a_list_only_if_its_newest_update_has_settled(
    name: str, age: timedelta, is_valid: bool
) -> None:
    item = NewestItem(9, NOW - age, is_open=True)
    pulse = pulse_of(served_at=NOW, **{name: item})
    scan = scan_of(updates={9: item.updated_at, 8: NOW})
    assert vouch(pulse, scan, None).is_valid is is_valid


@pytest.mark.parametrize(
    ("item", "found", "is_valid"),
    [
        (OPENED, JUST_NOW, True),
        (OPENED, JUST_NOW + SECOND, True),
        (OPENED, JUST_NOW - SECOND, False),
        (OPENED, None, False),
        (CLOSED, None, True),
        (CLOSED, JUST_NOW + SECOND, True),
        (CLOSED, JUST_NOW, False),
        (CLOSED, JUST_NOW - SECOND, False),
        (replace(OPENED, is_alone=False), JUST_NOW, False),
        (replace(CLOSED, is_alone=False), None, False),
        (None, None, True),
    ],
)
@pytest.mark.parametrize("name", ["newest_issue", "newest_pull_request"])
def test_a_list_has_to_have_the_newest_items_if_they_are_open_and_not_if_they_are_closed(
    name: str, item: NewestItem | None, found: datetime | None, is_valid: bool
) -> None:
    scan = scan_of(updates={} if found is None else {9: found})
    assert vouch(pulse_of(**{name: item}), scan, None).is_valid is is_valid


@pytest.mark.parametrize(
    ("before", "is_valid"), [(LAG, True), (LAG - SECOND, False), (LAG + SECOND, True)]
)
def test_an_update_that_every_machine_knows_is_not_looked_for(
    before: timedelta, is_valid: bool
) -> None:
    item = NewestItem(9, NOW + MINUTE - before, is_open=True, is_alone=False)
    assert vouch(pulse_of(newest_issue=item), scan_of(), None).is_valid is is_valid


@pytest.mark.parametrize(
    ("name", "more"),
    [("open_issues", (1, 0)), ("open_pull_requests", (0, 2))],
)
@pytest.mark.parametrize(
    ("earlier", "is_valid"),
    [(None, False), (LAG, True), (LAG - SECOND, False), (-SECOND, False)],
)
def test_a_list_has_as_many_items_as_the_pulse_counts_or_has_differed_by_as_many_for_an_hour(
    name: str, more: tuple[int, int], earlier: timedelta | None, is_valid: bool
) -> None:
    since = None if earlier is None else NOW + MINUTE - earlier
    before = None if since is None else Voucher(pulse_of(), *more, since, is_valid=False)
    voucher = vouch(pulse_of(), scan_of(**{name: 3}), before)
    assert (voucher.difference, voucher.is_valid) == (more, is_valid)
    assert voucher.differs_since == min(since or NOW + MINUTE, NOW + MINUTE)


@pytest.mark.parametrize("other", [(1, 1), (0, 0), (-1, 0), (2, 0), (0, 1)])
def test_a_difference_of_another_size_is_a_new_one(other: tuple[int, int]) -> None:
    before = Voucher(pulse_of(), *other, LONG_AGO, is_valid=True)
    voucher = vouch(pulse_of(), scan_of(open_issues=3), before)
    assert (voucher.differs_since, voucher.is_valid) == (NOW + MINUTE, False)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"asked_at": NOW + LAG}, True),
        ({"asked_at": NOW - SECOND}, False),
        ({"repo_id": 2}, False),
        ({"open_issues": 3}, False),
        ({"open_pull_requests": 0}, False),
        ({"issues": 8}, False),
        ({"pull_requests": 2}, False),
        ({"newest_issue": None}, False),
        ({"newest_pull_request": OPENED}, False),
    ],
)
def test_a_list_is_unchanged_if_a_later_pulse_shows_the_same(
    changes: dict[str, Any], expected: bool
) -> None:
    assert is_unchanged(voucher_of(), pulse_of(**changes)) is expected


def test_no_list_is_unchanged_without_a_pulse_that_stands_for_it() -> None:
    assert not is_unchanged(None, pulse_of())
    invalid = Voucher(pulse_of(), 0, 0, NOW, is_valid=False)
    assert not is_unchanged(invalid, pulse_of())
