"""The selection of a token: by what is left, by the ETag's owner, and by limits."""

import random
from datetime import datetime, timezone

import pytest

from repo_stats.github.auth.credentials import Token, number_tokens
from repo_stats.github.auth.token_pool import TokenPool
from repo_stats.github.errors import RateLimitedError
from repo_stats.github.http.headers import Quota
from repo_stats_tests.helpers.fake_time import NOON

FIRST, SECOND, THIRD = number_tokens(["one", "two", "three"])


def quota(remaining: int, resets_in: float = 3600.0) -> Quota:
    resets_at = datetime.fromtimestamp(NOON + resets_in, timezone.utc)
    return Quota(limit=5000, remaining=remaining, resets_at=resets_at)


def limit(seconds: float) -> RateLimitedError:
    return RateLimitedError("Used up.", seconds=seconds, is_primary=True)


def test_a_fingerprint_is_short_and_tells_nothing_of_the_token() -> None:
    assert Token("abc").id == "ba7816bf8f01"
    assert "abc" not in repr(Token("abc"))


def test_the_token_with_most_left_is_selected_and_an_unknown_quota_counts_as_full() -> None:
    pool = TokenPool([FIRST, SECOND, THIRD])
    assert pool.select(NOON) == FIRST
    pool.record_quota(FIRST, quota(4999))
    assert pool.select(NOON) == SECOND
    pool.record_quota(SECOND, quota(10))
    pool.record_quota(THIRD, quota(20))
    assert pool.select(NOON) == FIRST


def test_the_owner_of_an_etag_is_selected_as_long_as_it_has_quota() -> None:
    pool = TokenPool([FIRST, SECOND])
    pool.record_quota(SECOND, quota(1))
    assert pool.select(NOON, SECOND.id) == SECOND
    pool.record_quota(SECOND, quota(0))
    assert pool.select(NOON, SECOND.id) == FIRST
    assert pool.select(NOON + 3600, SECOND.id) == SECOND
    assert pool.select(NOON, "unknown") == FIRST


def test_only_when_every_token_is_limited_there_is_something_to_wait_for() -> None:
    pool = TokenPool([FIRST, SECOND])
    late, early = limit(90), limit(30)
    pool.mark_exhausted(FIRST, late, NOON)
    assert pool.next_reset(NOON) is None
    assert pool.select(NOON, FIRST.id) == SECOND
    pool.mark_exhausted(SECOND, early, NOON + 0.5)
    assert pool.next_reset(NOON + 0.5) == (early, 30.0)
    pool.clear_expired_limits(NOON + 30.5)
    assert pool.select(NOON + 1) == SECOND
    assert pool.next_reset(NOON + 30.5) is None


def test_a_token_whose_limit_is_lifted_is_used_again_at_once() -> None:
    pool = TokenPool([FIRST, SECOND])
    pool.mark_exhausted(FIRST, limit(30), NOON)
    pool.mark_exhausted(SECOND, limit(60), NOON)
    pool.lift_limit(SECOND)
    assert pool.next_reset(NOON) is None
    assert pool.select(NOON) == SECOND


def test_a_token_that_was_not_refused_goes_before_one_that_was_also_with_nothing_left() -> None:
    pool = TokenPool([FIRST, SECOND])
    pool.record_quota(FIRST, quota(0))
    pool.record_quota(SECOND, quota(0))
    pool.mark_exhausted(FIRST, limit(30), NOON)
    assert pool.select(NOON) == SECOND
    pool.mark_exhausted(SECOND, limit(60), NOON)
    assert pool.select(NOON) == FIRST


def test_a_removed_token_is_never_selected_again_and_removed_once() -> None:
    pool = TokenPool([FIRST, SECOND])
    assert pool.remove(FIRST)
    assert not pool.remove(FIRST)
    assert pool.select(NOON, FIRST.id) == SECOND
    assert pool.remove(SECOND)
    assert pool.is_empty


def test_a_renewed_token_keeps_its_quota_and_is_not_removed_with_the_old_one() -> None:
    old, new = Token("old", "the App"), Token("new", "the App")
    pool = TokenPool([old])
    pool.record_quota(old, quota(7))
    pool.put(new)
    assert not pool.remove(old)
    assert pool.select(NOON) == new
    assert pool.quota == quota(7)


def test_quotas_add_up_until_the_first_reset() -> None:
    pool = TokenPool([FIRST, SECOND, THIRD])
    assert pool.quota is None
    pool.record_quota(FIRST, quota(10, 60))
    pool.record_quota(SECOND, quota(20, 30))
    assert pool.quota == Quota(10_000, 30, quota(0, 30).resets_at)


def test_without_tokens_requests_are_anonymous_and_have_a_quota_too() -> None:
    pool = TokenPool(is_anonymous=True)
    assert pool.select(NOON, "owner") is None
    limited = limit(5)
    pool.mark_exhausted(None, limited, NOON)
    assert pool.next_reset(NOON) == (limited, 5.0)


@pytest.mark.parametrize("seed", range(10))
def test_a_token_with_quota_is_selected_whatever_the_responses_say(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    tokens = number_tokens(["a", "b", "c", "d"])
    pool = TokenPool(tokens)
    left = dict.fromkeys(tokens, 50)
    for _ in range(sum(left.values())):
        owner = rng.choice([None, *(token.id for token in tokens)])
        selected = pool.select(NOON, owner)
        assert selected is not None
        assert left[selected] > 0
        left[selected] -= 1
        pool.record_quota(selected, quota(left[selected]))
    assert set(left.values()) == {0}
