"""What the tests of jobs, schedules and definitions share."""

from collections.abc import Iterator
from functools import cache

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.definitions import build_defs
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.instances import instance_in_a_folder


@pytest.fixture
def defs(settings_for: SettingsFor) -> dg.Definitions:
    """The definitions of a watchlist of three repositories."""
    return _define(settings_for("a/b", "c/d", "e/f"))


@cache
def _define(settings: Settings) -> dg.Definitions:
    return build_defs(settings)


@pytest.fixture
def kept_instance() -> Iterator[dg.DagsterInstance]:
    """An instance in a folder, as schedules need it."""
    with instance_in_a_folder() as instance:
        yield instance
