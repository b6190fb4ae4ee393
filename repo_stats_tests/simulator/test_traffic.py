"""The simulated traffic: 14 days with cut ends, the same each time, and only for those who may."""

from datetime import datetime, timezone
from typing import Any

import pytest

from repo_stats.simulator.accounts import Access
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import URL, get, post

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc).timestamp()

VIEWS, CLONES = f"{URL}/traffic/views?per=day", f"{URL}/traffic/clones?per=day"

REFERRERS, PATHS = f"{URL}/traffic/popular/referrers", f"{URL}/traffic/popular/paths"


def as_somebody(token: str = "tok") -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_views_and_clones_are_those_of_fourteen_days_and_the_ends_are_cut(
    rocket: Simulate,
) -> None:
    simulator = rocket(clock=lambda: NOON)
    bodies = [response.json() for response in get(simulator, VIEWS, CLONES, **as_somebody())]
    simulator.clock = lambda: NOON + 86_400.0
    later = [response.json() for response in get(simulator, VIEWS, CLONES, **as_somebody())]
    for kind, body, after in zip(("views", "clones"), bodies, later, strict=True):
        days = {day["timestamp"][:10]: day["count"] for day in body[kind]}
        assert set(days) <= {f"2026-11-{day}" for day in range(10, 24)}
        assert body["count"] == sum(days.values())
        assert body["uniques"] <= body["count"]
        assert 10 <= len(days) <= 14
        following = {day["timestamp"][:10]: day["count"] for day in after[kind]}
        inner = {f"2026-11-{day}" for day in range(12, 23)}
        assert {d: c for d, c in days.items() if d in inner} == {
            d: c for d, c in following.items() if d in inner
        }
        assert following["2026-11-23"] > days["2026-11-23"], "it was still running"
        assert following.get("2026-11-11", 0) < days["2026-11-11"], "it is cut off now"


def test_sites_and_pages_are_ten_at_most_the_largest_first(rocket: Simulate) -> None:
    simulator = rocket(clock=lambda: NOON)
    for response, keys in zip(
        get(simulator, REFERRERS, PATHS, **as_somebody()),
        ({"referrer", "count", "uniques"}, {"path", "title", "count", "uniques"}),
        strict=True,
    ):
        rows: list[dict[str, Any]] = response.json()
        assert 5 <= len(rows) <= 10
        assert {frozenset(row) for row in rows} == {frozenset(keys)}
        counts = [row["count"] for row in rows]
        assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("ghp_x", "Must have push access to repository"),
        ("github_pat_x", "Resource not accessible by personal access token"),
    ],
)
def test_without_the_permission_the_answer_is_githubs_refusal(
    rocket: Simulate, token: str, message: str
) -> None:
    simulator = rocket(access=Access(traffic=frozenset({"tok", 7})))
    [refused, allowed] = [get(simulator, VIEWS, **as_somebody(each))[0] for each in (token, "tok")]
    assert (refused.status_code, refused.json()["message"]) == (403, message)
    assert allowed.status_code == 200
    assert get(simulator, VIEWS)[0].status_code == 401


@pytest.mark.parametrize(("installation", "status"), [(7, 200), (8, 403)])
def test_an_installation_needs_the_permission_too(
    rocket: Simulate, installation: int, status: int
) -> None:
    simulator = rocket(access=Access(traffic=frozenset({7})))
    path = f"/app/installations/{installation}/access_tokens"
    token = post(simulator, path, "Bearer a.b.c").json()["token"]
    [response] = get(simulator, VIEWS, **as_somebody(token))
    assert response.status_code == status
    told = response.json().get("message")
    assert told == (None if status == 200 else "Resource not accessible by integration")


def test_a_renamed_repository_redirects_with_the_whole_path(rocket: Simulate) -> None:
    simulator = rocket()
    simulator.world.rename("acme/rocket", "acme/ship")
    [number] = simulator.world.repositories
    parts = ("/traffic/popular/paths", "/releases?per_page=5", "/releases/7/assets", "/issues", "")
    moved = get(simulator, *(f"{URL}{part}" for part in parts), **as_somebody())
    assert [response.headers["location"].partition(str(number))[2] for response in moved] == [
        *parts
    ]
    assert (
        get(simulator, f"/api/v3/repositories/{number}/traffic/views", **as_somebody())[
            0
        ].status_code
        == 200
    )
