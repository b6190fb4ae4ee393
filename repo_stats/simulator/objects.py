"""API objects as GitHub forms them: accounts, issues and repositories, with made-up content."""

import random
from datetime import datetime, timedelta, timezone

from repo_stats.simulator.items import Item
from repo_stats.simulator.world import JsonObject

API = "https://api.github.com"


WEB = "https://github.com"


GHOST_ID = 10137


_ODD_TITLES = (
    "<script>alert(1)</script> & \"quotes\" 'everywhere'",
    "zero\u200bwidth and \u202eright-to-left\u202c marks",
    "a bell \u0007, a tab \t and a line separator \u2028 walk into a title",
    "emoji 🐛🌟 and 中文标题 and Ελληνικά",
    "x" * 386,
)


_LABELS = ("bug", "enhancement", "documentation", "good first issue", "needs:triage")


_EXTRA_URLS = [
    "archive_url",
    "assignees_url",
    "blobs_url",
    "branches_url",
    "collaborators_url",
    "comments_url",
    "commits_url",
    "compare_url",
    "contents_url",
    "contributors_url",
    "deployments_url",
    "downloads_url",
    "events_url",
    "forks_url",
    "git_commits_url",
    "git_refs_url",
    "git_tags_url",
    "issue_comment_url",
    "issue_events_url",
    "issues_url",
    "keys_url",
    "labels_url",
    "languages_url",
    "merges_url",
    "milestones_url",
    "notifications_url",
    "pulls_url",
    "releases_url",
    "stargazers_url",
    "statuses_url",
    "subscribers_url",
    "subscription_url",
    "tags_url",
    "teams_url",
    "trees_url",
    "hooks_url",
]


def make_ghost() -> JsonObject:
    """The account that GitHub gives the items of deleted users to."""
    return make_account("ghost", GHOST_ID, "User")


def make_account(login: str, number: int, kind: str) -> JsonObject:
    """A `User`, `Bot` or `Organization`."""
    url = f"{API}/users/{login}"
    return {
        "login": login,
        "id": number,
        "node_id": f"U_{number}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{WEB}/{login}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def make_issue(
    chance: random.Random,
    full_name: str,
    number: int,
    created: datetime,
    latest: datetime,
    state: str,
    author: JsonObject | None,
) -> JsonObject:
    """An issue or pull request, untouched since it was opened or touched until the latest time."""
    is_pull_request = chance.random() < 0.3
    updated = _some_time(chance, created, latest)
    url = f"{API}/repos/{full_name}/issues/{number}"
    page = f"{WEB}/{full_name}/{'pull' if is_pull_request else 'issues'}/{number}"
    issue: JsonObject = {
        "url": url,
        "repository_url": f"{API}/repos/{full_name}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": page,
        "id": make_item_id(chance),
        "node_id": f"{'PR' if is_pull_request else 'I'}_{number}",
        "number": number,
        "title": _title(chance, number),
        "user": author,
        "labels": _labels(chance, full_name),
        "state": state,
        "locked": chance.random() < 0.02,
        "assignee": None,
        "assignees": [],
        "milestone": _milestone(full_name, created) if chance.random() < 0.1 else None,
        "comments": chance.randrange(0, 30),
        "created_at": stamp(created),
        "updated_at": stamp(updated),
        "closed_at": stamp(updated) if state == "closed" else None,
        "author_association": chance.choice(("NONE", "CONTRIBUTOR", "MEMBER")),
        "active_lock_reason": None,
        "body": None if chance.random() < 0.05 else _body(chance),
        "reactions": _reactions(url),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": None,
        "state_reason": "completed" if state == "closed" and not is_pull_request else None,
    }
    if is_pull_request:
        issue["draft"] = chance.random() < 0.2
        pull = f"{WEB}/{full_name}/pull/{number}"
        issue["pull_request"] = {
            "url": f"{API}/repos/{full_name}/pulls/{number}",
            "html_url": pull,
            "diff_url": f"{pull}.diff",
            "patch_url": f"{pull}.patch",
            "merged_at": None,
        }
    elif author is not None and chance.random() < 0.3:
        issue["assignee"] = author
        issue["assignees"] = [author]
    return Item(issue)


def make_item_id(chance: random.Random) -> int:
    """An id of an issue or pull request; most exceed 32 bits."""
    return chance.randrange(2**31, 2**34)


def _some_time(chance: random.Random, created: datetime, latest: datetime) -> datetime:
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
    """Objects as a rule; some lists hold the bare names, which the schema allows."""
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


def _reactions(url: str) -> JsonObject:
    kinds = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(kinds, 0)}


def make_repository(
    full_name: str, number: int, latest: datetime, *, stars: int, forks: int, subscribers: int
) -> JsonObject:
    """A repository that was created eight years before its latest change."""
    owner, _, name = full_name.partition("/")
    url = f"{API}/repos/{full_name}"
    page = f"{WEB}/{full_name}"
    created = latest - timedelta(days=8 * 365)
    return {
        "id": number,
        "node_id": f"R_{number}",
        "name": name,
        "full_name": full_name,
        "private": False,
        "owner": make_account(owner, number % 1_000_000 + 1, "Organization"),
        "html_url": page,
        "description": f"A synthetic repository called {name}",
        "fork": False,
        "url": url,
        **{key: f"{url}/{key.removesuffix('_url')}" for key in _EXTRA_URLS},
        "created_at": stamp(created),
        "updated_at": stamp(latest),
        "pushed_at": stamp(latest),
        "git_url": f"git://github.com/{full_name}.git",
        "ssh_url": f"git@github.com:{full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "size": 4_096,
        "stargazers_count": stars,
        "watchers_count": stars,
        "language": "Python",
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": True,
        "forks_count": forks,
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "open_issues_count": 0,
        "license": {
            "key": "apache-2.0",
            "name": "Apache License 2.0",
            "spdx_id": "Apache-2.0",
            "url": f"{API}/licenses/apache-2.0",
            "node_id": "MDc6TGljZW5zZTI=",
        },
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": ["workflow", "synthetic"],
        "visibility": "public",
        "forks": forks,
        "open_issues": 0,
        "watchers": stars,
        "default_branch": "main",
        "temp_clone_token": None,
        "network_count": forks,
        "subscribers_count": subscribers,
    }


def stamp(time: datetime) -> str:
    """A time of UTC as GitHub writes it, in whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_at(seconds: float) -> str:
    """A time in epoch seconds as GitHub writes it."""
    return stamp(datetime.fromtimestamp(int(seconds), timezone.utc))
