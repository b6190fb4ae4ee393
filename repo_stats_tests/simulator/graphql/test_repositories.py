"""What queries tell of repositories, found by id or by name."""

from typing import Any

import pytest

from repo_stats.simulator.accounts import Access
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.node_ids import legacy_repository_id, repository_id
from repo_stats.simulator.troubles import ISSUES_OFF, Trouble
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.simulated_api import get
from repo_stats_tests.helpers.simulated_graphql import (
    FRAGMENT,
    SHAPES,
    ask,
    node_ids,
    pulse,
)


def names_of(body: Any) -> list[str | None]:
    return [node and node["nameWithOwner"] for node in body["data"]["nodes"]]


@pytest.mark.parametrize("path", ["/graphql", "/api/graphql"])
def test_a_pulse_tells_of_a_repository_what_rest_tells(simulate: Simulate, path: str) -> None:
    simulator = simulate(*SHAPES)
    described, listed = get(
        simulator, "/repos/acme/b", "/repos/acme/b/issues?state=all&per_page=100&sort=updated"
    )
    rest, items = described.json(), listed.json()
    query = f'{{ repository(owner: "ACME", name: "b") {{ ...Pulse }} }} {FRAGMENT}'
    node = ask(simulator, query, path=path).json()["data"]["repository"]
    for connection, key, is_kind in (
        ("Issue", "openIssues", False),
        ("PullRequest", "openPullRequests", True),
    ):
        alike = [item for item in items if ("pull_request" in item) is is_kind]
        newest = max(alike, key=lambda item: (item["updated_at"], item["number"]))
        [found] = node.pop(f"newest{connection}")["nodes"]
        is_merged = bool((newest.get("pull_request") or {}).get("merged_at"))
        state = "MERGED" if is_merged else str(newest["state"]).upper()
        assert found == {
            "number": newest["number"],
            "updatedAt": newest["updated_at"],
            "state": state,
        }
        count = sum(item["state"] == "open" for item in alike)
        assert node.pop(key) == {"totalCount": count}
    assert node == {
        "id": rest["node_id"],
        "databaseId": rest["id"],
        "nameWithOwner": "acme/b",
        "description": rest["description"],
        "stargazerCount": rest["stargazers_count"],
        "forkCount": rest["forks_count"],
        "url": rest["html_url"],
        "isArchived": False,
        "isFork": False,
        "isPrivate": False,
        "isDisabled": False,
        "hasIssuesEnabled": True,
        "primaryLanguage": {"name": "Python"},
        "licenseInfo": {"spdxId": "Apache-2.0"},
        "defaultBranchRef": {"name": "main"},
        "createdAt": rest["created_at"],
        "updatedAt": rest["updated_at"],
        "pushedAt": rest["pushed_at"],
        "watchers": {"totalCount": rest["subscribers_count"]},
    }


def test_nodes_keep_the_order_of_the_ids_and_may_repeat(simulate: Simulate) -> None:
    simulator = simulate(*SHAPES)
    a, b, c, d = node_ids(simulator)
    body = pulse(simulator, [c, a, d, c, b])
    assert names_of(body) == ["acme/c", "acme/a", "acme/d", "acme/c", "acme/b"]
    assert "errors" not in body


def test_what_is_no_repository_is_null_with_an_error_at_its_place(simulate: Simulate) -> None:
    simulator = simulate(*SHAPES)
    a, b, _, _ = node_ids(simulator)
    unknown = repository_id(1)
    body = pulse(simulator, [a, unknown, b, "R_nonsense"])
    assert names_of(body) == ["acme/a", None, "acme/b", None]
    assert [(error["type"], error["path"], error["message"]) for error in body["errors"]] == [
        (
            "NOT_FOUND",
            ["nodes", place],
            f"Could not resolve to a node with the global id of '{id_}'",
        )
        for place, id_ in ((1, unknown), (3, "R_nonsense"))
    ]


@pytest.mark.parametrize("trouble", [Trouble.MISSING, Trouble.TAKEN_DOWN, Trouble.BLOCKED])
def test_a_repository_that_rest_refuses_is_not_found(simulate: Simulate, trouble: Trouble) -> None:
    simulator = simulate(*SHAPES)
    find_repository(simulator, "acme/b").trouble = trouble
    body = pulse(simulator)
    assert names_of(body) == ["acme/a", None, "acme/c", "acme/d"]
    assert [error["type"] for error in body["errors"]] == ["NOT_FOUND"]
    by_name = ask(simulator, '{ r: repository(owner: "acme", name: "b") { id } }').json()
    assert by_name["data"] == {"r": None}
    [error] = by_name["errors"]
    assert (error["path"], error["type"]) == (["r"], "NOT_FOUND")
    assert error["message"] == "Could not resolve to a Repository with the name 'acme/b'."


def test_a_broken_repository_is_null_and_says_that_something_went_wrong(
    simulate: Simulate,
) -> None:
    simulator = simulate(*SHAPES)
    find_repository(simulator, "acme/b").trouble = Trouble.BROKEN
    body = pulse(simulator)
    assert names_of(body) == ["acme/a", None, "acme/c", "acme/d"]
    [error] = body["errors"]
    assert "type" not in error
    assert error["message"].startswith("Something went wrong while executing your query")


