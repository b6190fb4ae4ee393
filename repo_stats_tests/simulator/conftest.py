"""Simulators of one repository, `acme/rocket`."""

import pytest

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import Repository
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.simulated_changes import NOW


@pytest.fixture
def rocket(simulate: Simulate) -> Simulate:
    """Makes a simulator of a repository, of 45 open items unless a number is given."""
    return lambda items=45, **options: simulate(Shape("acme/rocket", items, 5), **options)


@pytest.fixture
def still_rocket(simulate: Simulate) -> Simulate:
    """Makes a simulator of 45 open items and two closed ones, at a time that stands still."""

    def make(*mutations: Mutation, **options: object) -> Simulator:
        shape = Shape("acme/rocket", 45, 5, closed_items=2)
        return simulate(shape, mutations=mutations, clock=lambda: NOW, **options)

    return make


@pytest.fixture
def repository() -> Repository:
    return generated(Shape("acme/rocket", 45, 5, closed_items=2))
