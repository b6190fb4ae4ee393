"""Parsing GitHub's objects: what is required, what may be missing, what is replaced."""

from typing import Any

import pytest

from repo_stats.github.errors import TransientError
from repo_stats.github.parsing import (
    IssueRow,
    parse_issues,
    parse_repository,
)

ISSUE = {
    "id": 2**33 + 1,
    "number": 7,
    "state": "open",
    "title": "t",
    "user": {"login": "ada", "id": 3, "type": "User"},
    "created_at": "2026-01-02T03:04:05Z",
    "updated_at": "2026-01-02T03:04:06Z",
}

REPOSITORY = {
    "id": 1,
    "full_name": "a/b",
    "stargazers_count": 2,
    "forks_count": 3,
    "open_issues_count": 4,
}


def row(**changes: Any) -> IssueRow:
    [parsed] = parse_issues([{**ISSUE, **changes}], "a/b", 1)
    return parsed


def test_a_reopened_item_that_keeps_the_time_of_its_end_has_none() -> None:
    end = "2026-01-03T03:04:05Z"
    assert row(state="open", closed_at=end)["closed_at"] is None
    assert row(state="closed", closed_at=end)["closed_at"] is not None


def test_an_item_is_a_pull_request_if_the_field_is_not_null() -> None:
    assert not row()["is_pull_request"]
    assert not row(pull_request=None)["is_pull_request"]
    assert row(pull_request={"url": "x"})["is_pull_request"]


def test_a_null_author_counts_as_ghost() -> None:
    parsed = row(user=None)
    assert (parsed["user_id"], parsed["user"], parsed["user_type"]) == (10137, "ghost", "User")


def test_a_pull_request_that_is_open_again_was_not_merged() -> None:
    links = {"url": "x", "merged_at": "2026-01-03T03:04:05Z"}
    assert row(state="open", pull_request=links)["merged_at"] is None
    assert row(state="closed", pull_request=links)["merged_at"] is not None
    assert row(state="closed", pull_request={"url": "x"})["merged_at"] is None


@pytest.mark.parametrize(
    ("login", "kind", "is_bot"),
    [
        ("ada", "User", False),
        ("dependabot", "Bot", True),
        ("Renovate[BOT]", "User", True),
        ("robot", "Mannequin", False),
    ],
)
def test_an_account_is_a_bot_by_its_type_or_by_the_end_of_its_login(
    login: str, kind: str, is_bot: bool
) -> None:
    parsed = row(user={"id": 3, "login": login, "type": kind})
    assert (parsed["user_type"], parsed["is_bot"]) == (kind, is_bot)


def test_labels_may_be_texts_or_objects() -> None:
    assert row(labels=["bug", {"name": "ui"}, {"name": None}])["labels"] == ["bug", "ui", ""]


def test_null_fields_stay_null_or_empty() -> None:
    parsed = row(milestone=None, labels=None, assignees=None, state_reason=None, title=None)
    assert (parsed["milestone"], parsed["state_reason"], parsed["title"]) == (None, None, "")


def test_odd_characters_are_kept_but_half_a_surrogate_pair_is_replaced() -> None:
    odd = "zero\u200bwidth \u202e rtl \u0007 bell \u2028 🐛"
    assert row(title=odd)["title"] == odd
    assert row(title="half \ud83d pair")["title"] == "half \ufffd pair"


BEYOND_64_BITS = 2**63

BEYOND_FLOATS = float("1e400")

