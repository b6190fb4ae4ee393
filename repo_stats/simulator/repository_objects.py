"""Repositories as API objects, with made-up content."""

from datetime import datetime

from repo_stats.simulator.node_ids import repository_id
from repo_stats.simulator.objects import API, WEB, make_owner, stamp
from repo_stats.simulator.world import JsonObject

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


def make_repository(
    full_name: str,
    number: int,
    created: datetime,
    latest: datetime,
    *,
    stars: int,
    forks: int,
    subscribers: int,
) -> JsonObject:
    """A repository.

    Args:
        full_name: its owner/name.
        number: its id.
        created: when it was created (UTC).
        latest: when it was last updated and pushed to (UTC).
        stars: users who starred it.
        forks: forks of it.
        subscribers: users who watch it.
    """
    return {
        **_identity(full_name, number),
        **_times(created, latest),
        **_clone_addresses(full_name),
        "homepage": None,
        "size": 4_096,
        **_stars(stars),
        "language": "Python",
        **_features(),
        "forks_count": forks,
        "mirror_url": None,
        **_states(),
        "open_issues_count": 0,
        "license": _license(),
        **_rules(),
        "topics": ["workflow", "synthetic"],
        "visibility": "public",
        "forks": forks,
        "open_issues": 0,
        "watchers": stars,
        **_branches(),
        "network_count": forks,
        "subscribers_count": subscribers,
    }


def _identity(full_name: str, number: int) -> JsonObject:
    owner, _, name = full_name.partition("/")
    url = f"{API}/repos/{full_name}"
    return {
        "id": number,
        "node_id": repository_id(number),
        "name": name,
        "full_name": full_name,
        "private": False,
        "owner": make_owner(owner),
        "html_url": f"{WEB}/{full_name}",
        "description": f"A synthetic repository called {name}",
        "fork": False,
        "url": url,
        **{key: f"{url}/{key.removesuffix('_url')}" for key in _EXTRA_URLS},
    }


def _times(created: datetime, latest: datetime) -> JsonObject:
    updated = stamp(latest)
    return {"created_at": stamp(created), "updated_at": updated, "pushed_at": updated}


def _stars(count: int) -> JsonObject:
    return {"stargazers_count": count, "watchers_count": count}


def _states() -> JsonObject:
    return {"archived": False, "disabled": False}


def _branches() -> JsonObject:
    return {"default_branch": "main", "temp_clone_token": None}


def _rules() -> JsonObject:
    return {"allow_forking": True, "is_template": False, "web_commit_signoff_required": False}


def _clone_addresses(full_name: str) -> JsonObject:
    return {
        "git_url": f"git://github.com/{full_name}.git",
        "ssh_url": f"git@github.com:{full_name}.git",
        "clone_url": f"{WEB}/{full_name}.git",
        "svn_url": f"{WEB}/{full_name}",
    }


def _features() -> JsonObject:
    return {
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": True,
    }


def _license() -> JsonObject:
    return {
        "key": "apache-2.0",
        "name": "Apache License 2.0",
        "spdx_id": "Apache-2.0",
        "url": f"{API}/licenses/apache-2.0",
        "node_id": "MDc6TGljZW5zZTI=",
    }
