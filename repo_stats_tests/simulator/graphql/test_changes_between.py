"""Changes between two queries, in the middle of one, and replicas that lag behind them."""

from typing import Any

import pytest

from repo_stats.simulator.mutations import ANY_FIELD, Mutation, MutationKind
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.simulated_api import get, numbers
from repo_stats_tests.helpers.simulated_changes import NOW, STAMP, after
from repo_stats_tests.helpers.simulated_graphql import NAMES, SHAPES, ask, node_ids, pulse

FIELDS = """
  openIssues: issues(states: OPEN) { totalCount }
  openPullRequests: pullRequests(states: OPEN) { totalCount }
  newestIssue: issues(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) {
    nodes { updatedAt }
  }
  newestPullRequest: pullRequests(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) {
    nodes { updatedAt }
  }
"""

COUNTS = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Repository {{ {FIELDS} }} }} }}"


def sees_change(node: Any) -> list[bool]:
    """Whether the count and the newest item show that an item was closed just now."""
    opened = node["openIssues"]["totalCount"] + node["openPullRequests"]["totalCount"]
    newest = [
        item["updatedAt"]
        for name in ("newestIssue", "newestPullRequest")
        for item in node[name]["nodes"]
    ]
    return [opened < SHAPES[0].open_items, STAMP in newest]


def close(number: int, **options: Any) -> Mutation:
    return Mutation(MutationKind.CLOSE, number, path="/graphql", **options)


def counts(simulator: Simulator) -> list[list[bool]]:
    body = ask(simulator, COUNTS, {"ids": node_ids(simulator)}).json()
    return [sees_change(node) for node in body["data"]["nodes"]]


BEFORE, TORN, AFTER = [False, False], [False, True], [True, True]


@pytest.mark.parametrize(
    ("number", "field", "expected"),
    [
        (1, "nodes", [AFTER, BEFORE, BEFORE, BEFORE]),
        (1, "openPullRequests", [TORN, BEFORE, BEFORE, BEFORE]),
        (3, "openPullRequests", [BEFORE, BEFORE, TORN, BEFORE]),
        (2, "newestPullRequest", [BEFORE, BEFORE, BEFORE, BEFORE]),
        (1, ANY_FIELD, [AFTER, BEFORE, BEFORE, BEFORE]),
        (7, ANY_FIELD, [BEFORE, TORN, BEFORE, BEFORE]),
        (9, ANY_FIELD, [BEFORE, BEFORE, BEFORE, BEFORE]),
    ],
)
def test_an_item_is_closed_between_two_fields_of_one_answer(
    simulate: Simulate, number: int, field: str, expected: list[list[bool]]
) -> None:
    simulator = simulate(*SHAPES, mutations=[close(number, field=field)], clock=lambda: NOW)
    assert counts(simulator) == expected
    assert counts(simulator).count(AFTER) == 1


def test_a_change_between_two_repositories_shows_in_the_second_alone(simulate: Simulate) -> None:
    mutations = [close(1, repo=name, field="newestPullRequest") for name in NAMES]
    simulator = simulate(*SHAPES, mutations=mutations, clock=lambda: NOW)
    assert counts(simulator) == [BEFORE, AFTER, AFTER, AFTER]


def test_what_is_below_a_field_was_read_before_the_change(simulate: Simulate) -> None:
    simulator = simulate(*SHAPES[:1], clock=lambda: NOW)
    query = (
        '{ repository(owner: "acme", name: "a") '
        "{ issues(first: 100) { totalCount nodes { state updatedAt } } } }"
    )
    before = ask(simulator, query).json()
    kinds = [MutationKind.CLOSE, MutationKind.DELETE, MutationKind.OPEN, MutationKind.TOUCH]
    simulator.schedule(*(Mutation(kind, 1, field="issues") for kind in kinds))
    assert ask(simulator, query).json() == before
    assert ask(simulator, query).json() != before


@pytest.mark.parametrize("kind", [MutationKind.VANISH, MutationKind.RENAME, MutationKind.TAKE_OVER])
def test_a_repository_that_goes_while_it_is_read_is_still_read(
    simulate: Simulate, kind: MutationKind
) -> None:
    simulator = simulate(*SHAPES[:1], mutations=[Mutation(kind, 1, field="databaseId")])
    fields = "... on Repository { databaseId nameWithOwner }"
    query = f"query ($id: ID!) {{ found: node(id: $id) {{ {fields} }} }}"
    [node_id] = node_ids(simulator)
    found, later = (
        ask(simulator, query, {"id": node_id}).json()["data"]["found"] for _ in range(2)
    )
    if kind is MutationKind.VANISH:
        assert (found["nameWithOwner"], later) == ("acme/a", None)
    else:
        assert found == later
        assert found["nameWithOwner"] == "acme/a-2"


