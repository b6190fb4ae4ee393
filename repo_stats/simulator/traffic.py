"""Who looks at a simulated repository and clones it: the same numbers for the same day, always.

As GitHub does, it tells of 14 days that end today (UTC). The first one is cut off by the time of
the day, the last one is still running, and days without traffic are left out.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from repo_stats.simulator.accounts import Access, Caller
from repo_stats.simulator.objects import stamp
from repo_stats.simulator.responses import DOCS, conditional, dump, error
from repo_stats.simulator.world import JsonObject, Repository

KEPT_DAYS = 14

_TOP = 10

_SITES = (
    *("Google", "github.com", "news.ycombinator.com", "Bing", "reddit.com", "DuckDuckGo", "t.co"),
    *("stackoverflow.com", "pypi.org", "linkedin.com", "lobste.rs", "dev.to"),
)

_PAGES = (
    *("", "/issues", "/pulls", "/releases", "/blob/main/README.md", "/tree/main/docs", "/actions"),
    *("/commits/main", "/issues/1", "/discussions", "/graphs/traffic", "/tags"),
)

_DOCS = f"{DOCS}/metrics/traffic"

Counts = tuple[int, int]
"""How often, and by how many distinct people."""


def count_day(repository: Repository, kind: str, day: date) -> Counts:
    """The views or clones of a whole day: fewer at weekends, and none on some days.

    Args:
        repository: the repository.
        kind: `views` or `clones`.
        day: the day (UTC).
    """
    chance = random.Random(f"{repository.id} {kind} {day}")  # noqa: S311
    stars = int(repository.object["stargazers_count"])
    usual = 6 + stars / (25 if kind == "views" else 80)
    share = 0.4 if day.weekday() >= 5 else 1.0
    count = int(usual * share * chance.uniform(0.5, 1.6)) if chance.random() > 0.06 else 0
    return count, -(-count * 2 // 5)


def count_days(repository: Repository, kind: str, now: datetime) -> dict[date, Counts]:
    """The views or clones of the 14 days that end at a moment (UTC), without empty days."""
    today = now.date()
    passed = (now - datetime.combine(today, time(), timezone.utc)) / timedelta(days=1)
    days = [today - timedelta(days=ago) for ago in range(KEPT_DAYS - 1, -1, -1)]
    shares = {days[0]: 1 - passed, days[-1]: passed}
    counts = {day: _cut(count_day(repository, kind, day), shares.get(day, 1.0)) for day in days}
    return {day: count for day, count in counts.items() if count[0]}


def _cut(counts: Counts, share: float) -> Counts:
    count, uniques = counts
    return int(count * share), min(int(count * share), round(uniques * share))


def is_about_traffic(below: str) -> bool:
    """Whether what is asked for below a repository is its traffic."""
    return below in _BELOW


def describe_traffic(
    request: Request, caller: Caller, access: Access, repository: Repository, below: str, now: float
) -> Response:
    """The response to a request for the traffic of a repository.

    Args:
        request: the request.
        caller: who sends it.
        access: who may read it.
        repository: the repository.
        below: what is asked for below the repository.
        now: the time in epoch seconds.
    """
    refusal = _refuse(caller, access)
    if refusal is not None:
        return refusal
    moment = datetime.fromtimestamp(now, timezone.utc)
    body = dump(_BELOW[below](repository, moment))
    return conditional(request, caller.token, body, validated=body)


def _refuse(caller: Caller, access: Access) -> Response | None:
    if caller.token is None:
        return error(401, "Requires authentication", _DOCS)
    who = caller.token if caller.installation is None else caller.installation
    if access.traffic is None or who in access.traffic:
        return None
    if caller.installation is not None:
        return error(403, "Resource not accessible by integration", _DOCS)
    if caller.token.startswith("github_pat_"):
        return error(403, "Resource not accessible by personal access token", _DOCS)
    return error(403, "Must have push access to repository", _DOCS)


def _describe_days(kind: str) -> Callable[[Repository, datetime], JsonObject]:
    def describe(repository: Repository, now: datetime) -> JsonObject:
        days = count_days(repository, kind, now)
        return {
            "count": sum(count for count, _ in days.values()),
            "uniques": sum(uniques for _, uniques in days.values()) * 3 // 5,
            kind: [
                {
                    "timestamp": stamp(datetime.combine(day, time(), timezone.utc)),
                    "count": count,
                    "uniques": uniques,
                }
                for day, (count, uniques) in days.items()
            ],
        }

    return describe


def _share(repository: Repository, names: Sequence[str], now: datetime) -> Mapping[str, Counts]:
    """How the views of the 14 days fall to sites or pages: the ten with the most."""
    views = sum(count for count, _ in count_days(repository, "views", now).values())
    chance = random.Random(f"{repository.id} {names[1]}")  # noqa: S311
    weights = {name: chance.random() / place for place, name in enumerate(names, start=1)}
    whole = sum(weights.values())
    counts = {name: int(views * weight / whole) for name, weight in weights.items()}
    top = sorted(counts, key=lambda name: -counts[name])[:_TOP]
    return {name: (counts[name], -(-counts[name] // 2)) for name in top if counts[name]}


def _list_referrers(repository: Repository, now: datetime) -> list[JsonObject]:
    return [
        {"referrer": site, "count": count, "uniques": uniques}
        for site, (count, uniques) in _share(repository, _SITES, now).items()
    ]


def _list_paths(repository: Repository, now: datetime) -> list[JsonObject]:
    name, about = repository.full_name, repository.object["description"]
    return [
        {
            "path": f"/{name}{page}",
            "title": f"{name}: {about}" if not page else f"{page.rpartition('/')[2]} · {name}",
            "count": count,
            "uniques": uniques,
        }
        for page, (count, uniques) in _share(repository, _PAGES, now).items()
    ]


_BELOW: Mapping[str, Callable[[Repository, datetime], Any]] = {
    "traffic/views": _describe_days("views"),
    "traffic/clones": _describe_days("clones"),
    "traffic/popular/referrers": _list_referrers,
    "traffic/popular/paths": _list_paths,
}
