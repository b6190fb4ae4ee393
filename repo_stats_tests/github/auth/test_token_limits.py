"""The limits of tokens: how long a refused one rests, and what is believed of its quota then."""

from datetime import datetime, timezone

import pytest

from repo_stats.github.auth.credentials import Token, number_tokens
from repo_stats.github.auth.token_pool import TokenPool
from repo_stats.github.errors import RateLimitedError
from repo_stats.github.http.headers import Quota
from repo_stats_tests.helpers.fake_time import NOON

FIRST, SECOND = number_tokens(["one", "two"])


def quota(remaining: int, resets_in: float = 3600.0) -> Quota:
    return Quota(5000, remaining, datetime.fromtimestamp(NOON + resets_in, timezone.utc))


def limit(seconds: float) -> RateLimitedError:
    return RateLimitedError("Used up.", seconds=seconds, is_primary=True)


def rest_of(pool: TokenPool, now: float) -> float:
    """Seconds until a pool of one token may be used again."""
    reset = pool.next_reset(now)
    return 0.0 if reset is None else reset[1]


def test_refusals_in_a_row_keep_a_token_twice_as_long_each_time_and_those_at_once_do_not() -> None:
    pool, now = TokenPool([FIRST]), NOON
    rests = []
    for _ in range(3):
        for _ in range(5):  # of requests that were under way together
            pool.mark_exhausted(FIRST, limit(10.0), now)
        rests.append(rest_of(pool, now))
        now += rests[-1]
    assert rests == [10.0, 20.0, 40.0]
    pool.mark_working(FIRST, now)
    pool.mark_exhausted(FIRST, limit(10.0), now)
    assert rest_of(pool, now) == 10.0


def test_of_refusals_at_once_the_longest_counts_and_the_latest_is_told() -> None:
    pool = TokenPool([FIRST])
    long, short = limit(90.0), limit(5.0)
    for refusal in (limit(30.0), long, short):
        pool.mark_exhausted(FIRST, refusal, NOON)
    assert pool.next_reset(NOON) == (short, 90.0)


def test_a_wait_is_doubled_twenty_times_at_most() -> None:
    pool, now = TokenPool([FIRST]), NOON
    for _ in range(30):
        pool.mark_exhausted(FIRST, limit(1.0), now)
        now += rest_of(pool, now)
    pool.mark_exhausted(FIRST, limit(1.0), now)
    assert rest_of(pool, now) == 2.0**20


def test_after_its_limit_a_token_counts_as_full_whatever_was_left_before() -> None:
    pool = TokenPool([FIRST, SECOND])
    pool.record_quota(FIRST, quota(0))
    pool.record_quota(SECOND, quota(4000))
    pool.mark_exhausted(FIRST, limit(10.0), NOON)
    pool.clear_expired_limits(NOON + 9.0)
    assert pool.select(NOON + 9.0) == SECOND
    pool.clear_expired_limits(NOON + 10.0)
    assert pool.select(NOON + 10.0) == FIRST
    assert pool.quota == quota(4000)


def test_the_end_of_limits_leaves_the_quota_of_a_token_without_one() -> None:
    pool = TokenPool([FIRST])
    pool.record_quota(FIRST, quota(7))
    pool.clear_expired_limits(NOON)
    assert pool.quota == quota(7)


def test_a_limit_that_rounding_leaves_some_microseconds_of_is_over() -> None:
    pool = TokenPool([FIRST])
    pool.mark_exhausted(FIRST, limit(10.0), NOON)
    assert rest_of(pool, NOON + 9.9996) == 0.0
    assert rest_of(pool, NOON + 9.99) == 0.01


def test_of_tokens_that_were_refused_the_first_to_be_free_is_waited_for() -> None:
    pool = TokenPool([FIRST, SECOND])
    early, late = limit(10.0), limit(20.0)
    pool.mark_exhausted(FIRST, late, NOON)
    pool.mark_exhausted(SECOND, early, NOON)
    assert pool.next_reset(NOON) == (early, 10.0)
    assert pool.select(NOON) == SECOND
    assert pool.next_reset(NOON + 10.0) is None
    assert TokenPool().next_reset(NOON) is None


@pytest.mark.parametrize(("age", "lately"), [(0.0, True), (59.9, True), (60.0, False)])
def test_a_token_worked_lately_if_that_was_within_the_last_minute(age: float, lately: bool) -> None:
    pool = TokenPool([FIRST, SECOND])
    pool.mark_working(FIRST, NOON)
    assert pool.worked_lately(FIRST, NOON + age) is lately
    assert not pool.worked_lately(SECOND, NOON + age)
    assert not pool.worked_lately(Token("other"), NOON + age)
    earlier = TokenPool([FIRST], worked_at=NOON)
    assert earlier.worked_lately(FIRST, NOON + age) is lately


def test_another_token_of_the_same_name_has_yet_to_work() -> None:
    old, new = Token("old", "the App"), Token("new", "the App")
    pool = TokenPool([old])
    pool.mark_working(old, NOON)
    pool.put(old)
    assert pool.worked_lately(old, NOON)
    pool.put(new)
    assert not pool.worked_lately(new, NOON)


def test_what_a_response_says_of_a_token_that_is_gone_counts_for_no_other() -> None:
    old, new = Token("old", "the App"), Token("new", "the App")
    pool = TokenPool([new])
    pool.record_quota(old, quota(1))
    pool.mark_exhausted(old, limit(10.0), NOON)
    pool.mark_working(old, NOON)
    assert (pool.quota, pool.next_reset(NOON)) == (None, None)
    assert not pool.worked_lately(new, NOON)


def test_a_response_without_a_quota_leaves_what_is_known() -> None:
    pool = TokenPool([FIRST])
    pool.record_quota(FIRST, quota(7))
    pool.record_quota(FIRST, None)
    assert pool.quota == quota(7)


def test_a_quota_counts_until_its_reset_and_not_from_then_on() -> None:
    pool = TokenPool([FIRST, SECOND])
    pool.record_quota(FIRST, quota(1, 10.0))
    pool.record_quota(SECOND, quota(2))
    assert pool.select(NOON + 9.0) == SECOND
    assert pool.select(NOON + 10.0) == FIRST
    pool.record_quota(SECOND, quota(0))
    assert pool.select(NOON, SECOND.id) == FIRST


def test_several_quotas_are_one_sum() -> None:
    pool = TokenPool([FIRST, SECOND])
    pool.record_quota(FIRST, quota(1, 20.0))
    pool.record_quota(SECOND, Quota(60, 2, quota(0, 10.0).resets_at))
    assert pool.quota == Quota(5060, 3, quota(0, 10.0).resets_at)


def test_a_pool_without_tokens_is_empty_unless_requests_may_be_anonymous() -> None:
    assert TokenPool().is_empty
    anonymous = TokenPool(is_anonymous=True)
    assert anonymous.select(NOON) is None
    assert [anonymous.is_empty, anonymous.remove(None), anonymous.is_empty] == [False, True, True]
    pool = TokenPool([FIRST])
    assert not pool.remove(None)
    assert not pool.is_empty
