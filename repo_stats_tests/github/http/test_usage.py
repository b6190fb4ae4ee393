"""The costs of requests: how they add up, and how they become JSON."""

import pytest

from repo_stats.github.http.headers import Quota
from repo_stats.github.http.usage import Usage
from repo_stats_tests.helpers.pages import NOW


def test_usages_add_up_and_the_smallest_quota_counts() -> None:
    first, second = Usage(), Usage()
    first.count(200, has_token=True)
    second.count(304, has_token=True)
    second.waited = 2.0
    total = Usage.total([first, second])
    assert (total.requests, total.charged, total.waited, total.quota) == (2, 1, 2.0, None)


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


@pytest.mark.parametrize(
    ("status", "has_token", "charged"),
    [
        (200, True, 1),
        (200, False, 1),
        (301, True, 1),
        (304, True, 0),
        (304, False, 1),
        (404, True, 1),
        (499, True, 1),
        (0, True, 0),
        (401, True, 0),
        (403, True, 0),
        (429, False, 0),
        (500, True, 0),
        (502, False, 0),
    ],
)
def test_refusals_failures_and_unchanged_responses_to_a_token_are_free(
    status: int, has_token: bool, charged: int
) -> None:
    usage = Usage()
    usage.count(status, has_token=has_token)
    assert (usage.charged, usage.status_counts) == (charged, {str(status): 1})


def test_what_steps_sent_adds_up_and_the_quota_with_the_fewest_requests_left_counts() -> None:
    quotas = [None, Quota(5_000, 70, NOW), Quota(60, 40, NOW), Quota(5_000, 50, NOW)]
    usages = [Usage(sent=[place], waited=1.5, quota=quota) for place, quota in enumerate(quotas)]
    total = Usage.total(usages)
    assert total.quota is quotas[2]
    assert (total.sent, total.waited, total.requests) == ([0, 1, 2, 3], 6.0, 0)
    assert Usage.total([]) == Usage()