def test_a_mutation_without_a_field_follows_the_answer_and_hits_the_first_repository(
    simulate: Simulate,
) -> None:
    simulator = simulate(*SHAPES, mutations=[close(1), close(2, repo="acme/d")], clock=lambda: NOW)
    assert [counts(simulator).index(AFTER) if n else counts(simulator) for n in range(2)] == [
        [BEFORE] * 4,
        0,
    ]
    assert counts(simulator) == [AFTER, BEFORE, BEFORE, AFTER]
    assert len(simulator.truth) == 4


def test_a_mutation_in_the_middle_counts_only_queries_to_its_path(simulate: Simulate) -> None:
    mutation = Mutation(MutationKind.STAR, 2, path="/api/graphql", field="stargazerCount")
    simulator = simulate(*SHAPES[:1], mutations=[mutation])
    query = '{ repository(owner: "acme", name: "a") { stargazerCount } }'
    paths = ["/api/graphql", "/graphql", "/graphql", "/api/graphql", "/graphql"]
    stars = [
        ask(simulator, query, path=path).json()["data"]["repository"]["stargazerCount"]
        for path in paths
    ]
    assert stars == [120, 120, 120, 120, 121]


@pytest.mark.parametrize(
    ("text", "mutation"),
    [
        ("close@2#newestIssue", Mutation(MutationKind.CLOSE, 2, field="newestIssue")),
        ("star@7:/graphql#*", Mutation(MutationKind.STAR, 7, path="/graphql", field=ANY_FIELD)),
    ],
)
def test_a_mutation_after_a_field_can_be_written_as_text(text: str, mutation: Mutation) -> None:
    assert Mutation.parse(text) == mutation


def test_a_replica_that_lags_shows_each_repository_as_it_was(simulate: Simulate) -> None:
    simulator = simulate(*SHAPES, graphql_lag=1, clock=lambda: NOW)
    stars = [MutationKind.STAR] * 3
    simulator.schedule(*(after(kind, n + 1, repo="acme/b") for n, kind in enumerate(stars)))
    simulator.schedule(after(MutationKind.CLOSE, 3, repo="acme/c"))
    seen = [
        [node["stargazerCount"] for node in pulse(simulator)["data"]["nodes"]] for _ in range(4)
    ]
    assert [of_b for _, of_b, _, _ in seen] == [120, 120, 121, 122]
    assert counts(simulator) == [BEFORE] * 4
    simulator.graphql_lag = 0
    assert counts(simulator) == [BEFORE, BEFORE, AFTER, BEFORE]
    assert pulse(simulator)["data"]["nodes"][1]["stargazerCount"] == 123
    assert get(simulator, "/repos/acme/b")[0].json()["stargazers_count"] == 123


def test_a_lag_reaches_no_further_than_the_states_that_are_kept(simulate: Simulate) -> None:
    simulator = simulate(*SHAPES[:1], graphql_lag=2)
    simulator.schedule(*(after(MutationKind.STAR, n) for n in (1, 2, 3)))
    for _ in range(3):
        pulse(simulator)
    shown = []
    for lag in (0, 1, 2, 9):
        simulator.graphql_lag = lag
        shown.append(pulse(simulator)["data"]["nodes"][0]["stargazerCount"])
    assert shown == [123, 122, 121, 121]


def test_a_lagging_replica_still_shows_what_is_gone_or_has_another_name(
    simulate: Simulate,
) -> None:
    simulator = simulate(*SHAPES[:2], graphql_lag=1)
    simulator.schedule(after(MutationKind.VANISH, repo="acme/a"))
    simulator.schedule(after(MutationKind.RENAME, repo="acme/b"))
    pulse(simulator)
    names = [node["nameWithOwner"] for node in pulse(simulator)["data"]["nodes"]]
    assert names == ["acme/a", "acme/b"]
    assert [r.status_code for r in get(simulator, "/repos/acme/a", "/repos/acme/b")] == [404, 301]


@pytest.mark.parametrize("kind", [MutationKind.CLOSE, MutationKind.DELETE, MutationKind.OPEN])
def test_a_list_of_rest_can_lag_too(simulate: Simulate, kind: MutationKind) -> None:
    simulator = simulate(*SHAPES[:1], rest_lag=1, mutations=[after(kind)], clock=lambda: NOW)
    url = "/repos/acme/a/issues"
    first, lagging = get(simulator, url, url)
    assert numbers(first) == numbers(lagging)
    simulator.rest_lag = 0
    [latest] = get(simulator, url)
    assert len(latest.json()) == len(first.json()) + (1 if kind is MutationKind.OPEN else -1)
    assert find_repository(simulator, "acme/a").as_of(1).open_ids() == {
        item["id"] for item in first.json()
    }
