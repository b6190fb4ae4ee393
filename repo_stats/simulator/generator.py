"""Synthetic repositories of any size: the same seed gives the same objects on every machine."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from repo_stats.simulator.world import JsonObject, Repository

API = "https://api.github.com"
WEB = "https://github.com"
GHOST_ID = 10137
LATEST = datetime(2026, 9, 1, 12, 0, 0, tzinfo=timezone.utc)
"""The time of the newest change in generated data."""

_ODD_TITLES = (
    "<script>alert(1)</script> & \"quotes\" 'everywhere'",
    "zero\u200bwidth and \u202eright-to-left\u202c marks",
    "a bell \u0007, a tab \t and a line separator \u2028 walk into a title",
    "emoji 🐛🌟 and 中文标题 and Ελληνικά",
    "x" * 386,
)
_LABELS = ("bug", "enhancement", "documentation", "good first issue", "needs:triage")
_BOTS = ("dependabot[bot]", "github-actions[bot]", "renovate[bot]")
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


@dataclass(frozen=True)
class Shape:
    """How large a synthetic repository is.

    Attributes:
        full_name: its owner/name.
        open_items: open issues and pull requests.
        users: distinct authors of them, GitHub's ghost among them if there are four or more.
        closed_items: closed issues and pull requests.
        stars: users who starred it.
        forks: forks of it.
        subscribers: users who watch it.
    """

    full_name: str
    open_items: int
    users: int
    closed_items: int = 40
    stars: int = 120
    forks: int = 12
    subscribers: int = 7


PREFECT = Shape("PrefectHQ/prefect", 591, 260, 300, stars=12_159, forks=1_251, subscribers=163)
"""The repository that the simulator serves by default."""


def generate_repository(shape: Shape, seed: int = 1) -> Repository:
    """A repository with issues, pull requests, bots, ghosts, null fields and odd characters.

    Raises:
        ValueError: there cannot be as many distinct authors as asked for.
    """
    if not min(1, shape.open_items) <= shape.users <= shape.open_items:
        raise ValueError(
            f"{shape.open_items} open items cannot have {shape.users} distinct authors."
        )
    chance = random.Random(f"{seed} {shape.full_name}")  # noqa: S311
    users = [_user(chance, position) for position in range(shape.users)]
    authors = _spread_authors(chance, users, shape.open_items)
    closed_authors = [chance.choice(users or [_ghost()]) for _ in range(shape.closed_items)]
    states = ["open"] * shape.open_items + ["closed"] * shape.closed_items
    people = list(zip(states, [*authors, *closed_authors], strict=True))
    chance.shuffle(people)
    repository_id = chance.randrange(10_000_000, 999_999_999)
    issues: list[JsonObject] = []
    number, created = 0, LATEST - timedelta(minutes=97 * len(people) + 30)
    for state, author in people:
        number += chance.choice((1, 1, 1, 1, 2, 3))
        created += timedelta(seconds=chance.randrange(60, 97 * 60))
        issues.append(_issue(chance, shape.full_name, number, created, state, author))
    _swap_some_times(chance, issues)
    return Repository(_repository(shape, repository_id), issues)


def _spread_authors(
    chance: random.Random, users: list[JsonObject], items: int
) -> list[JsonObject | None]:
    """Each user once, then the rest with a few who write much; some ghosts come as null."""
    if not users:
        return []
    weights = [1 / (rank + 1) for rank in range(len(users))]
    authors = [*users, *chance.choices(users, weights, k=items - len(users))]
    return [
        None if author["id"] == GHOST_ID and position % 2 else author
        for position, author in enumerate(authors)
    ]


def _swap_some_times(chance: random.Random, issues: list[JsonObject]) -> None:
    """Let a few be created in another order than numbered, as imported ones are."""
    for state in ("open", "closed"):
        alike = [issue for issue in issues if issue["state"] == state]
        for first in range(0, len(alike) - 1, 50):
            second = chance.randrange(first + 1, min(first + 9, len(alike)))
            for key in ("created_at", "updated_at", "closed_at"):
                alike[first][key], alike[second][key] = alike[second][key], alike[first][key]


def _ghost() -> JsonObject:
    return _account("ghost", GHOST_ID, "User")


def _user(chance: random.Random, position: int) -> JsonObject:
    if position == 3:
        return _ghost()
    if position in (1, 5, 8):
        return _account(_BOTS[position // 4], 49_699_333 + position, "Bot")
    kind = "Organization" if position == 11 else "User"
    login = f"{chance.choice(('ada', 'linus', 'grace', 'alan', 'mary', 'edsger'))}-{position}"
    return _account(login, 1_000_000 + 37 * position, kind)


def _account(login: str, number: int, kind: str) -> JsonObject:
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


def _issue(
    chance: random.Random,
    full_name: str,
    number: int,
    created: datetime,
    state: str,
    author: JsonObject | None,
) -> JsonObject:
    """An open issue is untouched since it was opened, or touched at some time until now."""
    is_pull_request = chance.random() < 0.3
    span = int((LATEST - created).total_seconds())
    updated = created + timedelta(seconds=chance.choice((0, chance.randrange(1, span))))
    url = f"{API}/repos/{full_name}/issues/{number}"
    page = f"{WEB}/{full_name}/{'pull' if is_pull_request else 'issues'}/{number}"
    issue: JsonObject = {
        "url": url,
        "repository_url": f"{API}/repos/{full_name}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": page,
        "id": chance.randrange(2**31, 2**34),
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
        "created_at": _stamp(created),
        "updated_at": _stamp(updated),
        "closed_at": _stamp(updated) if state == "closed" else None,
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
    return issue


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
        "created_at": _stamp(created),
        "updated_at": _stamp(created),
        "due_on": None,
        "closed_at": None,
    }


def _reactions(url: str) -> JsonObject:
    kinds = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(kinds, 0)}


def _repository(shape: Shape, number: int) -> JsonObject:
    owner, _, name = shape.full_name.partition("/")
    url = f"{API}/repos/{shape.full_name}"
    page = f"{WEB}/{shape.full_name}"
    created = LATEST - timedelta(days=8 * 365)
    return {
        "id": number,
        "node_id": f"R_{number}",
        "name": name,
        "full_name": shape.full_name,
        "private": False,
        "owner": _account(owner, number % 1_000_000 + 1, "Organization"),
        "html_url": page,
        "description": f"A synthetic repository called {name}",
        "fork": False,
        "url": url,
        **{key: f"{url}/{key.removesuffix('_url')}" for key in _EXTRA_URLS},
        "created_at": _stamp(created),
        "updated_at": _stamp(LATEST),
        "pushed_at": _stamp(LATEST),
        "git_url": f"git://github.com/{shape.full_name}.git",
        "ssh_url": f"git@github.com:{shape.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "size": 4_096,
        "stargazers_count": shape.stars,
        "watchers_count": shape.stars,
        "language": "Python",
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": True,
        "forks_count": shape.forks,
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "open_issues_count": shape.open_items,
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
        "forks": shape.forks,
        "open_issues": shape.open_items,
        "watchers": shape.stars,
        "default_branch": "main",
        "temp_clone_token": None,
        "network_count": shape.forks,
        "subscribers_count": shape.subscribers,
    }


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
