"""Issues and pull requests of a repository as connections."""

from typing import Any

import pytest

from repo_stats.simulator.changes import close_issue, touch_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.graphql import documents, items
from repo_stats.simulator.graphql.items import state_of
from repo_stats.simulator.objects import make_account, make_ghost
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import JsonObject
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_changes import NOW, STAMP, only_repository
from repo_stats_tests.helpers.simulated_graphql import ask

SHAPE = Shape("acme/rocket", 30, 12, closed_items=20)

NEWEST = "orderBy: {field: UPDATED_AT, direction: DESC}"


def found(simulator: Simulator, selection: str) -> Any:
    """A connection of the only repository."""
    query = f'{{ repository(owner: "acme", name: "rocket") {{ found: {selection} }} }}'
    body = ask(simulator, query).json()
    assert "errors" not in body, body["errors"]
    return body["data"]["repository"]["found"]


def items_of(simulator: Simulator, *, pull_requests: bool) -> list[JsonObject]:
    every = only_repository(simulator).issues
    return [item for item in every if ("pull_request" in item) is pull_requests]


@pytest.mark.parametrize(("name", "pull_requests"), [("issues", False), ("pullRequests", True)])
@pytest.mark.parametrize(
    ("order", "key"),
    [("CREATED_AT", "created_at"), ("UPDATED_AT", "updated_at"), ("COMMENTS", "comments")],
)
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_a_walk_by_cursors_finds_each_item_once_in_order(
    simulate: Simulate, name: str, pull_requests: bool, order: str, key: str, direction: str
) -> None:
    simulator = simulate(SHAPE)
    alike = items_of(simulator, pull_requests=pull_requests)
    for item in alike[:6]:
        item[key] = alike[0][key]
    expected = sorted(((item[key], item["number"]) for item in alike), reverse=direction == "DESC")
    seen: list[int] = []
    after, has_more = "", True
    while has_more:
        page = found(
            simulator,
            f"{name}(first: 4{after}, orderBy: {{field: {order}, direction: {direction}}}) "
            "{ totalCount nodes { number } edges { cursor node { number } } "
            "pageInfo { endCursor hasNextPage hasPreviousPage } }",
        )
        assert page["totalCount"] == len(alike)
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["pageInfo"]["hasPreviousPage"] is bool(seen)
        seen += [node["number"] for node in page["nodes"]]
        has_more = page["pageInfo"]["hasNextPage"]
        after = f', after: "{page["pageInfo"]["endCursor"]}"'
    assert seen == [number for _, number in expected]


def test_the_last_items_before_a_cursor_are_found(simulate: Simulate) -> None:
    simulator = simulate(SHAPE)
    fields = "{ nodes { number } pageInfo { startCursor hasNextPage hasPreviousPage } }"
    every = found(simulator, f"issues(first: 100, {NEWEST}) {fields}")["nodes"]
    last = found(simulator, f"issues(last: 3, {NEWEST}) {fields}")
    assert last["nodes"] == every[-3:]
    cursor = last["pageInfo"]["startCursor"]
    before = found(simulator, f'issues(last: 3, before: "{cursor}", {NEWEST}) {fields}')
    assert before["nodes"] == every[-6:-3]
    assert before["pageInfo"]["hasNextPage"]


def test_items_come_by_their_creation_unless_an_order_is_given(simulate: Simulate) -> None:
    simulator = simulate(SHAPE)
    issues = items_of(simulator, pull_requests=False)
    oldest = min(issues, key=lambda item: (item["created_at"], item["number"]))
    oldest["updated_at"] = STAMP
    [node] = found(simulator, "issues(first: 1) { nodes { number } }")["nodes"]
    assert node["number"] == oldest["number"]


def test_items_that_do_not_count_their_changes_are_selected_each_time(simulate: Simulate) -> None:
    simulator = simulate(SHAPE)
    repository = only_repository(simulator)
    repository.issues[-1] = plain = dict(repository.issues[-1])
    name = "pullRequests" if "pull_request" in plain else "issues"
    counts = []
    for state in ("open", "closed", "open"):
        plain["state"] = state
        counts.append(found(simulator, f"{name}(states: OPEN) {{ totalCount }}")["totalCount"])
    assert counts == [counts[0], counts[0] - 1, counts[0]]


def test_items_are_counted_by_state_and_by_the_time_of_their_update(simulate: Simulate) -> None:
    simulator = simulate(SHAPE)
    issues = items_of(simulator, pull_requests=False)
    pulls = items_of(simulator, pull_requests=True)
    merged = [item for item in pulls if item["pull_request"]["merged_at"]]
    assert merged
    since = sorted(item["updated_at"] for item in issues)[5]
    counts = {
        selection: found(simulator, f"{selection} {{ totalCount }}")["totalCount"]
        for selection in (
            "issues",
            "issues(states: [OPEN])",
            "issues(states: [OPEN, CLOSED])",
            "issues(filterBy: {states: [CLOSED]})",
            f'issues(filterBy: {{since: "{since}"}})',
            'issues(filterBy: {since: "2099-01-01T00:00:00+02:00"})',
            "pullRequests(states: [MERGED])",
            "pullRequests(states: [CLOSED])",
        )
    }
    opened = sum(item["state"] == "open" for item in issues)
    closed_pulls = sum(item["state"] == "closed" for item in pulls)
    recent = sum(item["updated_at"] >= since for item in issues)
    assert [*counts.values()] == [
        *(len(issues), opened, len(issues), len(issues) - opened, recent, 0),
        *(len(merged), closed_pulls - len(merged)),
    ]


