"""The synthetic repositories."""

import pytest

from repo_stats.simulator.generator import PREFECT, Shape, generate_repository
from repo_stats.simulator.items import Item
from repo_stats_tests.helpers.generated import generated


def test_the_default_repository_has_the_numbers_of_the_tutorial() -> None:
    repository = generate_repository(PREFECT)
    described = repository.describe()
    assert (described["stargazers_count"], described["forks_count"]) == (12159, 1251)
    opened = [issue for issue in repository.issues if issue["state"] == "open"]
    users = {(issue["user"] or {"id": 10137})["id"] for issue in opened}
    assert (len(opened), len(users), described["open_issues_count"]) == (591, 260, 591)
    assert any("pull_request" in issue for issue in opened)
    assert any(issue["user"] is None for issue in opened)
    assert any((issue["user"] or {}).get("login") == "ghost" for issue in opened)
    assert any((issue["user"] or {}).get("type") == "Bot" for issue in opened)
    assert any(issue["body"] is None for issue in opened)
    assert any(issue["id"] > 2**32 for issue in opened)
    assert any(not issue["title"].isascii() for issue in opened)
    assert any("<script>" in issue["title"] for issue in opened)


def test_numbers_have_gaps_and_are_not_in_the_order_of_creation() -> None:
    issues = generate_repository(PREFECT).issues
    by_creation = [i["number"] for i in sorted(issues, key=lambda i: i["created_at"])]
    assert by_creation != sorted(by_creation)
    assert max(by_creation) > len(by_creation)
    assert len(set(by_creation)) == len(by_creation)


def test_the_same_seed_gives_the_same_repository_and_another_seed_another() -> None:
    shape = Shape("a/b", 20, 5)
    assert generate_repository(shape, 3).issues == generate_repository(shape, 3).issues
    assert generate_repository(shape, 3).issues != generate_repository(shape, 4).issues


def test_copies_are_as_generated_and_changes_of_one_are_in_no_other() -> None:
    shape = Shape("a/b", 20, 5)
    copy = generated(shape)
    assert copy == generate_repository(shape)
    assert set(map(type, copy.issues)) == {Item}
    copy.issues[0]["labels"].append("changed")
    copy.object["owner"]["login"] = "changed"
    assert generated(shape) == generate_repository(shape)


@pytest.mark.parametrize(("items", "users"), [(0, 0), (1, 1), (10, 1), (10, 10), (400, 300)])
def test_a_repository_of_any_size_has_the_given_number_of_authors(items: int, users: int) -> None:
    repository = generate_repository(Shape("a/b", items, users))
    opened = [issue for issue in repository.issues if issue["state"] == "open"]
    assert len(opened) == items
    assert len({(issue["user"] or {"id": 10137})["id"] for issue in opened}) == users


@pytest.mark.parametrize(("items", "users"), [(0, 1), (1, 0), (3, 4)])
def test_impossible_numbers_of_authors_are_refused(items: int, users: int) -> None:
    with pytest.raises(ValueError, match="cannot have"):
        generate_repository(Shape("a/b", items, users))
