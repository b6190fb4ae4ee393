"""What the tests of sensors share: a deployment of four repositories and its simulated GitHub."""

from collections.abc import Callable
from itertools import chain

import dagster as dg
import pytest

from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.defs.sensors.watched import REPOS, SHAPES, Deploy
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.first_runs import can_be_of_others
from repo_stats_tests.helpers.fixture_types import SettingsFor, Simulate
from repo_stats_tests.helpers.webhook import Webhook


@pytest.fixture(autouse=True)
def _listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPO_STATS_REPOS", ",".join(REPOS))


@pytest.fixture
def simulator(simulate: Simulate) -> Simulator:
    """A GitHub with the watched repositories."""
    return simulate(*SHAPES, faults=[])


@pytest.fixture
def deploy(
    request: pytest.FixtureRequest, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> Deploy:
    """A deployment of all watched repositories; keywords are environment variables."""
    of_test = chain.from_iterable(request.node._fixtureinfo.name2fixturedefs.values())
    # Those in this module replace nothing but variables, which tell first runs apart.
    is_like_others = can_be_of_others(each for each in of_test if each.baseid.endswith(".py"))

    def make(**variables: str) -> Deployment:
        settings = settings_for(*REPOS, **{"REPO_STATS_MIN_REFRESH": "0", **variables})
        return Deployment(settings, instance, begins_like_others=is_like_others)

    return make


@pytest.fixture
def webhook(serve_webhook: Callable[[Webhook], str], monkeypatch: pytest.MonkeyPatch) -> Webhook:
    """The webhook in the settings."""
    webhook = Webhook()
    monkeypatch.setenv("REPO_STATS_WEBHOOK_URL", serve_webhook(webhook))
    return webhook
