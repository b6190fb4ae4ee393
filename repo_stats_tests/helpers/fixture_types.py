"""The types of the fixtures in `conftest.py`, for tests that take them."""

from collections.abc import Callable
from typing import TypeAlias

import dagster as dg

from repo_stats.config.settings import Settings
from repo_stats.simulator.simulator import Simulator

Run: TypeAlias = Callable[..., dg.ExecuteInProcessResult]

Simulate: TypeAlias = Callable[..., Simulator]

SettingsFor: TypeAlias = Callable[..., Settings]
