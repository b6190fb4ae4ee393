"""Single changes of a repository, as they show in its objects."""

import pytest

from repo_stats.simulator.changes import (
    close_issue,
    delete_issue,
    open_issue,
    reopen_issue,
    touch_issue,
)
from repo_stats.simulator.world import Repository
from repo_stats_tests.helpers.simulated_changes import NOW, STAMP


def test_an_issue_is_closed_and_reopened_as_on_github(repository: Repository) -> None:
    issue = next(i for i in repository.issues if "pull_request" not in i)
    close_issue(repository, issue["number"], NOW)
    values = [issue[key] for key in ("state", "state_reason", "closed_at", "updated_at")]
    assert values == ["closed", "completed", STAMP, STAMP]
    reopen_issue(repository, issue["number"], NOW + 1)
    values = [issue[key] for key in ("state", "state_reason", "closed_at", "updated_at")]
    assert values == ["open", "reopened", None, "2026-09-02T12:00:01Z"]


def test_a_pull_request_has_no_reason_for_its_state(repository: Repository) -> None:
    number = next(i["number"] for i in repository.issues if "pull_request" in i)
    assert close_issue(repository, number, NOW)["state_reason"] is None
    assert reopen_issue(repository, number, NOW)["state_reason"] is None


def test_a_touch_changes_title_comments_and_time_but_not_the_state(repository: Repository) -> None:
    before = dict(repository.issues[0])
    issue = touch_issue(repository, before["number"], NOW)
    assert {key for key in issue if issue[key] != before[key]} == {
        *("title", "comments", "updated_at"),
    }
    assert issue["updated_at"] == STAMP


def test_numbers_and_ids_are_never_used_again(repository: Repository) -> None:
    issue = open_issue(repository, NOW)
    delete_issue(repository, issue["number"])
    another = open_issue(repository, NOW)
    assert another["number"] == issue["number"] + 1
    assert another["id"] != issue["id"]
    with pytest.raises(KeyError):
        close_issue(repository, issue["number"], NOW)
