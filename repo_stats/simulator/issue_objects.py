"""Issues and pull requests as API objects, with made-up content.

Keep the order in which random numbers are drawn: otherwise a seed gives other objects than before.
"""

import random
from collections.abc import Container
from datetime import datetime, timedelta

from repo_stats.simulator.items import Item
from repo_stats.simulator.node_ids import item_id
from repo_stats.simulator.objects import API, WEB, stamp
from repo_stats.simulator.world import JsonObject

_ODD_TITLES = (
    "<script>alert(1)</script> & \"quotes\" 'everywhere'",
    "zero\u200bwidth and \u202eright-to-left\u202c marks",
    "a bell \u0007, a tab \t and a line separator \u2028 walk into a title",
    "emoji 🐛🌟 and 中文标题 and Ελληνικά",
    "x" * 386,
)

_LOCK_REASONS = ("resolved", "off-topic", "too heated", "spam", None)

_LABELS = ("bug", "enhancement", "documentation", "good first issue", "needs:triage")


def make_issue(
    chance: random.Random,
    full_name: str,
    number: int,
    created: datetime,
    latest: datetime,
    state: str,
    author: JsonObject | None,
) -> JsonObject:
    """An issue or pull request; `give_ids` gives it ids that are its own.

    Args:
        chance: decides on everything that is not given.
        full_name: owner/name of the repository.
        number: its number.
        created: when it was opened (UTC).
        latest: the latest time at which it can have been updated (UTC).
        state: `open` or `closed`.
        author: the account that opened it; None for a deleted user.
    """
    is_pull_request = chance.random() < 0.3
    updated = _update_time(chance, created, latest)
    is_completed = state == "closed" and not is_pull_request
    issue: JsonObject = {
        **_addresses(full_name, number, is_pull_request=is_pull_request),
        "id": _make_item_id(chance),
        "node_id": f"{'PR' if is_pull_request else 'I'}_{number}",
        "number": number,
        "title": _title(chance, number),
        "user": author,
        "labels": _labels(chance, full_name),
        "state": state,
        **_discussion(chance, full_name, number, created),
        "created_at": stamp(created),
        "updated_at": stamp(updated),
        "closed_at": stamp(updated) if state == "closed" else None,
        **_content(chance, f"{API}/repos/{full_name}/issues/{number}", number),
        "state_reason": "completed" if is_completed else None,
    }
    if is_pull_request:
        issue.update(_pull_request_fields(chance, full_name, number))
        settle_outcome(issue)
    else:
        issue.update(_issue_fields(chance, number, author))
    return Item(issue)


def _addresses(full_name: str, number: int, *, is_pull_request: bool) -> JsonObject:
    url = f"{API}/repos/{full_name}/issues/{number}"
    return {
        "url": url,
        "repository_url": f"{API}/repos/{full_name}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"{WEB}/{full_name}/{'pull' if is_pull_request else 'issues'}/{number}",
    }


def _discussion(
    chance: random.Random, full_name: str, number: int, created: datetime
) -> JsonObject:
    is_locked = chance.random() < 0.02
    return {
        "locked": is_locked,
        "active_lock_reason": _LOCK_REASONS[number % 5] if is_locked else None,
        "assignee": None,
        "assignees": [],
        "milestone": _milestone(full_name, created) if chance.random() < 0.1 else None,
        "comments": chance.randrange(0, 30),
    }


def _content(chance: random.Random, url: str, number: int) -> JsonObject:
    return {
        "author_association": chance.choice(("NONE", "CONTRIBUTOR", "MEMBER")),
        "body": None if chance.random() < 0.05 else _body(chance),
        "reactions": _reactions(url, number),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": None,
    }


def _pull_request_fields(chance: random.Random, full_name: str, number: int) -> JsonObject:
    page = f"{WEB}/{full_name}/pull/{number}"
    links = {
        "url": f"{API}/repos/{full_name}/pulls/{number}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "merged_at": None,
    }
    return {"draft": chance.random() < 0.2, "pull_request": links}


def _issue_fields(chance: random.Random, number: int, author: JsonObject | None) -> JsonObject:
    fields: JsonObject = {"type": _type(number)}
    if author is not None and chance.random() < 0.3:
        fields |= {"assignee": author, "assignees": [author]}
    return fields


