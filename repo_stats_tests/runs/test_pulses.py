"""Refreshes by queries: what they ask for, and what they leave to the REST API."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.mutations import Mutation, MutationKind, mutate
from repo_stats.simulator.stars import star
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import TOKEN, find_repository
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.pulsed import Pulsed
from repo_stats_tests.helpers.runs import findings
from repo_stats_tests.helpers.simulated_graphql import NAMES, SHAPES

PULSED = {"REPO_STATS_MAX_AGE": "0", "REPO_STATS_PULSE": "on"}


@pytest.fixture
def pulsed(
    simulate: Simulate,
    settings_for: SettingsFor,
    run: Run,
    first_run: Run,
    instance: dg.DagsterInstance,
) -> Pulsed:
    """Four repositories that were read once."""
    pulsed = Pulsed(simulate(*SHAPES), settings_for(*NAMES, **PULSED), run, instance)
    assert first_run(pulsed.settings).success
    return pulsed


def test_the_first_refresh_reads_new_repositories_by_a_query_and_says_what_that_cost(
    simulate: Simulate,
    settings_for: SettingsFor,
    run: Run,
    first_run: Run,
    instance: dg.DagsterInstance,
) -> None:
    pulsed = Pulsed(simulate(*SHAPES), settings_for(*NAMES, **PULSED), run, instance)
    facts = pulsed.facts(first_run(pulsed.settings))
    assert pulsed.count() == {"queries": 1, "objects": 0, "lists": 4}
    pulsed.require_true_tables()
    names = ("run_queries", "run_points", "run_repositories_by_query", "run_requests")
    assert [facts[name] for name in names] == [1, 1, 4, 0]
    assert (facts["points_limit"], facts["remaining_points"]) == (5_000, 4_999)
    row = pulsed.row("repo_metadata", "acme/a")
    assert (row["api"], row["etag"]) == ("graphql", None)
    assert row["url"] == "http://simulated/repos/acme/a"
    assert json.loads(row["raw"])["nameWithOwner"] == "acme/a"
    files = [path for path in Path(pulsed.settings.warehouse).rglob("*") if path.is_file()]
    assert any(path.parent.name == "repo_states" for path in files)
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []


def test_a_refresh_costs_a_query_for_those_known_and_one_for_those_new_and_the_lists_that_changed(
    pulsed: Pulsed, settings_for: SettingsFor
) -> None:
    star(find_repository(pulsed.simulator, "acme/a"), pulsed.simulator.clock())
    pulsed.close_one("acme/b")
    new = generate_repository(Shape("acme/new", 6, 3))
    pulsed.simulator.world.repositories[new.id] = new
    pulsed.settings = settings_for(*NAMES, "acme/new", **PULSED)
    result = pulsed.refresh()
    assert pulsed.count() == {"queries": 2, "objects": 0, "lists": 2}
    assert pulsed.left_to_rest(result) == []
    pulsed.require_true_tables()
    assert pulsed.row("repo_statistics", "acme/new")["open_items"] == 6


def test_what_a_query_cannot_tell_of_is_left_to_the_rest_api_which_says_what_is_wrong(
    pulsed: Pulsed,
) -> None:
    world = pulsed.simulator.world
    mutate(world, Mutation(MutationKind.RENAME, 1, repo="acme/a"), None, time.time())
    for repo, trouble in (("acme/b", Trouble.MISSING), ("acme/c", Trouble.TAKEN_DOWN)):
        find_repository(pulsed.simulator, repo).trouble = trouble
    ids = [find_repository(pulsed.simulator, f"acme/{x}").object["node_id"] for x in "bc"]
    result = pulsed.refresh()
    assert result.success
    assert pulsed.count() == {"queries": 1, "objects": 4, "lists": 1}
    renamed = str(world.repositories[generate_repository(SHAPES[0]).id].full_name)
    assert sorted(pulsed.left_to_rest(result)) == [
        f"acme/a (it is called {renamed} now)",
        f"acme/b (Could not resolve to a node with the global id of '{ids[0]}')",
        f"acme/c (Could not resolve to a node with the global id of '{ids[1]}')",
    ]
    reasons = findings(result, "repo_metadata.refreshed")
    assert list(reasons) == ["acme/b", "acme/c"]
    assert reasons["acme/b"].startswith("GitHub knows no repository acme/b")
    assert reasons["acme/c"].startswith("GitHub has blocked access to acme/c")


def take_graphql_away(pulsed: Pulsed) -> None:
    pulsed.simulator.serves_graphql = False


def forbid(pulsed: Pulsed) -> None:
    pulsed.simulator.graphql_forbidden = frozenset({TOKEN})


def forget_token(pulsed: Pulsed) -> None:
    del os.environ["GITHUB_TOKEN"]


def switch_off(pulsed: Pulsed) -> None:
    pulsed.settings = pulsed.settings.model_copy(update={"uses_pulse": False})


@pytest.mark.parametrize(
    ("change", "force", "queries", "reason"),
    [
        long(None, True, 0, None),
        (take_graphql_away, False, 1, "the server has no GraphQL, or hides it from the token"),
        long(forbid, False, 1, "Resource not accessible by personal access token"),
        (forget_token, False, 0, "GraphQL needs a token, and none is set"),
        long(switch_off, False, 0, None),
    ],
)
def test_where_queries_are_not_answered_or_not_wanted_the_rest_api_is_asked(
    pulsed: Pulsed,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Pulsed], None] | None,
    force: bool,
    queries: int,
    reason: str | None,
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)  # so that it is there again afterwards
    if change is not None:
        change(pulsed)
    pulsed.close_one("acme/b")
    result = pulsed.refresh(force=force)
    assert result.success
    assert pulsed.count() == {"queries": queries, "objects": 4, "lists": 4}
    pulsed.require_true_tables()
    said = [f"acme/a and 3 more ({reason})"] if reason else []
    assert pulsed.left_to_rest(result) == said


@pytest.mark.parametrize(
    ("kind", "queries"),
    [
        (FaultKind.PARTIAL, 2),
        long(FaultKind.TIMEOUT, 3),
        (FaultKind.BAD_GATEWAY, 3),
        long(FaultKind.RETRY_AFTER, 2),
    ],
)
def test_what_goes_wrong_with_queries_costs_requests_and_no_number(
    pulsed: Pulsed, kind: FaultKind, queries: int
) -> None:
    pulsed.close_one("acme/b")
    pulsed.simulator.inject(Fault(kind, 1, 1, "/graphql"))
    result = pulsed.refresh()
    assert result.success
    assert pulsed.count() == {"queries": queries, "objects": 0, "lists": 1}
    assert pulsed.left_to_rest(result) == []
    pulsed.require_true_tables()


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.RATE_LIMITED,
        *map(long, (FaultKind.SECONDARY, FaultKind.TIMEOUT, FaultKind.NOT_JSON)),
    ],
)
def test_if_no_query_is_answered_each_repository_costs_requests_and_the_log_one_line(
    pulsed: Pulsed, kind: FaultKind
) -> None:
    pulsed.close_one("acme/b")
    pulsed.simulator.inject(Fault(kind, 1, 99, "/graphql"))
    result = pulsed.refresh()
    assert result.success
    assert pulsed.count() == {**pulsed.count(), "objects": 4, "lists": 4}
    [line] = pulsed.left_to_rest(result)
    assert line.startswith("acme/a and 3 more (")
    pulsed.require_true_tables()
