"""Names of repositories: renamed, taken over, unknown; and clients that GitHub refuses."""

import pytest

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.troubles import Trouble
from repo_stats.simulator.world import Repository, World
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.simulated_api import ISSUES, URL, get


def test_a_renamed_repository_redirects_with_its_query(rocket: Simulate) -> None:
    simulator = rocket()
    simulator.world.rename("acme/rocket", "acme/shuttle")
    moved, listed, found = get(simulator, URL, f"{ISSUES}?page=2", "/repos/ACME/Shuttle")
    number = found.json()["id"]
    assert moved.status_code == 301
    assert moved.headers["location"] == f"http://github/repositories/{number}"
    assert listed.headers["location"].endswith(f"/repositories/{number}/issues?page=2")
    assert get(simulator, moved.headers["location"])[0].json()["full_name"] == "acme/shuttle"


@pytest.mark.parametrize("name", ["acme/issues", "issues/issues"])
def test_a_repository_that_is_called_like_a_list_is_no_list(simulate: Simulate, name: str) -> None:
    found, listed = get(simulate(Shape(name, 3, 1)), f"/repos/{name}", f"/repos/{name}/issues")
    assert found.json()["full_name"] == name
    assert len(listed.json()) == 3


def test_a_name_taken_again_does_not_redirect(rocket: Simulate) -> None:
    simulator = rocket()
    newcomer = generated(Shape("acme/rocket", 3, 1), seed=2)
    simulator.world.take_over(newcomer, "acme/old")
    [found] = get(simulator, URL)
    assert found.json()["id"] == newcomer.id
    newcomer.trouble = Trouble.MISSING
    assert get(simulator, URL)[0].status_code == 404
    assert get(simulator, "/repos/acme/old")[0].json()["id"] != newcomer.id


def make_world() -> World:
    return World.of(generated(Shape(f"acme/r{n}", 0, 0), n) for n in range(20))


def test_a_repository_is_found_by_name_without_a_look_at_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = make_world()
    asked: list[str] = []

    def is_called(repository: Repository, full_name: str) -> bool:
        asked.append(full_name)
        return repository.full_name.lower() == full_name.lower()

    monkeypatch.setattr(Repository, "is_called", is_called)
    names = [f"ACME/R{n}" for n in range(20)] * 2
    assert [world.find(name) for name in names] == [*world.repositories.values()] * 2
    assert len(asked) < 2 * len(names)


def test_a_repository_is_found_by_name_after_any_change_of_names() -> None:
    world = make_world()
    first, second, third, *_ = world.repositories.values()
    assert world.find("acme/r1") is second
    second.object["full_name"] = "acme/new"
    assert (world.find("acme/r1"), world.find("acme/NEW")) == (None, second)
    del world.repositories[first.id]
    assert world.find("acme/r0") is None
    world.rename("acme/r2", "acme/r0")
    assert (world.find("acme/r0"), world.find("acme/r2")) == (third, None)
    newcomer = generated(Shape("acme/r0", 0, 0), 99)
    world.take_over(newcomer, "acme/old")
    assert (world.find("acme/r0"), world.find("acme/old")) == (newcomer, third)


def test_unknown_places_bad_tokens_and_nameless_clients_are_refused(rocket: Simulate) -> None:
    simulator = rocket(tokens=frozenset({"good"}))
    assert [r.status_code for r in get(simulator, "/repos/no/body", "/repositories/1", "/x")] == [
        *(404, 404, 404),
    ]
    [bad] = get(simulator, URL, authorization="Bearer bad")
    assert (bad.status_code, bad.json()["message"]) == (401, "Bad credentials")
    assert get(simulator, URL, **{"user-agent": ""})[0].status_code == 403
