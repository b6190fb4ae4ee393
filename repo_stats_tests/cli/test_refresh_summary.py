"""What a refresh did, in few lines however many repositories there are."""

from typing import Any

import pytest

from repo_stats.cli.refresh_summary import (
    MOST_LINES,
    Fate,
    count_fates,
    describe_changes,
    find_fate,
)

BEFORE: dict[str, Any] = {
    "snapshot_at": 1,
    "stars": 1_200,
    "forks": 5,
    "subscribers": 2,
    "open_issues": 9,
    "open_pull_requests": 3,
    "users": 4,
}


@pytest.mark.parametrize(
    ("before", "now", "failed", "fate"),
    [
        (None, BEFORE, False, Fate.NEW),
        (BEFORE, BEFORE, False, Fate.FRESH),
        (BEFORE, {**BEFORE, "snapshot_at": 2}, False, Fate.UNCHANGED),
        (BEFORE, {**BEFORE, "snapshot_at": 2, "users": 5}, False, Fate.CHANGED),
        (BEFORE, BEFORE, True, Fate.FAILED),
        (None, None, True, Fate.FAILED),
    ],
)
def test_each_repository_has_one_fate(
    before: dict[str, Any] | None, now: dict[str, Any] | None, failed: bool, fate: Fate
) -> None:
    assert find_fate(before, now, failed=failed) is fate


def test_a_changed_repository_has_a_line_with_old_and_new_numbers() -> None:
    now = {**BEFORE, "stars": 1_289, "open_issues": 8}
    lines = describe_changes(
        {"a/b": BEFORE, "a/c": BEFORE}, {"a/b": now, "a/c": BEFORE, "a/d": now}
    )
    assert lines == ["a/b: stars 1,289 (+89), open issues 8 (-1)"]


def test_more_changes_than_fit_are_counted() -> None:
    repos = [f"a/r{number}" for number in range(300)]
    now = {repo: {**BEFORE, "stars": 1} for repo in repos}
    lines = describe_changes(dict.fromkeys(repos, BEFORE), now)
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "... and 290 more changed."


def test_the_fates_are_counted_in_one_line() -> None:
    fates = [Fate.UNCHANGED] * 280 + [Fate.CHANGED] * 12 + [Fate.FAILED]
    assert count_fates(fates) == "293 repositories: 12 changed, 280 unchanged, 1 failed."