NOT_JSON = "it holds a number that is not JSON"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("id", [None, "7", 7.0, True, 0, -7, BEYOND_64_BITS, BEYOND_FLOATS, [7]]),
        ("number", ["x", "7", 7.5, False, 0, -1, BEYOND_64_BITS]),
        ("comments", ["3", 3.0, True, -1, BEYOND_64_BITS, float("nan")]),
        ("created_at", [None, 5, "2026-01-02T03:04:05", "2026-01-02", ""]),
        ("updated_at", ["yesterday", "0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59Z"]),
        ("closed_at", [0, "2026-01-02 03:04:05"]),
        ("state", [None, 5, "op\ud83den", "OPEN", ""]),
        ("title", [5, ["t"], {}]),
        ("user", ["ada", {}, {"login": "no id"}, {"id": "3", "login": "ada"}, {"id": 0}]),
        ("labels", [5, "bug", {"name": "bug"}, [5], [{"name": 5}], [["bug"]]]),
        ("assignees", [True, [{"login": 5}]]),
        ("milestone", [5, "1.0", {"title": 5}]),
        ("draft", ["false", 0]),
        ("locked", ["no"]),
        ("state_reason", [5]),
        ("author_association", [{}]),
        ("html_url", [5]),
        ("anything_else", [float("nan"), BEYOND_FLOATS]),
    ],
)
def test_a_field_with_an_impossible_value_makes_the_page_worth_asking_for_again(
    field: str, values: list[Any]
) -> None:
    for value in values:
        with pytest.raises(TransientError, match="A page of a/b's issues holds something that is"):
            row(**{field: value})


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def test_an_object_that_is_nested_too_deep_to_be_stored_is_refused() -> None:
    assert row(anything_else=nested(20))["id"] == ISSUE["id"]
    with pytest.raises(TransientError, match="nested too deep"):
        row(anything_else=nested(100_000))


def test_what_is_not_an_issue_is_told_with_the_reason() -> None:
    for item, reason in [(5, "no object"), ({**ISSUE, "x": BEYOND_FLOATS}, NOT_JSON)]:
        with pytest.raises(TransientError) as raised:
            parse_issues([item], "a/b", 1)
        assert str(raised.value) == (
            f"A page of a/b's issues holds something that is not an issue ({reason}); try again "
            "later."
        )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "3 items have the id 8589934593"),
        ({"number": 8}, "3 items have the id 8589934593"),
        ({"id": 9}, "2 items have the id 8589934593"),
    ],
)
def test_a_page_that_has_an_item_more_than_once_is_refused(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(TransientError, match=reason):
        parse_issues([ISSUE, {**ISSUE, **changes}, ISSUE], "a/b", 1)


def test_two_items_of_a_page_cannot_have_one_number() -> None:
    with pytest.raises(TransientError, match="2 items have the number 7"):
        parse_issues([ISSUE, {**ISSUE, "id": 9}], "a/b", 1)


def test_times_of_other_zones_are_those_of_utc() -> None:
    assert row(updated_at="2026-01-02T05:04:06+02:00")["updated_at"].isoformat() == (
        "2026-01-02T03:04:06+00:00"
    )


def test_the_largest_numbers_and_the_times_of_imported_trackers_are_kept() -> None:
    parsed = row(id=2**63 - 1, updated_at="2004-05-06T07:08:09Z")
    assert parsed["id"] == 9223372036854775807
    assert parsed["updated_at"].year == 2004


@pytest.mark.parametrize("item", [None, 1, "x", [], {}])
def test_a_page_of_something_else_is_worth_asking_for_again(item: Any) -> None:
    with pytest.raises(TransientError):
        parse_issues([item], "a/b", 1)


def test_a_repository_needs_its_number_name_and_counters() -> None:
    for key in REPOSITORY:
        with pytest.raises(TransientError, match="is not a repository"):
            parse_repository({k: v for k, v in REPOSITORY.items() if k != key}, "a/b")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("id", ["1", 1.0, True, 0, -1, BEYOND_64_BITS]),
        ("full_name", [None, 5, "a", "a/", "/b", "a/b/c", "a/b\ud83d"]),
        ("stargazers_count", ["2", 2.0, True, -1, BEYOND_64_BITS, float("nan"), BEYOND_FLOATS]),
        ("forks_count", [None, -1]),
        ("open_issues_count", [4.5, -4]),
        ("subscribers_count", ["1", -1, False]),
        ("has_issues", ["yes", 1]),
        ("archived", ["no"]),
        ("description", [5, []]),
        ("license", [5, "MIT", {"spdx_id": 5}]),
        ("pushed_at", [5, "2026-01-02T03:04:05", "soon"]),
        ("anything_else", [BEYOND_FLOATS]),
    ],
)
def test_an_object_with_an_impossible_value_is_no_repository(field: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(TransientError, match="GitHub's response for a/b is not a repository"):
            parse_repository({**REPOSITORY, field: value}, "a/b")
