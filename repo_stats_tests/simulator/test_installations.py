"""Tokens that the simulated GitHub creates for the installations of an app."""

import pytest

from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import URL, get, post

ROCKET = Shape("acme/rocket", 45, 5)


@pytest.mark.parametrize("base", ["", "/api/v3"])
def test_an_app_gets_a_new_token_each_time_which_expires_after_an_hour(
    simulate: Simulate, base: str
) -> None:
    now = 1_000_000.5
    simulator = simulate(ROCKET, clock=lambda: now, tokens=frozenset({"mine"}))
    url = f"{base}/app/installations/7/access_tokens"
    first, second = [post(simulator, url, "Bearer head.claims.sign") for _ in range(2)]
    assert (first.status_code, first.json()["expires_at"]) == (201, "1970-01-12T14:46:40Z")
    assert (first.json()["repository_selection"], "permissions" in first.json()) == ("all", True)
    tokens = [response.json()["token"] for response in (first, second)]
    assert all(token.startswith("ghs_") for token in tokens)
    assert tokens[0] != tokens[1]
    assert not any(request.charged for request in simulator.log)
    for token in tokens:
        assert get(simulator, URL, authorization=f"Bearer {token}")[0].status_code == 200
    assert simulator.limits.quota("installation 7").used == 2
    now += 3600
    [refused] = get(simulator, URL, authorization=f"Bearer {tokens[0]}")
    assert (refused.status_code, refused.json()["message"]) == (401, "Bad credentials")
    assert get(simulator, URL, authorization="Bearer mine")[0].status_code == 200


@pytest.mark.parametrize(
    ("installation", "authorization", "status"),
    [
        (7, "Bearer a.b.c", 201),
        (8, "Bearer a.b.c", 404),
        (7, "Bearer a.b", 401),
        (7, "token a.b.c", 401),
        (7, "", 401),
    ],
)
def test_an_app_needs_a_web_token_and_an_installation(
    simulate: Simulate, installation: int, authorization: str, status: int
) -> None:
    simulator = simulate(ROCKET, installations=frozenset({7}))
    url = f"/app/installations/{installation}/access_tokens"
    assert post(simulator, url, authorization).status_code == status
