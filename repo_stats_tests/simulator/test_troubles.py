"""Repositories that the simulated GitHub does not show, or only in part."""

import pytest

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import ISSUES, URL, get

ROCKET = Shape("acme/rocket", 45, 5)


@pytest.mark.parametrize(
    ("trouble", "described", "listed"),
    [
        (Trouble.FINE, 200, 200),
        (Trouble.MISSING, 404, 404),
        (Trouble.TAKEN_DOWN, 451, 451),
        (Trouble.BLOCKED, 403, 403),
        (Trouble.LIST_GONE, 200, 410),
        (Trouble.ISSUES_OFF, 200, 410),
        (Trouble.ISSUES_OFF_EMPTY, 200, 200),
        (Trouble.ISSUES_OFF_PULLS, 200, 200),
        (Trouble.BROKEN, 500, 500),
    ],
)
def test_a_repository_in_trouble_responds_so_under_name_and_number_until_it_ends(
    simulate: Simulate, trouble: Trouble, described: int, listed: int
) -> None:
    simulator = simulate(ROCKET)
    [repository] = simulator.world.repositories.values()
    by_number = f"/repositories/{repository.id}"
    urls = [URL, by_number, ISSUES, f"{by_number}/issues"]
    repository.trouble = trouble
    statuses = [response.status_code for response in get(simulator, *urls)]
    assert statuses == [described, described, listed, listed]
    repository.trouble = Trouble.FINE
    assert {response.status_code for response in get(simulator, *urls)} == {200}


def test_responses_about_blocked_repositories_have_the_reason(simulate: Simulate) -> None:
    simulator = simulate(ROCKET)
    [repository] = simulator.world.repositories.values()
    reasons = []
    for trouble in (Trouble.TAKEN_DOWN, Trouble.BLOCKED):
        repository.trouble = trouble
        body = get(simulator, URL)[0].json()
        reasons.append((body["message"], body["block"]["reason"]))
    assert reasons == [("Repository access blocked", reason) for reason in ("dmca", "tos")]


@pytest.mark.parametrize(
    ("trouble", "has_issues"),
    [(Trouble.LIST_GONE, True), (Trouble.ISSUES_OFF, False)],
)
def test_a_list_that_is_gone_is_410_whatever_the_object_shows(
    simulate: Simulate, trouble: Trouble, has_issues: bool
) -> None:
    simulator = simulate(ROCKET)
    [repository] = simulator.world.repositories.values()
    repository.trouble = trouble
    described, listed = get(simulator, URL, ISSUES)
    assert described.json()["has_issues"] is has_issues
    assert listed.json()["message"] == "Issues has been disabled in this repository."
    assert listed.json()["status"] == "410"


def test_a_list_without_issues_is_empty_or_holds_pull_requests(simulate: Simulate) -> None:
    simulator = simulate(ROCKET)
    [repository] = simulator.world.repositories.values()
    repository.trouble = Trouble.ISSUES_OFF_EMPTY
    described, empty = get(simulator, URL, ISSUES)
    assert (described.json()["has_issues"], empty.json()) == (False, [])
    assert repository.open_ids() == frozenset()
    repository.trouble = Trouble.ISSUES_OFF_PULLS
    [pulls] = get(simulator, f"{ISSUES}?per_page=100")
    assert 0 < len(pulls.json()) < 45
    assert {"pull_request" in item for item in pulls.json()} == {True}
    assert {item["id"] for item in pulls.json()} == repository.open_ids()
