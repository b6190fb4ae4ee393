"""Single changes of a repository, each with the effect that it has on GitHub's objects.

Times are epoch seconds; GitHub keeps whole seconds.
"""

import random
from datetime import datetime, timezone

from repo_stats.simulator.issue_objects import give_ids, make_issue
from repo_stats.simulator.objects import make_account, stamp_at
from repo_stats.simulator.world import JsonObject, Repository

NEWCOMER = make_account("newcomer", 99_000_001, "User")


def open_issue(
    repository: Repository, at: float, author: JsonObject | None = NEWCOMER
) -> JsonObject:
    """Open an issue or a pull request, with a number that was never used before."""
    number = 1 + max([repository.last_number, *(issue["number"] for issue in repository.issues)])
    chance = random.Random(f"{repository.id} {number}")  # noqa: S311
    now = datetime.fromtimestamp(int(at), timezone.utc)
    issue = make_issue(chance, repository.full_name, number, now, now, "open", author)
    issue["comments"] = 0
    give_ids(chance, issue, repository.id, {other["id"] for other in repository.issues})
    repository.issues.append(issue)
    return issue


def close_issue(repository: Repository, number: int, at: float) -> JsonObject:
    """Close an issue as completed, or a pull request without merging it.

    Raises:
        KeyError: no issue has that number.
    """
    issue = find_issue(repository, number)
    reason = None if _is_pull_request(issue) else "completed"
    now = stamp_at(at)
    issue.update(state="closed", state_reason=reason, closed_at=now, updated_at=now)
    return issue


def reopen_issue(repository: Repository, number: int, at: float) -> JsonObject:
    """Reopen an issue, or a pull request that was not merged.

    Raises:
        KeyError: no issue has that number.
    """
    issue = find_issue(repository, number)
    reason = None if _is_pull_request(issue) else "reopened"
    issue.update(state="open", state_reason=reason, closed_at=None, updated_at=stamp_at(at))
    return issue


def touch_issue(repository: Repository, number: int, at: float) -> JsonObject:
    """Comment on an issue and edit its title.

    Raises:
        KeyError: no issue has that number.
    """
    issue = find_issue(repository, number)
    issue.update(
        title=f"{issue['title']} (edited)",
        comments=issue["comments"] + 1,
        updated_at=stamp_at(at),
    )
    return issue


def delete_issue(repository: Repository, number: int) -> JsonObject:
    """Delete an issue or transfer it elsewhere: in both cases it vanishes from the list.

    Raises:
        KeyError: no issue has that number.
    """
    issue = find_issue(repository, number)
    repository.issues.remove(issue)
    repository.last_number = max(repository.last_number, number)
    return issue


def find_issue(repository: Repository, number: int) -> JsonObject:
    """The issue or pull request that has a number.

    Raises:
        KeyError: none has it.
    """
    for issue in repository.issues:
        if issue["number"] == number:
            return issue
    raise KeyError(number)


def is_open(issue: JsonObject) -> bool:
    """Whether an issue is open."""
    return bool(issue["state"] == "open")


def can_reopen(issue: JsonObject) -> bool:
    """Whether an issue is closed and may be opened again, as a merged pull request may not."""
    is_merged = _is_pull_request(issue) and issue["pull_request"].get("merged_at") is not None
    return issue["state"] == "closed" and not is_merged


def _is_pull_request(issue: JsonObject) -> bool:
    return issue.get("pull_request") is not None
