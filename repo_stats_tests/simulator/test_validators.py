"""Validators: what they cover, for whom, and what a 304 costs."""

from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import ISSUES, URL, get


def test_validators_are_per_token_and_a_304_is_free_with_one(rocket: Simulate) -> None:
    simulator = rocket()
    [mine] = get(simulator, ISSUES, authorization="Bearer mine")
    etag = mine.headers["etag"]
    assert etag.startswith('W/"')
    [same] = get(simulator, ISSUES, authorization="Bearer mine", **{"if-none-match": etag})
    [strong] = get(simulator, ISSUES, authorization="Bearer mine", **{"if-none-match": etag[2:]})
    [other] = get(simulator, ISSUES, authorization="Bearer other", **{"if-none-match": etag})
    [anonymous] = get(simulator, ISSUES)
    [charged] = get(simulator, ISSUES, **{"if-none-match": anonymous.headers["etag"]})
    assert [r.status_code for r in (same, strong, other, charged)] == [304, 304, 200, 304]
    assert same.content == b""
    assert [request.charged for request in simulator.log] == [True, False, False, True, True, True]


def test_a_validator_is_weak_only_where_the_body_is_compressed(rocket: Simulate) -> None:
    simulator = rocket()
    [packed] = get(simulator, ISSUES)
    [plain] = get(simulator, ISSUES, **{"accept-encoding": "identity"})
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    assert packed.json() == plain.json()
    [same] = get(simulator, ISSUES, **{"if-none-match": plain.headers["etag"]})
    assert same.status_code == 304


def test_the_validator_of_a_repository_does_not_cover_its_counters(rocket: Simulate) -> None:
    simulator = rocket()
    [before] = get(simulator, URL)
    [repository] = simulator.world.repositories.values()
    repository.object["stargazers_count"] += 1
    [after] = get(simulator, URL)
    assert after.json() != before.json()
    assert after.headers["etag"] == before.headers["etag"]
