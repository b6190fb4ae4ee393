"""Parsing GitHub's objects: what is required, what may be missing, what is replaced."""

from datetime import datetime, timezone
from typing import Any, get_args, get_type_hints

import pyarrow as pa
import pytest

from repo_stats.github.errors import TransientError
from repo_stats.github.parsing import (
    IssueRow,
    ItemRow,
    RepoMetadataRow,
    RepositoryRow,
    parse_issues,
    parse_repository,
    without_raw,
)
from repo_stats.warehouse.schemas import (
    ISSUE_PAGES,
    OPEN_ISSUES,
    REPO_METADATA,
    Column,
    TableSchema,
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


def test_an_issue_with_only_what_a_row_needs_is_a_row() -> None:
    parsed = row()
    assert (parsed["id"], parsed["number"], parsed["user"]) == (8589934593, 7, "ada")
    assert parsed["created_at"] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert parsed["labels"] == parsed["assignees"] == []
    assert parsed["closed_at"] is None


def test_an_item_is_a_pull_request_if_the_field_is_not_null() -> None:
    assert not row()["is_pull_request"]
    assert not row(pull_request=None)["is_pull_request"]
    assert row(pull_request={"url": "x"})["is_pull_request"]


def test_a_null_author_counts_as_ghost() -> None:
    parsed = row(user=None)
    assert (parsed["user_id"], parsed["user"]) == (10137, "ghost")


def test_labels_may_be_texts_or_objects() -> None:
    assert row(labels=["bug", {"name": "ui"}, {"name": None}])["labels"] == ["bug", "ui", ""]


def test_null_fields_stay_null_or_empty() -> None:
    parsed = row(milestone=None, labels=None, assignees=None, state_reason=None, title=None)
    assert (parsed["milestone"], parsed["state_reason"], parsed["title"]) == (None, None, "")


def test_odd_characters_are_kept_but_half_a_surrogate_pair_is_replaced() -> None:
    odd = "zero\u200bwidth \u202e rtl \u0007 bell \u2028 🐛"
    assert row(title=odd)["title"] == odd
    assert row(title="half \ud83d pair")["title"] == "half \ufffd pair"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"number": "x"},
        {"created_at": None},
        {"updated_at": "yesterday"},
        {"user": {"login": "no id"}},
        {"user": "ada"},
    ],
)
def test_an_item_that_is_no_issue_makes_the_page_worth_asking_for_again(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(TransientError, match="A page of a/b's issues holds something"):
        row(**changes)


@pytest.mark.parametrize("item", [None, 1, "x", [], {}])
def test_a_page_of_something_else_is_worth_asking_for_again(item: Any) -> None:
    with pytest.raises(TransientError):
        parse_issues([item], "a/b", 1)


def test_a_repository_needs_its_number_name_and_counters() -> None:
    assert parse_repository(REPOSITORY, "a/b")["stars"] == 2
    for key in REPOSITORY:
        with pytest.raises(TransientError, match="is not a repository"):
            parse_repository({k: v for k, v in REPOSITORY.items() if k != key}, "a/b")


PYTHON_TYPES = {
    pa.string(): str,
    pa.int64(): int,
    pa.bool_(): bool,
    pa.timestamp("us", tz="UTC"): datetime,
    pa.list_(pa.string()): list[str],
}


def describe_hint(hint: Any) -> tuple[Any, bool]:
    """The Python type of a row's value, and whether it may be missing."""
    if type(None) not in get_args(hint):
        return hint, False
    [kind] = set(get_args(hint)) - {type(None)}
    return kind, True


def describe_column(column: Column) -> tuple[Any, bool]:
    return PYTHON_TYPES[column.type], column.nullable


@pytest.mark.parametrize(
    ("row_type", "schema"),
    [(IssueRow, ISSUE_PAGES), (ItemRow, OPEN_ISSUES), (RepoMetadataRow, REPO_METADATA)],
)
def test_rows_have_the_columns_and_types_of_their_tables(
    row_type: Any, schema: TableSchema
) -> None:
    hints = {name: describe_hint(hint) for name, hint in get_type_hints(row_type).items()}
    assert hints == {column.name: describe_column(column) for column in schema.columns}


def test_a_parsed_row_has_every_column_that_its_type_names() -> None:
    assert set(row()) == set(get_type_hints(IssueRow))
    assert set(without_raw(row())) == set(get_type_hints(ItemRow))
    assert set(parse_repository(REPOSITORY, "a/b")) == set(get_type_hints(RepositoryRow))