def test_the_newest_item_follows_each_change_and_the_higher_number_wins(
    simulate: Simulate,
) -> None:
    simulator = simulate(SHAPE)
    repository = only_repository(simulator)
    selection = f"issues(first: 1, {NEWEST}) {{ nodes {{ number updatedAt state }} }}"
    opened = [i for i in items_of(simulator, pull_requests=False) if i["state"] == "open"]
    low, high = sorted(item["number"] for item in opened)[:2]
    found(simulator, selection)
    for change, number, at, newest in (
        (touch_issue, high, NOW, (high, STAMP, "OPEN")),
        (close_issue, low, NOW, (high, STAMP, "OPEN")),
        (touch_issue, low, NOW + 1, (low, "2026-09-02T12:00:01Z", "CLOSED")),
    ):
        change(repository, number, at)
        [node] = found(simulator, selection)["nodes"]
        assert tuple(node.values()) == newest
    repository.issues.clear()
    assert found(simulator, selection)["nodes"] == []


def test_items_are_selected_anew_only_when_one_has_changed(
    simulate: Simulate, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = simulate(SHAPE)
    looks: list[int] = []

    def look(item: JsonObject) -> str:
        looks.append(item["number"])
        return state_of(item)

    monkeypatch.setattr(items, "state_of", look)
    selection = "issues(states: [OPEN]) { totalCount }"
    counts, looked = [], []
    issues = items_of(simulator, pull_requests=False)
    for _ in range(2):
        counts += [found(simulator, selection)["totalCount"] for _ in range(2)]
        looked.append(len(looks))
        touch_issue(only_repository(simulator), issues[0]["number"], NOW)
    assert (len(set(counts)), looked) == (1, [len(issues), 2 * len(issues)])


def test_a_query_is_held_against_the_schema_once(
    simulate: Simulate, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = simulate(SHAPE)
    texts: list[str] = []
    monkeypatch.setattr(documents, "validate", lambda *_: texts.append("read"))
    for _ in range(3):
        found(simulator, "issues { totalCount } onlyHere: name")
    assert texts == ["read"]


def test_an_item_has_the_fields_that_rest_has(simulate: Simulate) -> None:
    simulator = simulate(SHAPE)
    issue = items_of(simulator, pull_requests=False)[0]
    pull = items_of(simulator, pull_requests=True)[0]
    for item in (issue, pull):
        item.update(updated_at=STAMP, user=make_account("renovate[bot]", 7, "Bot"))
    common = "id fullDatabaseId number title closed closedAt createdAt updatedAt url state"
    author = "author { __typename login url }"
    [node] = found(
        simulator, f"issues(first: 1, {NEWEST}) {{ nodes {{ {common} databaseId {author} }} }}"
    )["nodes"]
    assert node == {
        "id": issue["node_id"],
        "fullDatabaseId": str(issue["id"]),
        "databaseId": None,
        "number": issue["number"],
        "title": issue["title"],
        "closed": issue["state"] == "closed",
        "closedAt": issue["closed_at"],
        "createdAt": issue["created_at"],
        "updatedAt": STAMP,
        "url": issue["html_url"],
        "state": str(issue["state"]).upper(),
        "author": {
            "__typename": "Bot",
            "login": "renovate",
            "url": "https://github.com/renovate[bot]",
        },
    }
    [node] = found(
        simulator, f"pullRequests(first: 1, {NEWEST}) {{ nodes {{ {common} isDraft mergedAt }} }}"
    )["nodes"]
    assert (node["id"], node["isDraft"], node["mergedAt"]) == (
        *(pull["node_id"], pull["draft"], None),
    )


@pytest.mark.parametrize("user", [None, make_ghost()])
def test_a_deleted_author_is_null(simulate: Simulate, user: JsonObject | None) -> None:
    simulator = simulate(SHAPE)
    items_of(simulator, pull_requests=False)[0].update(updated_at=STAMP, user=user)
    selection = f"issues(first: 1, {NEWEST}) {{ nodes {{ author {{ login }} }} }}"
    assert found(simulator, selection)["nodes"] == [{"author": None}]


def test_a_cursor_or_a_time_that_is_none_is_an_error(simulate: Simulate) -> None:
    simulator = simulate(SHAPE)
    kinds = []
    for arguments in ('first: 1, after: "x"', 'first: 1, filterBy: {since: "soon"}'):
        query = (
            '{ repository(owner: "acme", name: "rocket") '
            f"{{ issues({arguments}) {{ nodes {{ number }} }} }} }}"
        )
        body = ask(simulator, query).json()
        assert body["data"] == {"repository": None}
        kinds.append(body["errors"][0]["type"])
    assert kinds == ["INVALID_CURSOR_ARGUMENTS", "argumentLiteralsIncompatible"]
