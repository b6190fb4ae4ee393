"""Responses compared with GitHub's own API description and with recorded objects."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from repo_stats.simulator.changes import open_issue
from repo_stats.simulator.generator import PREFECT, Shape
from repo_stats.simulator.recorded import load_recorded
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.recorded import RECORDED, SCHEMAS
from repo_stats_tests.helpers.simulated_api import ISSUES, URL, get, post


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    if not SCHEMAS.exists():
        pytest.skip("needs GitHub's API description in ../shared")
    description: dict[str, Any] = json.loads(SCHEMAS.read_text())
    version = description["x-api-version-2022-11-28"]["components"]["schemas"]
    description["components"]["schemas"].update(version)
    return description


@pytest.mark.parametrize(
    ("url", "schema"),
    [
        ("/repos/PrefectHQ/prefect", {"$ref": "#/components/schemas/full-repository"}),
        (
            "/repos/PrefectHQ/prefect/issues?state=all&per_page=100&page={page}",
            {"type": "array", "items": {"$ref": "#/components/schemas/issue"}},
        ),
        ("/rate_limit", {"$ref": "#/components/schemas/rate-limit-overview"}),
        (
            "/orgs/PrefectHQ/repos",
            {"type": "array", "items": {"$ref": "#/components/schemas/repository"}},
        ),
        (
            "/users/PrefectHQ/repos",
            {"type": "array", "items": {"$ref": "#/components/schemas/repository"}},
        ),
        ("/orgs/nobody/repos", {"$ref": "#/components/schemas/basic-error"}),
        ("/installation/repositories", {"$ref": "#/components/schemas/basic-error"}),
        ("/repos/no/body", {"$ref": "#/components/schemas/basic-error"}),
        (
            "/repos/PrefectHQ/prefect/issues?page=99&per_page=100",
            {"$ref": "#/components/schemas/basic-error"},
        ),
    ],
)
def test_responses_match_githubs_api_description(
    schemas: dict[str, Any], url: str, schema: dict[str, Any]
) -> None:
    simulator = Simulator(World.of([generated(PREFECT)]))
    validator = jsonschema.Draft202012Validator({**schemas, **schema})
    pages = (1, 5, 9) if "{page}" in url else [0]
    responses = get(simulator, *(url.format(page=page) for page in pages))
    answers = [response.json() for response in responses]
    assert [page for page, answer in zip(pages, answers, strict=True) if not answer] == []
    assert [error.message for answer in answers for error in validator.iter_errors(answer)] == []


def test_an_installations_list_matches_githubs_api_description(schemas: dict[str, Any]) -> None:
    simulator = Simulator(World.of([generated(Shape("acme/rocket", 5, 2))]))
    token = post(simulator, "/app/installations/7/access_tokens", "Bearer a.b.c").json()["token"]
    [listed] = get(simulator, "/installation/repositories", authorization=f"Bearer {token}")
    # The description of this list, which the subset of it does not have, names these three.
    assert set(listed.json()) == {"total_count", "repository_selection", "repositories"}
    items = {"type": "array", "items": {"$ref": "#/components/schemas/repository"}}
    jsonschema.Draft202012Validator({**schemas, **items}).validate(listed.json()["repositories"])
    known = set(schemas["components"]["schemas"]["repository"]["properties"])
    assert set().union(*listed.json()["repositories"]) <= known


def test_a_new_item_matches_githubs_api_description(schemas: dict[str, Any]) -> None:
    repository = generated(Shape("acme/rocket", 5, 2))
    opened = [open_issue(repository, 1_800_000_000.5) for _ in range(20)]
    issues = {"type": "array", "items": {"$ref": "#/components/schemas/issue"}}
    jsonschema.Draft202012Validator({**schemas, **issues}).validate(opened)
    assert len({"pull_request" in issue for issue in opened}) == 2


def test_the_newer_api_version_drops_what_github_dropped(
    rocket: Simulate,
) -> None:
    simulator = rocket()
    responses = get(simulator, URL, ISSUES, "/rate_limit", **{"x-github-api-version": "2026-03-10"})
    described, listed, limits = [response.json() for response in responses]
    assert "has_downloads" not in described
    assert {"assignee" in issue for issue in listed} == {False}
    assert "rate" not in limits
    assert {"assignee" in issue for issue in get(simulator, ISSUES)[0].json()} == {True}


@pytest.mark.skipif(not RECORDED.exists(), reason="needs recorded API objects in ../shared")
def test_recorded_objects_are_served_as_they_are() -> None:
    repository = load_recorded(RECORDED)
    simulator = Simulator(World.of([repository]))
    described, *pages = get(
        simulator,
        "/repos/rails/rails",
        *(f"/repos/rails/rails/issues?state=all&per_page=100&page={n}" for n in range(1, 6)),
    )
    assert described.json()["open_issues_count"] == 602
    served = {issue["id"]: issue for page in pages for issue in page.json()}
    assert served == {issue["id"]: issue for issue in repository.issues}


@pytest.mark.skipif(not RECORDED.exists(), reason="needs recorded API objects in ../shared")
def test_a_recorded_object_is_listed_without_what_only_a_single_one_has() -> None:
    repository = load_recorded(RECORDED)
    simulator = Simulator(World.of([repository]))
    described, listed = get(simulator, "/repos/rails/rails", "/orgs/rails/repos")
    [item] = listed.json()
    assert {**described.json(), **item} == described.json()
    assert set(described.json()) - set(item) == {
        *("network_count", "organization", "subscribers_count"),
    }


def test_a_folder_without_recorded_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_recorded(tmp_path)