@pytest.mark.parametrize("trouble", [*sorted(ISSUES_OFF, key=str), Trouble.LIST_GONE])
def test_a_repository_without_issues_still_has_pull_requests(
    simulate: Simulate, trouble: Trouble
) -> None:
    simulator = simulate(*SHAPES)
    before = pulse(simulator)["data"]["nodes"][1]
    find_repository(simulator, "acme/b").trouble = trouble
    after = pulse(simulator)["data"]["nodes"][1]
    is_off = trouble in ISSUES_OFF
    assert after["hasIssuesEnabled"] is not is_off
    if is_off:
        assert after.pop("openIssues") == {"totalCount": 0}
        assert after.pop("newestIssue") == {"nodes": []}
        del after["hasIssuesEnabled"]
    assert after == {key: before[key] for key in after}


def test_a_legacy_id_is_answered_in_its_form_unless_the_new_one_is_asked_for(
    simulate: Simulate,
) -> None:
    simulator = simulate(*SHAPES[:1])
    [new] = node_ids(simulator)
    legacy = legacy_repository_id(find_repository(simulator, "acme/a").id)
    old, asked = (
        pulse(simulator, [legacy]),
        pulse(simulator, [legacy], {"x-github-next-global-id": "1"}),
    )
    assert [body["data"]["nodes"][0]["id"] for body in (old, asked)] == [legacy, new]
    [warning] = old["extensions"]["warnings"]
    assert warning == {
        "type": "DEPRECATION",
        "message": f"The id {legacy} is deprecated. Update your cache to use the next_global_id "
        "from the data payload.",
        "data": {"legacy_global_id": legacy, "next_global_id": new},
        "link": "https://docs.github.com",
    }
    assert "extensions" not in asked
    find_repository(simulator, "acme/a").object["node_id"] = legacy
    by_name = '{ repository(owner: "acme", name: "a") { id } }'
    ids = [
        ask(simulator, by_name, headers=headers).json()["data"]["repository"]["id"]
        for headers in (None, {"x-github-next-global-id": "1"})
    ]
    assert ids == [legacy, new]


def test_a_renamed_repository_is_found_by_id_and_by_its_old_name_if_renames_are_followed(
    simulate: Simulate,
) -> None:
    simulator = simulate(*SHAPES)
    simulator.world.rename("acme/b", "other/new")
    assert names_of(pulse(simulator)) == ["acme/a", "other/new", "acme/c", "acme/d"]
    query = """query ($follow: Boolean!) {
      old: repository(owner: "acme", name: "b") { nameWithOwner url name owner { login } }
      new: repository(owner: "other", name: "new") { nameWithOwner }
      strict: repository(owner: "acme", name: "b", followRenames: $follow) { nameWithOwner }
    }"""
    data = ask(simulator, query, {"follow": True}).json()["data"]
    assert {node["nameWithOwner"] for node in data.values()} == {"other/new"}
    assert data["old"]["url"] == "https://github.com/other/new"
    assert data["old"]["name"] == "new"
    strict = ask(simulator, query, {"follow": False}).json()
    assert strict["data"]["strict"] is None
    assert [error["path"] for error in strict["errors"]] == [["strict"]]


def test_fields_of_a_repository_can_be_left_out(simulate: Simulate) -> None:
    simulator = simulate(*SHAPES[:1])
    query = """query ($ids: [ID!]!, $full: Boolean!) {
      nodes(ids: $ids) { __typename ... on Repository {
        visibility isTemplate diskUsage homepageUrl
        watchers @include(if: $full) { totalCount }
      } }
    }"""
    variables = {"ids": node_ids(simulator), "full": False}
    [node] = ask(simulator, query, variables).json()["data"]["nodes"]
    assert node == {
        "__typename": "Repository",
        "visibility": "PUBLIC",
        "isTemplate": False,
        "diskUsage": 4_096,
        "homepageUrl": None,
    }


def test_a_query_tells_nothing_of_what_its_token_may_not_see(simulate: Simulate) -> None:
    secret = Shape("acme/secret", 2, 1, visibility="internal", is_archived=True, is_fork=True)
    simulator = simulate(*SHAPES, secret, access=Access(private=frozenset({"seer"})))
    query = (
        '{ repository(owner: "acme", name: "secret") '
        "{ nameWithOwner isPrivate isArchived isFork visibility } }"
    )
    hidden = ask(simulator, query).json()
    assert hidden["data"] == {"repository": None}
    assert hidden["errors"][0]["type"] == "NOT_FOUND"
    seen = ask(simulator, query, headers={"authorization": "Bearer seer"}).json()
    assert seen["data"]["repository"] == {
        "nameWithOwner": "acme/secret",
        "isPrivate": True,
        "isArchived": True,
        "isFork": True,
        "visibility": "INTERNAL",
    }
