"""The repositories that the tests of sensors watch."""

from collections.abc import Callable
from typing import TypeAlias

from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.deployment import Deployment

SHAPES = [Shape(f"acme/r{number}", 12, 3, 5) for number in range(4)]

REPOS = [shape.full_name for shape in SHAPES]

Deploy: TypeAlias = Callable[..., Deployment]
