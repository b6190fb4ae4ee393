"""Rate limits: quotas, secondary limits, and the clock that they go by."""

from email.utils import parsedate_to_datetime
from itertools import count

from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.limits import LimitRules, Limits
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import ISSUES, URL, get


def test_the_quota_is_counted_shown_and_enforced(rocket: Simulate) -> None:
    simulator = rocket(rules=LimitRules(anonymous=2, authorized=3))
    first, second, third = get(simulator, URL, URL, URL)
    remaining = [r.headers["x-ratelimit-remaining"] for r in (first, second, third)]
    assert remaining == ["1", "0", "0"]
    assert (third.status_code, third.json()["message"]) == (403, "API rate limit exceeded.")
    [other] = get(simulator, URL, authorization="token abc")
    assert other.headers["x-ratelimit-remaining"] == "2"
    used = simulator.limits.quota(None).used
    [overview] = get(simulator, "/rate_limit")
    assert simulator.limits.quota(None).used == used
    assert not simulator.log[-1].charged
    assert overview.json()["resources"]["core"]["remaining"] == 0


def test_the_quota_is_full_again_after_its_hour() -> None:
    now = 1000.0
    limits = Limits(LimitRules(anonymous=1), clock=lambda: now)
    limits.quota(None).used = 1
    assert limits.quota(None).remaining == 0
    now += 3600
    assert limits.quota(None).remaining == 1


def test_everything_goes_by_the_clock_of_the_simulator(rocket: Simulate) -> None:
    ticks = count(1_000)
    simulator = rocket(
        clock=lambda: float(next(ticks)), faults=[Fault(FaultKind.EXHAUSTED, 2)], latency=1e-9
    )
    good, exhausted = get(simulator, URL, URL)
    first, second = simulator.log
    assert 1_000 <= first.at < first.answered_at < second.at < second.answered_at
    assert parsedate_to_datetime(good.headers["date"]).timestamp() == first.answered_at
    assert int(good.headers["x-ratelimit-reset"]) < 5_000
    assert int(exhausted.headers["x-ratelimit-reset"]) == second.answered_at + 1


def test_too_many_requests_a_minute_exceed_the_secondary_limit(rocket: Simulate) -> None:
    simulator = rocket(rules=LimitRules(per_minute=2))
    *_, third = get(simulator, URL, URL, URL)
    assert third.status_code == 403
    assert "secondary rate limit" in third.json()["message"]


def test_enterprise_server_has_its_own_path_and_no_limits(rocket: Simulate) -> None:
    simulator = rocket(rules=LimitRules(enabled=False))
    listed, limit = get(simulator, f"/api/v3{ISSUES}", "/api/v3/rate_limit")
    assert listed.links["next"]["url"].startswith("http://github/api/v3/repositories/")
    assert not [name for name in listed.headers if name.startswith("x-ratelimit")]
    assert (limit.status_code, limit.json()["message"]) == (404, "Rate limiting is not enabled.")


def test_limits_say_how_long_to_wait_only_where_githubs_do(rocket: Simulate) -> None:
    simulator = rocket(
        faults=[
            Fault(FaultKind.EXHAUSTED, 1),
            Fault(FaultKind.SECONDARY, 2),
            Fault(FaultKind.RETRY_AFTER, 3),
        ]
    )
    exhausted, secondary, retry_after = get(simulator, URL, URL, URL)
    assert exhausted.headers["x-ratelimit-remaining"] == "0"
    assert not [name for name in secondary.headers if "ratelimit" in name or name == "retry-after"]
    assert retry_after.headers["retry-after"] == "1"
