"""What a connection does to the reading of repositories, and what is left of it afterwards."""

import httpx

from repo_stats.defs.resources import RefreshOptions, github_resource
from repo_stats.defs.steps.repository_readings import RepositoryReadings, read_of_run
from repo_stats.github.errors import LoneLimitError
from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.fixture_types import SettingsFor, Simulate
from repo_stats_tests.helpers.github import HastyGitHub
from repo_stats_tests.helpers.step_context import step_context

NAMES = ["acme/a", "acme/b", "acme/c"]


def test_a_limit_for_one_repository_is_told_from_one_for_the_whole_run(
    settings_for: SettingsFor,
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/repos/acme/a":
            return httpx.Response(429, headers={"retry-after": "3600"})
        return httpx.Response(200, json={})

    class OneIsRefused(HastyGitHub):
        def transport(self) -> httpx.AsyncBaseTransport:
            return httpx.MockTransport(answer)

    settings = settings_for(*NAMES, REPO_STATS_MAX_WAIT="60")
    github = OneIsRefused(**github_resource(settings).model_dump())
    readings = read_of_run(step_context(*NAMES), github, RefreshOptions(), ["acme/a"], {})
    assert type(readings.errors["acme/a"]) is LoneLimitError
    assert str(readings.errors["acme/a"]).startswith("GitHub stopped acme/a with a rate limit, but")


def test_connections_are_closed_and_nothing_is_sent_for_no_repository(
    simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(*(Shape(name, 2, 1, closed_items=1) for name in NAMES))
    settings = settings_for(*NAMES, REPO_STATS_PULSE="on")
    closed: list[str] = []

    class Transport(httpx.ASGITransport):
        async def aclose(self) -> None:
            closed.append("a connection")

    class Connected(HastyGitHub):
        def transport(self) -> httpx.AsyncBaseTransport:
            return Transport(simulator.app)

    simulator.serves_graphql = False
    github, options = Connected(**github_resource(settings).model_dump()), RefreshOptions()
    assert read_of_run(step_context(*NAMES), github, options, [], {}) == RepositoryReadings()
    assert (simulator.log, closed) == ([], [])
    assert list(read_of_run(step_context(*NAMES), github, options, NAMES, {}).rows) == NAMES
    assert len(closed) == 2
