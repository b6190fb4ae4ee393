"""Parsed objects as whole rows: each column holds its field, or what stands for a missing one."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any, get_args, get_type_hints

import pyarrow as pa
import pytest

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
from repo_stats_tests.github.test_parsing import REPOSITORY, row

AT, LATER = (datetime(2026, 1, 2, 3, 4, second, tzinfo=timezone.utc) for second in (5, 6))


def test_an_issue_with_only_what_a_row_needs_is_a_row() -> None:
    assert without_raw(row(title=None, user={"id": 3})) == {
        "repo": "a/b",
        "repo_id": 1,
        "id": 8589934593,
        "number": 7,
        "is_pull_request": False,
        "is_draft": False,
        "issue_type": None,
        "title": "",
        "state": "open",
        "state_reason": None,
        "user_id": 3,
        "user": "",
        "user_type": "",
        "is_bot": False,
        "author_association": None,
        "labels": [],
        "assignees": [],
        "milestone": None,
        "comments": 0,
        "reactions": None,
        "is_locked": False,
        "locked_reason": None,
        "html_url": "",
        "created_at": AT,
        "updated_at": LATER,
        "closed_at": None,
        "merged_at": None,
    }


ITEM = {
    "id": 1,
    "number": 1,
    "pull_request": {"url": "x", "merged_at": "2026-01-02T03:04:05Z"},
    "type": {"id": 1, "name": "Bug"},
    "draft": True,
    "title": "t",
    "state": "closed",
    "state_reason": "completed",
    "user": {"id": 1, "login": "bot[bot]", "type": "Bot"},
    "author_association": "NONE",
    "labels": [{"name": "ui"}],
    "assignees": [{"login": "bob"}],
    "milestone": {"title": "1.0"},
    "comments": 2,
    "reactions": {"total_count": 3, "+1": 2, "heart": 1},
    "locked": True,
    "active_lock_reason": "too heated",
    "html_url": "https://github.com/a/b/pull/1",
    "created_at": "2026-01-02T03:04:05Z",
    "updated_at": "2026-01-02T03:04:06Z",
    "closed_at": "2026-01-02T03:04:06Z",
}


def test_each_column_of_an_item_holds_the_field_of_its_description() -> None:
    [parsed] = parse_issues([ITEM], "a/b", 1)
    assert json.loads(parsed["raw"]) == ITEM
    assert without_raw(parsed) == {
        "repo": "a/b",
        "repo_id": 1,
        "id": 1,
        "number": 1,
        "is_pull_request": True,
        "is_draft": True,
        "issue_type": "Bug",
        "title": "t",
        "state": "closed",
        "state_reason": "completed",
        "user_id": 1,
        "user": "bot[bot]",
        "user_type": "Bot",
        "is_bot": True,
        "author_association": "NONE",
        "labels": ["ui"],
        "assignees": ["bob"],
        "milestone": "1.0",
        "comments": 2,
        "reactions": 3,
        "is_locked": True,
        "locked_reason": "too heated",
        "html_url": "https://github.com/a/b/pull/1",
        "created_at": AT,
        "updated_at": LATER,
        "closed_at": LATER,
        "merged_at": AT,
    }


def test_an_empty_page_has_no_rows() -> None:
    assert parse_issues([], "a/b", 1) == []


def test_each_column_of_a_repository_holds_the_field_of_its_description() -> None:
    body = {
        **REPOSITORY,
        "subscribers_count": 5,
        "description": "d",
        "has_issues": False,
        "archived": True,
        "fork": True,
        "private": True,
        "language": "C",
        "license": {"spdx_id": "MIT"},
        "default_branch": "main",
        "html_url": "https://github.com/a/b",
        "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-01-02T03:04:06Z",
        "pushed_at": "2026-01-02T03:04:07Z",
    }
    assert parse_repository(body, "a/b") == {
        "repo_id": 1,
        "full_name": "a/b",
        "description": "d",
        "stars": 2,
        "forks": 3,
        "subscribers": 5,
        "open_issues_count": 4,
        "has_issues": False,
        "is_archived": True,
        "is_fork": True,
        "is_private": True,
        "language": "C",
        "license": "MIT",
        "default_branch": "main",
        "html_url": "https://github.com/a/b",
        "created_at": AT,
        "updated_at": LATER,
        "pushed_at": LATER + timedelta(seconds=1),
        "api": "rest",
        "raw": json.dumps(body),
    }


def test_what_github_leaves_out_of_a_repository_is_null_or_its_usual_value() -> None:
    body = {**REPOSITORY, "license": None, "description": "half \ud83d"}
    assert parse_repository(body, "a/b") == {
        "repo_id": 1,
        "full_name": "a/b",
        "description": "half \ufffd",
        "stars": 2,
        "forks": 3,
        "subscribers": None,
        "open_issues_count": 4,
        "has_issues": True,
        **dict.fromkeys(("is_archived", "is_fork", "is_private"), False),
        **dict.fromkeys(("language", "license", "default_branch"), None),
        "html_url": "",
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), None),
        "api": "rest",
        "raw": json.dumps(body),
    }


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
