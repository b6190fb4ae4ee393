"""What all API objects have in common: addresses, accounts and times, as GitHub forms them."""

import zlib
from datetime import datetime, timezone

from repo_stats.simulator.world import JsonObject

API = "https://api.github.com"

WEB = "https://github.com"

GHOST_ID = 10137

ORGANIZATION = "Organization"


def make_owner(login: str, kind: str = ORGANIZATION) -> JsonObject:
    """An account that owns repositories; the same name has the same number."""
    return make_account(login, zlib.crc32(login.lower().encode()) % 90_000_000 + 1_000, kind)


def make_ghost() -> JsonObject:
    """The account that GitHub gives the items of deleted users to."""
    return make_account("ghost", GHOST_ID, "User")


def make_account(login: str, number: int, kind: str) -> JsonObject:
    """A `User`, `Bot`, `Organization` or `Mannequin`."""
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


def stamp(time: datetime) -> str:
    """A time of UTC as GitHub writes it, in whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_at(seconds: float) -> str:
    """A time in epoch seconds as GitHub writes it."""
    return stamp(datetime.fromtimestamp(int(seconds), timezone.utc))
