"""Answers to queries: what they tell of each repository, and what GitHub's errors mean."""

from typing import Any

import pytest

from repo_stats.github.graphql.answers import (
    Answer,
    OverloadedError,
    RefusedQueryError,
    read_answer,
)
from repo_stats.json_codec import from_json
from repo_stats_tests.helpers.pulses import body_of, node_of, pulse_of, response_of
from repo_stats_tests.helpers.rows import NOW


def read(*nodes: Any, **options: Any) -> Answer:
    return read_answer(response_of(body_of(*nodes, **options)), len(nodes))


def error_at(*path: Any, message: Any = "No.") -> dict[str, Any]:
    return {"message": message, "path": list(path)}


def test_a_node_gives_the_row_of_a_repository_and_its_pulse() -> None:
    node = node_of()
    [reading] = read(node).readings.values()
    assert reading.node_id == "R_1"
    assert (reading.pulse.asked_at, reading.pulse.repo_id) == (NOW, 1)
    assert reading.pulse.issues == pulse_of().issues
    row = dict(reading.row)
    assert from_json(dict, str(row.pop("raw")).encode()) == node
    times = [str(row.pop(name)) for name in ("created_at", "updated_at")]
    assert times == ["2020-01-01 00:00:00+00:00", "2026-11-22 12:00:00+00:00"]
    assert row == {
        "repo_id": 1,
        "full_name": "a/b",
        "description": "What it is.",
        "stars": 5,
        "forks": 4,
        "subscribers": None,
        "open_issues_count": 3,
        "has_issues": True,
        "is_archived": False,
        "is_fork": False,
        "is_private": False,
        "language": "Python",
        "license": "MIT",
        "default_branch": "main",
        "html_url": "https://github.com/a/b",
        "pushed_at": None,
        "api": "graphql",
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"watchers": {"totalCount": 6}}, {"subscribers": 6}),
        ({"primaryLanguage": None, "licenseInfo": None}, {"language": None, "license": None}),
        ({"defaultBranchRef": None, "url": None}, {"default_branch": None, "html_url": ""}),
        ({"hasIssuesEnabled": False, "isArchived": True}, {"has_issues": False}),
        ({"isFork": True, "isPrivate": True}, {"is_fork": True, "is_private": True}),
        ({"isArchived": True, "hasIssuesEnabled": None}, {"is_archived": True, "has_issues": True}),
        ({"pushedAt": "2026-11-23T12:00:00Z"}, {"pushed_at": NOW}),
    ],
)
def test_what_a_repository_lacks_is_null_in_its_row(
    changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    row: Any = read(node_of(**changes)).readings[0].row
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("node", "says"),
    [
        (None, "the answer is not a repository (it is empty)"),
        ({}, "the answer is not a repository ("),
        (node_of(stargazerCount=-1), "the answer is not a repository ("),
        (node_of(watchers={}), "the answer is not a repository ("),
        (node_of(id=None), "the answer is not a repository ("),
        (node_of(nameWithOwner="a"), "the answer is not a repository ("),
    ],
)
def test_a_node_that_is_no_repository_spoils_no_other(node: Any, says: str) -> None:
    answer = read(node_of("a/a"), node, node_of("c/c"))
    assert {at: r.row["full_name"] for at, r in answer.readings.items()} == {0: "a/a", 2: "c/c"}
    assert answer.problems[1].startswith(says)
    assert (len(answer.problems), answer.unanswered) == (1, set())


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("Could not resolve.", "Could not resolve."),
        (" two\n lines ", "two lines"),
        (None, "an error without a message"),
        ("", "an error without a message"),
        ("x" * 300, "x" * 200),
    ],
)
def test_an_error_beside_data_is_told_of_the_repository_in_its_path(
    message: Any, says: str
) -> None:
    errors = [error_at("nodes", 1, "issues", message=message), error_at("nodes", 1, message="2nd")]
    answer = read(node_of(), None, errors=errors)
    assert (list(answer.readings), answer.problems) == ([0], {1: says})


def test_a_node_with_an_error_is_not_believed_even_if_it_is_whole() -> None:
    answer = read(node_of(), node_of(), errors=[error_at("nodes", 0)])
    assert (list(answer.readings), list(answer.problems)) == ([1], [0])


@pytest.mark.parametrize(
    "error",
    [
        *("text", {}, error_at(), error_at("nodes"), error_at("nodes", "0"), error_at("rx")),
        *(error_at("x0"), error_at("r")),
        *(
            error_at("rateLimit"),
            error_at("xnodes", 0),
            error_at(0),
            {"message": "x", "path": "r0"},
        ),
    ],
)
def test_an_error_that_is_of_no_repository_spoils_none(error: Any) -> None:
    answer = read(node_of(), errors=[error])
    assert (list(answer.readings), answer.problems) == ([0], {})


@pytest.mark.parametrize(
    "message",
    [
        "Something went wrong while executing your query.",
        "This may be the result of a timeout.",
        "It timed out.",
        "Resource limits for this query exceeded.",
    ],
)
def test_a_repository_that_github_had_no_time_for_is_unanswered(message: str) -> None:
    answer = read(node_of(), None, errors=[error_at("nodes", 1, message=message)])
    assert (answer.unanswered, answer.problems, list(answer.readings)) == ({1}, {}, [0])
    with pytest.raises(OverloadedError, match=message):
        read_answer(response_of({"errors": [{"message": "x"}, {"message": message}]}), 1)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"errors": [{"message": "Not accessible."}, {"message": "2nd"}]}, "Not accessible."),
        ({"data": None, "errors": [{"type": "FORBIDDEN"}]}, "an error without a message"),
        ({}, "the answer has no data"),
        ({"data": []}, "the answer has no data"),
        ({"data": {}, "errors": "x"}, "the answer has no data"),
        ({"data": {"nodes": None}}, "the answer has no data"),
        ({"data": {"nodes": [node_of()]}}, "the answer has no data"),
        ({"data": {"nodes": {"0": 1, "1": 2}}}, "the answer has no data"),
        ({"data": {"r2": node_of()}}, "the answer has no data"),
    ],
)
def test_a_query_without_data_is_refused_in_githubs_words(body: Any, says: str) -> None:
    with pytest.raises(RefusedQueryError) as raised:
        read_answer(response_of(body), 2)
    assert str(raised.value) == says


def test_an_answer_by_names_is_in_the_order_of_the_query() -> None:
    nodes = {"r1": node_of("c/d", 2), "r0": None, "r10": node_of("e/f", 3)}
    errors = [error_at("r0", message="Could not resolve.")]
    answer = read_answer(response_of({"data": nodes, "errors": errors}), 11)
    assert {at: r.row["full_name"] for at, r in answer.readings.items()} == {1: "c/d", 10: "e/f"}
    assert answer.problems[0] == "Could not resolve."
    assert set(answer.problems) == {0, *range(2, 10)}


@pytest.mark.parametrize(
    ("limit", "points"),
    [({"cost": 3}, 3), (None, 0), ({}, 0), ({"cost": "x"}, 0), ("x", 0)],
)
def test_an_answer_tells_what_it_cost(limit: Any, points: int) -> None:
    body = {"data": {"nodes": [node_of()], "rateLimit": limit}}
    assert read_answer(response_of(body), 1).points == points
