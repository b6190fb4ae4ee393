"""What becomes of simulated pull requests, and the fields of items that some of them have."""

import time

import pytest

from repo_stats.simulator.changes import can_reopen, close_issue, reopen_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind, mutate
from repo_stats.simulator.showcase import PROJECTS, build_repository
from repo_stats.simulator.world import JsonObject, Repository, World
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.rows import NOW


@pytest.fixture(scope="module")
def repository() -> Repository:
    return generated(Shape("acme/rocket", 300, 60, 300))


def pulls_of(repository: Repository) -> list[JsonObject]:
    return [item for item in repository.issues if item.get("pull_request")]


@pytest.mark.parametrize("is_showcase", [True, False])
def test_of_closed_pull_requests_most_are_merged_when_they_are_closed(
    repository: Repository, is_showcase: bool
) -> None:
    shown = build_repository(PROJECTS[0], NOW) if is_showcase else repository
    times = [(p["state"], p["closed_at"], p["pull_request"]["merged_at"]) for p in pulls_of(shown)]
    merged = [row for row in times if row[2] is not None]
    assert all(state == "closed" and closed == at for state, closed, at in merged)
    closed = sum(state == "closed" for state, _, _ in times)
    assert len(merged) > closed - len(merged) > 10


def test_items_have_types_reactions_reasons_and_authors_of_all_kinds(
    repository: Repository,
) -> None:
    issues = [item for item in repository.issues if not item.get("pull_request")]
    names = {item["type"] and item["type"]["name"] for item in issues}
    assert names == {None, "Bug", "Feature", "Task"}
    rollups = [item["reactions"] for item in repository.issues]
    assert all(r["total_count"] == r["+1"] + r["heart"] for r in rollups)
    assert 0 < sum(r["total_count"] > 0 for r in rollups) < len(rollups) / 2
    reasons = {item["active_lock_reason"] for item in repository.issues if item["locked"]}
    assert len(reasons) > 1
    assert {i["active_lock_reason"] for i in repository.issues if not i["locked"]} == {None}
    users = [item["user"] for item in repository.issues if item["user"]]
    assert {user["type"] for user in users} == {"User", "Bot", "Organization", "Mannequin"}
    assert "k8s-ci-robot" in {user["login"] for user in users if user["type"] == "User"}


def test_a_merged_pull_request_is_never_reopened_and_another_one_was_never_merged() -> None:
    repository = generated(Shape("acme/rocket", 1, 1, 60))
    world = World.of([repository])
    merged = [p["number"] for p in pulls_of(repository) if p["pull_request"]["merged_at"]]
    for index in range(60):
        mutate(world, Mutation(MutationKind.REOPEN, 1, index=index), repository, time.time())
    closed = [item for item in repository.issues if item["state"] == "closed"]
    assert len(merged) > 5
    assert [item["number"] for item in closed] == merged
    assert not any(map(can_reopen, repository.issues))
    [number, *_] = [p["number"] for p in pulls_of(repository) if p["state"] == "open"]
    assert close_issue(repository, number, 0)["pull_request"]["merged_at"] is None
    assert reopen_issue(repository, number, 0)["state"] == "open"
