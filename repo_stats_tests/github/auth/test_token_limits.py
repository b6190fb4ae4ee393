"""A token that GitHub refused: for how long it is left out, and when it counts as full again."""

from datetime import datetime, timezone

import pytest

from repo_stats.github.auth.credentials import Token, number_tokens
from repo_stats.github.auth.token_pool import LATELY, TokenPool
from repo_stats.github.errors import RateLimitedError
from repo_stats.github.http.headers import Quota
from repo_stats_tests.helpers.fake_time import NOON

FIRST, SECOND = number_tokens(["one", "two"])


def quota(remaining: int, resets_in: float = 3600.0) -> Quota:
    return Quota(5000, remaining, datetime.fromtimestamp(NOON + resets_in, timezone.utc))


def limit(seconds: float) -> RateLimitedError:
    return RateLimitedError("Used up.", seconds=seconds, is_primary=True)


def left(pool: TokenPool, at: float) -> float:
    """Seconds until the first limit is over; 0 if a token may be used."""
    reset = pool.next_reset(NOON + at)
    return 0.0 if reset is None else reset[1]


def test_refusals_in_a_row_keep_a_token_longer_each_time() -> None:
    pool = TokenPool([FIRST])
    pool.mark_exhausted(FIRST, limit(10), NOON)
    assert [left(pool, at) for at in (0, 4, 9.9996, 10)] == [10.0, 6.0, 0.0, 0.0]
    pool.mark_exhausted(FIRST, limit(10), NOON + 10)
    assert left(pool, 10) == 20.0
    pool.mark_exhausted(FIRST, limit(10), NOON + 30)
    assert left(pool, 30) == 40.0


def test_of_refusals_at_once_only_the_first_counts_and_the_latest_end_holds() -> None:
    pool = TokenPool([FIRST])
    for seconds in (10, 10, 25, 5):
        pool.mark_exhausted(FIRST, limit(seconds), NOON)
    assert left(pool, 0) == 25.0
    pool.mark_exhausted(FIRST, limit(10), NOON + 25)
    assert left(pool, 25) == 20.0


def test_a_token_that_worked_is_refused_anew_for_as_long_as_github_says() -> None:
    pool = TokenPool([FIRST])
    pool.mark_exhausted(FIRST, limit(10), NOON)
    pool.mark_working(FIRST, NOON + 10)
    pool.mark_exhausted(FIRST, limit(10), NOON + 10)
    assert left(pool, 10) == 10.0


def test_a_wait_is_doubled_twenty_times_at_most() -> None:
    pool = TokenPool([FIRST])
    at = 0.0
    for _ in range(23):
        pool.mark_exhausted(FIRST, limit(1), NOON + at)
        waits = left(pool, at)
        at += waits
    assert waits == 2.0**20


def test_the_first_of_all_limits_to_end_is_waited_for() -> None:
    pool = TokenPool([FIRST, SECOND])
    early, late = limit(10), limit(20)
    pool.mark_exhausted(FIRST, late, NOON)
    assert pool.next_reset(NOON) is None
    pool.mark_exhausted(SECOND, early, NOON)
    assert pool.next_reset(NOON + 4) == (early, 6.0)
    assert pool.next_reset(NOON + 10) is None
    assert TokenPool().next_reset(NOON) is None


def test_after_its_limit_a_token_counts_as_full_and_not_before() -> None:
    pool = TokenPool([FIRST, SECOND])
    pool.record_quota(FIRST, quota(0))
    pool.record_quota(SECOND, quota(0))
    pool.mark_exhausted(FIRST, limit(10), NOON)
    pool.clear_expired_limits(NOON + 9)
    assert pool.quota == Quota(10_000, 0, quota(0).resets_at)
    pool.clear_expired_limits(NOON + 10)
    assert pool.quota == quota(0)
    assert pool.select(NOON + 10) == FIRST


def test_a_quota_counts_as_full_from_its_reset_on() -> None:
    pool = TokenPool([FIRST, SECOND])
    pool.record_quota(FIRST, quota(3, 30))
    pool.record_quota(SECOND, quota(4, 40))
    assert [pool.select(NOON + at) for at in (29.9, 30, 40)] == [SECOND, FIRST, FIRST]


def test_a_refused_owner_of_an_etag_is_not_preferred_although_its_quota_says_more() -> None:
    pool = TokenPool([FIRST, SECOND])
    pool.record_quota(SECOND, quota(9))
    pool.mark_exhausted(SECOND, limit(10), NOON)
    assert [pool.select(NOON + at, SECOND.id) for at in (0, 9.5, 10)] == [FIRST, FIRST, SECOND]


@pytest.mark.parametrize(("seconds", "is_lately"), [(0, True), (LATELY - 1, True), (60, False)])
def test_a_token_worked_lately_within_a_minute(seconds: float, is_lately: bool) -> None:
    pool = TokenPool([FIRST, SECOND])
    pool.mark_working(FIRST, NOON)
    assert pool.worked_lately(FIRST, NOON + seconds) is is_lately
    assert not pool.worked_lately(SECOND, NOON + seconds)
    assert not pool.worked_lately(Token("other"), NOON)
    earlier = TokenPool([FIRST], worked_at=NOON)
    assert earlier.worked_lately(FIRST, NOON + seconds) is is_lately


def test_a_token_that_replaces_another_has_not_worked_yet_and_the_same_one_has() -> None:
    old, new = Token("old", "the App"), Token("new", "the App")
    pool = TokenPool([old])
    pool.mark_working(old, NOON)
    pool.put(old)
    assert pool.worked_lately(old, NOON)
    pool.put(new)
    assert not pool.worked_lately(new, NOON)
    pool.put(FIRST)
    assert pool.select(NOON, FIRST.id) == FIRST
    assert not pool.worked_lately(FIRST, NOON)


def test_what_is_said_of_a_token_that_is_gone_or_of_none_changes_nothing() -> None:
    pool = TokenPool([FIRST])
    for token in (SECOND, None):
        pool.record_quota(token, quota(1))
        pool.mark_exhausted(token, limit(10), NOON)
        pool.mark_working(token, NOON)
    pool.record_quota(FIRST, None)
    assert (pool.quota, pool.next_reset(NOON)) == (None, None)
    pool.record_quota(FIRST, quota(4))
    pool.record_quota(FIRST, None)
    assert pool.quota == quota(4)
    assert not pool.worked_lately(FIRST, NOON)


def test_anonymous_requests_are_sent_only_where_they_are_allowed() -> None:
    assert TokenPool().is_empty
    assert not TokenPool(is_anonymous=True).is_empty
    both = TokenPool([FIRST], is_anonymous=True)
    both.record_quota(None, quota(5))
    assert both.select(NOON) == FIRST
    assert both.remove(None)
    assert both.select(NOON) == FIRST
