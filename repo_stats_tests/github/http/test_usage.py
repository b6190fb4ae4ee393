"""The costs of requests: how they add up, and how they become JSON."""

from datetime import datetime, timezone

import pytest

from repo_stats.github.http.headers import Quota
from repo_stats.github.http.usage import Usage

RESET = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def test_usages_add_up_and_the_smallest_quota_counts() -> None:
    few, many = Quota(60, 7, RESET), Quota(60, 8, RESET)
    first = Usage(waited=1.0, paced=3.0, sent=[5.0, 6.0], quota=many)
    second = Usage(waited=2.0, paced=4.0, sent=[7.0], quota=few)
    first.count(200, has_token=True)
    second.count(200, has_token=True)
    second.count(304, has_token=True)
    total = Usage.total([first, second, Usage(quota=many), Usage()])
    assert (total.requests, total.charged, total.status_counts) == (3, 2, {"200": 2, "304": 1})
    assert (total.waited, total.paced, total.sent) == (3.0, 7.0, [5.0, 6.0, 7.0])
    assert total.quota == few
    assert Usage.total([]) == Usage()


@pytest.mark.parametrize(
    ("status", "with_token", "without"),
    [
        (0, 0, 0),
        (200, 1, 1),
        (301, 1, 1),
        (304, 0, 1),
        (401, 0, 0),
        (403, 0, 0),
        (404, 1, 1),
        (410, 1, 1),
        (422, 1, 1),
        (429, 0, 0),
        (499, 1, 1),
        (500, 0, 0),
        (502, 0, 0),
    ],
)
def test_refusals_and_failures_are_free_and_unchanged_answers_with_a_token(
    status: int, with_token: int, without: int
) -> None:
    for has_token, charged in ((True, with_token), (False, without)):
        usage = Usage()
        usage.count(status, has_token=has_token)
        assert (usage.requests, usage.charged) == (1, charged)


def test_costs_are_given_as_json_takes_them() -> None:
    first, second = Usage(paced=1.5), Usage(paced=2.0)
    for status in (500, 200, 0, 200):
        first.count(status, has_token=True)
    for _ in range(2):
        second.count_free(201)
    total = Usage.total([first, second])
    assert total.paced == 3.5
    assert total.charged == 2
    assert list(total.status_counts.items()) == [("0", 1), ("200", 2), ("201", 2), ("500", 1)]
