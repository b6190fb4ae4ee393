"""The costs of requests: how they add up, and how they become JSON."""

from repo_stats.github.http.usage import Usage


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
    second.count_free(201)
    total = Usage.total([first, second])
    assert total.paced == 3.5
    assert total.charged == 2
    assert list(total.status_counts.items()) == [("0", 1), ("200", 2), ("201", 1), ("500", 1)]
