"""Pulses: read from answers, and compared."""

from datetime import timedelta
from typing import Any

import pytest

from repo_stats.github.fields import FieldError
from repo_stats.github.graphql.pulse import NewestItem, read_pulse
from repo_stats_tests.helpers.pulses import LONG_AGO, node_of, pulse_of
from repo_stats_tests.helpers.rows import NOW

LATER = NOW + timedelta(seconds=1)

ITEM = {"number": 4, "updatedAt": "2026-11-22T12:00:00Z", "state": "CLOSED"}


def newest(*nodes: Any) -> dict[str, Any]:
    return {"totalCount": len(nodes), "nodes": list(nodes)}


def test_a_pulse_tells_how_many_are_open_and_which_item_was_updated_last() -> None:
    node = node_of(newestPullRequest=newest({**ITEM, "state": "MERGED"}))
    assert read_pulse(node, NOW, LATER) == pulse_of(
        pull_requests=1, newest_pull_request=NewestItem(4, LONG_AGO, is_open=False)
    )


def test_a_repository_without_items_has_no_newest_one() -> None:
    pulse = read_pulse(node_of(newestIssue=newest(), newestPullRequest=newest()), NOW, LATER)
    assert pulse.newest == []
    assert (pulse.newest_issue, pulse.issues) == (None, 0)
    assert [item.number for item in pulse_of().newest] == [9, 8]


@pytest.mark.parametrize(
    ("updated_at", "is_alone"),
    [
        ("2026-11-22T11:59:59Z", True),
        ("2026-11-22T12:00:00Z", False),
        ("2026-11-22T12:00:01Z", False),
    ],
)
def test_the_newest_item_is_alone_if_the_next_one_is_older(updated_at: str, is_alone: bool) -> None:
    node = node_of(newestIssue=newest(ITEM, {**ITEM, "number": 5, "updatedAt": updated_at}))
    found = read_pulse(node, NOW, LATER).newest_issue
    assert found == NewestItem(4, LONG_AGO, is_open=False, is_alone=is_alone)


@pytest.mark.parametrize(
    "changes",
    [
        {"databaseId": None},
        {"databaseId": 0},
        {"openIssues": None},
        {"openIssues": {}},
        {"openPullRequests": {"totalCount": -1}},
        {"openPullRequests": 3},
        {"newestIssue": {"totalCount": 1}},
        {"newestIssue": {"nodes": [ITEM]}},
        {"newestIssue": newest(ITEM, ITEM, ITEM)},
        {"newestIssue": newest(ITEM, None)},
        {"newestIssue": newest(None)},
        {"newestIssue": newest({**ITEM, "number": 0})},
        {"newestIssue": newest({**ITEM, "updatedAt": "yesterday"})},
        {"newestPullRequest": newest({**ITEM, "state": "LOST"})},
        {"newestPullRequest": {"totalCount": None, "nodes": []}},
    ],
    ids=str,
)
def test_an_answer_with_impossible_values_is_no_pulse(changes: dict[str, Any]) -> None:
    with pytest.raises(FieldError):
        read_pulse(node_of(**changes), NOW, LATER)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"openIssues": None}, "'openIssues' is no object"),
        ({"newestIssue": {"totalCount": 1}}, "'newestIssue' is not one item and the next"),
        ({"newestIssue": newest(None)}, "'newestIssue' has no object"),
    ],
)
def test_what_is_no_pulse_is_told_with_the_reason(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(FieldError) as raised:
        read_pulse(node_of(**changes), NOW, LATER)
    assert str(raised.value) == problem


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        ({}, True),
        ({"asked_at": LATER, "served_at": LATER + timedelta(hours=1)}, True),
        ({"repo_id": 2}, False),
        ({"open_issues": 3}, False),
        ({"open_pull_requests": 2}, False),
        ({"issues": 8}, False),
        ({"pull_requests": 2}, False),
        ({"newest_issue": None}, False),
        ({"newest_issue": NewestItem(9, LONG_AGO, is_open=False)}, False),
        ({"newest_issue": NewestItem(9, LONG_AGO, is_open=True, is_alone=False)}, False),
        ({"newest_pull_request": NewestItem(8, NOW, is_open=False)}, False),
    ],
)
def test_pulses_show_the_same_if_they_differ_in_their_times_alone(
    changes: dict[str, Any], is_same: bool
) -> None:
    assert pulse_of().shows_the_same(pulse_of(**changes)) is is_same
