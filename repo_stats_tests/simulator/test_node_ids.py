"""The ids of nodes, which REST and GraphQL share."""

import pytest

from repo_stats.simulator.changes import open_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.node_ids import (
    is_legacy,
    item_id,
    legacy_repository_id,
    read_repository,
    repository_id,
)
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.simulated_changes import NOW


def test_the_id_of_a_repository_is_the_one_that_github_gives_it() -> None:
    assert repository_id(766978506) == "R_kgDOLbcpyg"
    assert legacy_repository_id(123) == "MDEwOlJlcG9zaXRvcnkxMjM="
    assert [is_legacy(form(8514)) for form in (repository_id, legacy_repository_id)] == [
        *(False, True),
    ]


@pytest.mark.parametrize("number", [1, 127, 128, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32])
def test_both_forms_of_an_id_name_the_same_repository(number: int) -> None:
    assert read_repository(repository_id(number)) == number
    assert read_repository(legacy_repository_id(number)) == number


@pytest.mark.parametrize(
    "text",
    ["", "R_", "R_kgDO", "R_k", "R_ü", "X_kgDOLbcpyg", "MDQ6VXNlcjE=", "R_kgDOLbcpygAA", "1"],
)
def test_what_is_no_id_of_a_repository_names_none(text: str) -> None:
    assert read_repository(text) is None


def test_items_have_ids_of_their_kind_that_name_repository_and_item() -> None:
    repository = generated(Shape("acme/rocket", 20, 5))
    items = [*repository.issues, open_issue(repository, NOW)]
    for item in items:
        is_pull_request = "pull_request" in item
        expected = item_id(repository.id, item["id"], is_pull_request=is_pull_request)
        assert item["node_id"] == expected
        assert expected.startswith("PR_kw" if is_pull_request else "I_kw")
    assert len({item["node_id"] for item in items}) == len(items)
    assert repository.object["node_id"] == repository_id(repository.id)
