"""Stars of many repositories: one holds up no other, and a server may not tell them at all."""

import asyncio

import pytest

from repo_stats.github.errors import NotFoundError
from repo_stats.github.stars.batch import StarResults, read_each
from repo_stats.github.stars.reader import StarDays
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.helpers.star_sources import (
    NOW,
    make_client,
    make_simulator,
    source_of,
    targets,
)


def read_many(simulator: Simulator, *, is_told: bool) -> tuple[list[str], StarResults]:
    """The repositories that were read, and the rest of the result."""
    read: list[str] = []

    async def store(found: StarDays) -> None:
        read.append(found.source.repo)

    async def run() -> StarResults:
        sources = [source_of(each) for each in simulator.world.repositories.values()]
        async with make_client(simulator) as client:
            return await read_each(client, sources, NOW, store, is_told=is_told)

    results = asyncio.run(run())
    return sorted(read), results


@pytest.fixture
def five() -> Simulator:
    return make_simulator(*(Shape(f"acme/{name}", 0, 0, 0) for name in "abcde"))


def test_a_server_that_does_not_tell_stars_by_day_is_asked_three_times(five: Simulator) -> None:
    five.serves_stars = False
    assert read_many(five, is_told=False) == ([], StarResults({}, is_told=False))
    assert targets(five) == ["1 404"] * 3


def test_a_404_of_one_repository_is_its_own_problem(five: Simulator) -> None:
    [first, *_] = five.world.repositories.values()
    first.trouble = Trouble.MISSING
    for is_told in (False, True):
        read, results = read_many(five, is_told=is_told)
        assert read == ["acme/b", "acme/c", "acme/d", "acme/e"]
        assert [type(error) for error in results.errors.values()] == [NotFoundError]
        assert results.is_told


def test_a_repository_whose_stars_are_refused_does_not_hold_up_others(five: Simulator) -> None:
    five.world.find("acme/c").trouble = Trouble.STARS_HIDDEN  # type: ignore[union-attr]
    read, results = read_many(five, is_told=True)
    assert read == ["acme/a", "acme/b", "acme/d", "acme/e"]
    assert [*results.errors] == ["acme/c"]
    assert str(results.errors["acme/c"]).startswith("GitHub forbids reading acme/c (Resource not")


def test_without_repositories_nothing_is_asked() -> None:
    assert read_many(make_simulator(), is_told=False) == ([], StarResults({}))