def settle_outcome(issue: JsonObject) -> None:
    """Say whether a pull request was merged when it was closed: of three, two were."""
    if issue.get("pull_request") is None:
        return
    is_merged = issue["state"] == "closed" and issue["number"] % 3 > 0 and not issue["draft"]
    merged_at = issue["closed_at"] if is_merged else None
    issue["pull_request"] = {**issue["pull_request"], "merged_at": merged_at}


def give_ids(
    chance: random.Random, issue: JsonObject, repository_id: int, taken: Container[int]
) -> None:
    """Give an issue another id as long as its own is taken, and the node id that goes with it."""
    while issue["id"] in taken:
        issue["id"] = _make_item_id(chance)
    is_pull_request = issue.get("pull_request") is not None
    issue["node_id"] = item_id(repository_id, issue["id"], is_pull_request=is_pull_request)


def _make_item_id(chance: random.Random) -> int:
    """The id of an issue or pull request; most exceed 32 bits."""
    return chance.randrange(2**31, 2**34)


def _update_time(chance: random.Random, created: datetime, latest: datetime) -> datetime:
    span = int((latest - created).total_seconds())
    if span < 2:
        return created
    return created + timedelta(seconds=chance.choice((0, chance.randrange(1, span))))


def _title(chance: random.Random, number: int) -> str:
    if chance.random() < 0.03:
        return chance.choice(_ODD_TITLES)
    what = chance.choice(("Flow run", "Deployment", "Worker", "Block", "Task cache", "UI"))
    how = chance.choice(("crashes", "hangs", "is slow", "loses state", "logs twice", "ignores tz"))
    return f"{what} {how} in case {number}"


def _body(chance: random.Random) -> str:
    words = ("steps", "to", "reproduce", "expected", "actual", "traceback", "version", "config")
    return "\r\n".join(
        " ".join(chance.choices(words, k=12)) for _ in range(chance.randrange(1, 25))
    )


def _labels(chance: random.Random, full_name: str) -> list[JsonObject | str]:
    """Objects in most lists, bare names in some, as the schema allows."""
    names = chance.sample(_LABELS, chance.choice((0, 0, 1, 1, 2)))
    if chance.random() < 0.02:
        return list(names)
    return [
        {
            "id": 5_000_000_000 + _LABELS.index(name),
            "node_id": f"LA_{_LABELS.index(name)}",
            "url": f"{API}/repos/{full_name}/labels/{name.replace(' ', '%20')}",
            "name": name,
            "color": "d73a4a",
            "default": name == "bug",
            "description": None,
        }
        for name in names
    ]


def _milestone(full_name: str, created: datetime) -> JsonObject:
    return {
        "url": f"{API}/repos/{full_name}/milestones/1",
        "html_url": f"{WEB}/{full_name}/milestone/1",
        "labels_url": f"{API}/repos/{full_name}/milestones/1/labels",
        "id": 4_500_001,
        "node_id": "MI_1",
        "number": 1,
        "title": "Next release",
        "description": None,
        "creator": None,
        "open_issues": 1,
        "closed_issues": 0,
        "state": "open",
        "created_at": stamp(created),
        "updated_at": stamp(created),
        "due_on": None,
        "closed_at": None,
    }


def _type(number: int) -> JsonObject | None:
    """The type of an issue, as organisations define them; some issues have none."""
    name = (None, "Bug", "Feature", "Task")[number % 4]
    if name is None:
        return None
    return {
        "id": 900_000 + number % 4,
        "node_id": f"IT_{number % 4}",
        "name": name,
        "description": None,
        "color": "blue",
        "created_at": "2025-01-20T12:00:00Z",
        "updated_at": "2025-01-20T12:00:00Z",
        "is_enabled": True,
    }


def _reactions(url: str, number: int) -> JsonObject:
    """Many reactions to a few items, and none to most of them."""
    votes = max(0, 120 // (1 + 37 * number % 101) - 3)
    hearts = votes // 4
    kinds = ("-1", "laugh", "hooray", "confused", "rocket", "eyes")
    counts = {"+1": votes, "heart": hearts, **dict.fromkeys(kinds, 0)}
    return {"url": f"{url}/reactions", "total_count": votes + hearts, **counts}
