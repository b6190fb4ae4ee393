"""Reading the repositories of a run: which by queries, which one by one, and what that costs."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs.resources import GitHubResource, RefreshOptions, github_resource
from repo_stats.defs.steps import github_requests, repository_readings
from repo_stats.defs.steps.repository_readings import (
    RepositoryReadings,
    read_of_run,
)
from repo_stats.defs.steps.repository_states import Before
from repo_stats.github.errors import NotFoundError, TakenOverError
from repo_stats.github.graphql.reader import read_pulses
from repo_stats.github.repositories import repository_url
from repo_stats.simulator.exchanges import QUERY_PATHS
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import TableSchema
from repo_stats_tests.helpers.fixture_types import SettingsFor, Simulate
from repo_stats_tests.helpers.github import API_URL, HastyGitHub, find_repository
from repo_stats_tests.helpers.states import state_of
from repo_stats_tests.helpers.step_context import step_context

NOW = datetime.now(timezone.utc)

NAMES = ["acme/a", "acme/b", "acme/c"]


@pytest.fixture
def simulator(simulate: Simulate) -> Simulator:
    return simulate(*(Shape(name, 2, 1, closed_items=1) for name in NAMES))


@pytest.fixture
def settings(settings_for: SettingsFor) -> Settings:
    return settings_for(*NAMES, REPO_STATS_PULSE="on")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int | None]]:
    """The counts that a command would show."""
    counts: list[tuple[str, int, int | None]] = []
    monkeypatch.setattr(github_requests, "report_count", lambda _, *count: counts.append(count))
    return counts


READ = [("repositories read", done, 3) for done in range(4)]


def hasty(settings: Settings) -> GitHubResource:
    return HastyGitHub(**github_resource(settings).model_dump())


def read(
    context: Any,
    settings: Settings,
    repos: list[str],
    known: dict[str, Before] | None = None,
    **options: Any,
) -> RepositoryReadings:
    return read_of_run(context, hasty(settings), RefreshOptions(**options), repos, known or {})


def known_of(simulator: Simulator, name: str, **changes: Any) -> Before:
    """What is known of a repository whose pulse was read lately."""
    found = find_repository(simulator, name)
    state = state_of(
        name,
        repo_id=found.id,
        node_id=found.object["node_id"],
        subscribers=123,
        subscribers_at=NOW - timedelta(hours=1),
    )
    return Before.by_state(replace(state, **changes))


def asked(simulator: Simulator) -> list[str]:
    """The requests: how many repositories each query was for, by id or by name, or the path."""
    told = []
    for request in simulator.log:
        ids, names = request.variables.get("ids", []), request.variables
        is_query = request.target in QUERY_PATHS
        by = f"{len(ids)} by id" if ids else f"{sum(key[0] == 'o' for key in names)} by name"
        told.append(by if is_query else request.target)
    return told


def test_what_is_known_is_asked_for_by_id_and_only_the_rest_for_its_subscribers(
    simulator: Simulator, settings: Settings, counted: list[object]
) -> None:
    known = {name: known_of(simulator, name) for name in NAMES[1:]}
    context = step_context(*NAMES)
    readings = read(context, settings, NAMES, known)
    assert asked(simulator) == ["2 by id", "1 by name"]
    assert counted == READ
    subscribers = {repo: row["subscribers"] for repo, row in readings.rows.items()}
    assert subscribers == {"acme/b": 123, "acme/c": 123, "acme/a": 7}
    assert {row["repo"]: row["url"] for row in readings.rows.values()} == {
        name: repository_url(API_URL, name) for name in NAMES
    }
    assert readings.pulses.keys() == set(NAMES)
    assert (readings.points, readings.usage.requests, readings.errors) == (2, 0, {})
    assert readings.query_usage is not None
    assert readings.query_usage.requests == 2
    assert context.log.entries == []


def test_what_a_query_does_not_tell_is_read_one_by_one_and_kept_with_the_rest(
    simulator: Simulator, settings: Settings
) -> None:
    find_repository(simulator, "acme/c").trouble = Trouble.MISSING
    known = {"acme/b": known_of(simulator, "acme/b", repo_id=9)}
    context = step_context(*NAMES)
    readings = read(context, settings, NAMES, known)
    assert (list(readings.rows), list(readings.pulses)) == (["acme/a"], ["acme/a"])
    assert type(readings.errors["acme/b"]) is TakenOverError
    assert type(readings.errors["acme/c"]) is NotFoundError
    told = context.log.of("info")
    assert told[0] == (
        "Read one by one, not by a query: acme/b (its name belongs to another repository now)"
    )
    assert told[1].startswith("Read one by one, not by a query: acme/c (")
    assert len(told) == 2


def test_rows_that_are_read_one_by_one_join_those_of_queries(
    simulator: Simulator, settings: Settings
) -> None:
    known = {"acme/b": known_of(simulator, "acme/b", node_id="R_of_none")}
    readings = read(step_context(*NAMES), settings, NAMES, known)
    assert list(readings.rows) == ["acme/a", "acme/c", "acme/b"]
    assert list(readings.pulses) == ["acme/a", "acme/c"]
    assert readings.usage.requests == 1


@pytest.mark.parametrize(
    ("variables", "token", "options", "said"),
    [
        ({}, "", {}, ["acme/a and 2 more (GraphQL needs a token, and none is set)"]),
        ({"REPO_STATS_PULSE": "off"}, "", {}, []),
        ({"REPO_STATS_PULSE": "off"}, "t", {}, []),
        ({"REPO_STATS_PULSE": "on"}, "t", {"force": True}, []),
    ],
)
def test_without_queries_each_repository_is_read_and_counted(
    simulator: Simulator,
    settings_for: SettingsFor,
    monkeypatch: pytest.MonkeyPatch,
    counted: list[object],
    variables: dict[str, str],
    token: str,
    options: dict[str, Any],
    said: list[str],
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", token)
    settings = settings_for(*NAMES, **{"REPO_STATS_PULSE": "on", **variables})
    context = step_context(*NAMES)
    readings = read(context, settings, NAMES, **options)
    assert sorted(asked(simulator)) == [f"/repos/{name}" for name in NAMES]
    assert list(readings.rows) == NAMES
    assert counted == READ
    assert (readings.usage.requests, readings.query_usage, readings.points) == (3, None, 0)
    assert context.log.of("info") == [f"Read one by one, not by a query: {line}" for line in said]


def test_a_forced_refresh_takes_another_repository_under_a_known_name(
    simulator: Simulator, settings: Settings
) -> None:
    known = {"acme/a": Before(9, NOW)}
    assert list(read(step_context(*NAMES), settings, ["acme/a"], known).errors) == ["acme/a"]
    readings = read(step_context(*NAMES), settings, ["acme/a"], known, force=True)
    assert (list(readings.rows), readings.errors) == (["acme/a"], {})


def test_a_row_that_cannot_be_stored_is_an_error_of_its_repository_alone(
    simulator: Simulator, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store(schema: TableSchema, rows: list[Any]) -> pd.DataFrame:
        if rows[0]["repo"] == "acme/b":
            raise ValueError("nobody thought of this")
        return to_frame(schema, rows)

    monkeypatch.setattr(repository_readings, "to_frame", store)
    readings = read(step_context(*NAMES), settings_for(*NAMES), NAMES)
    assert list(readings.rows) == ["acme/a", "acme/c"]
    assert list(readings.errors) == ["acme/b"]


@pytest.mark.parametrize("runs", [1, 2])
def test_one_of_several_runs_has_its_share_of_the_requests_and_of_the_time_for_queries(
    simulator: Simulator,
    settings_for: SettingsFor,
    monkeypatch: pytest.MonkeyPatch,
    runs: int,
) -> None:
    readers: list[int] = []

    async def keep(*args: Any, **options: Any) -> Any:
        readers.append(options["readers"])
        return await read_pulses(*args, **options)

    monkeypatch.setattr(repository_readings, "read_pulses", keep)
    simulator.serves_graphql = False
    simulator.latency = 0.001
    settings = settings_for(
        *NAMES,
        REPO_STATS_PULSE="on",
        REPO_STATS_IN_FLIGHT="2",
        REPO_STATS_RUNS_AT_ONCE=str(runs),
    )
    read(step_context(*NAMES), settings, NAMES)
    assert {*readers} == {runs}
    assert simulator.most_in_flight == 2 // runs
