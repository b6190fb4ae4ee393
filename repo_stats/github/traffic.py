"""Reads who looked at a repository and cloned it, in the 14 days that GitHub keeps.

GitHub documents the four answers at https://docs.github.com/rest/metrics/traffic. Their days are
those of UTC. Days without any traffic may be missing. The first day is cut off, because the 14 days
begin in the middle of it, and the last one is still running.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import ForbiddenError, TransientError
from repo_stats.github.fields import FieldError, read_number, read_text, read_time

KEPT_DAYS = 14
"""How many days GitHub tells of, the running one included."""

_MOST_DAYS = KEPT_DAYS + 2
"""Days back from the answer within which a day may lie: GitHub's own numbers may be a day old."""

_MOST_POPULAR = 100
"""More sites or pages than any answer has: GitHub sends ten."""


@dataclass(frozen=True)
class DailyCounts:
    """Views or clones by day, as one answer has them.

    Attributes:
        answered_on: the day (UTC) of the answer, which is still running.
        days: the count of each day that the answer names, and how many distinct people it was.
    """

    answered_on: date
    days: Mapping[date, tuple[int, int]]

    @property
    def first(self) -> date:
        """The first of the days that the answer is about, which is cut off."""
        return min([self.answered_on - timedelta(days=KEPT_DAYS - 1), *self.days])


@dataclass(frozen=True)
class Popular:
    """A site that visitors came from, or a page that they looked at.

    Attributes:
        name: the site, or the page's path.
        title: the page's title; empty for a site.
        views: within the 14 days.
        uniques: distinct visitors within the 14 days.
    """

    name: str
    title: str
    views: int
    uniques: int


@dataclass(frozen=True)
class TrafficSnapshot:
    """What GitHub tells of a repository's traffic at one moment.

    Attributes:
        taken_at: GitHub's time of the first answer (UTC).
        views: its views by day.
        clones: its clones by day.
        referrers: the sites that most visitors came from, in GitHub's order.
        paths: the pages that were looked at most, in GitHub's order.
    """

    taken_at: datetime
    views: DailyCounts
    clones: DailyCounts
    referrers: Sequence[Popular]
    paths: Sequence[Popular]

    @property
    def whole_days(self) -> tuple[date, date]:
        """The first and the last of the days that all answers hold as a whole."""
        answers = (self.views, self.clones)
        day = timedelta(days=1)
        return (
            max(answer.first for answer in answers) + day,
            min(answer.answered_on for answer in answers) - day,
        )


async def read_traffic(client: GitHubClient, repo: str, full_name: str) -> TrafficSnapshot:
    """Read a repository's traffic, in four requests.

    Args:
        client: the API.
        repo: the repository as it is watched, for messages.
        full_name: the owner/name that it has now.

    Raises:
        ForbiddenError: the token lacks the permission; the message says which.
        GitHubError: it cannot be read; see `GitHubClient.get`.
    """
    base = f"{client.api_url}/repos/{full_name}/traffic"
    try:
        views = await client.get(f"{base}/views?per=day", repo=repo, shape=dict)
        clones = await client.get(f"{base}/clones?per=day", repo=repo, shape=dict)
        referrers = await client.get(f"{base}/popular/referrers", repo=repo, shape=list)
        paths = await client.get(f"{base}/popular/paths", repo=repo, shape=list)
    except ForbiddenError as error:
        raise ForbiddenError(describe_permission(repo)) from error
    try:
        return TrafficSnapshot(
            taken_at=views.server_date,
            views=parse_days(views.body, "views", views.server_date.date()),
            clones=parse_days(clones.body, "clones", clones.server_date.date()),
            referrers=parse_popular(referrers.body, "referrer"),
            paths=parse_popular(paths.body, "path"),
        )
    except FieldError as error:
        raise TransientError(
            f"What GitHub tells of the traffic of {repo} cannot be right ({error}); what is stored "
            "stays, try again later."
        ) from error


def describe_permission(repo: str, *, has_token: bool = True) -> str:
    """What a token needs to read the traffic of a repository, in a sentence."""
    whom = "to this token" if has_token else "without a token"
    return (
        f"GitHub does not show the traffic of {repo} {whom}: use a fine-grained token or a GitHub "
        "App with the permission Administration: read for the repository, or a classic token of "
        "somebody who may push; the token of GitHub Actions cannot have it."
    )


def parse_days(body: Mapping[str, Any], key: str, answered_on: date) -> DailyCounts:
    """Read the counts of each day in an answer.

    Args:
        body: the answer.
        key: `views` or `clones`.
        answered_on: the day of the answer.

    Raises:
        FieldError: it holds something else.
    """
    days: dict[date, tuple[int, int]] = {}
    for item in _read_objects(body.get(key), key, _MOST_DAYS):
        moment = read_time(item, "timestamp")
        day, counts = moment.date(), _read_counts(item)
        if moment.time() != moment.min.time():
            raise FieldError(f"{moment:%Y-%m-%dT%H:%M:%SZ} is no beginning of a day")
        if not timedelta(0) <= answered_on - day < timedelta(days=_MOST_DAYS):
            raise FieldError(f"{day} is not one of the last {KEPT_DAYS} days")
        if day in days:
            raise FieldError(f"{day} is there twice")
        days[day] = counts
    return DailyCounts(answered_on, days)


def parse_popular(body: Sequence[Any], key: str) -> tuple[Popular, ...]:
    """Read the sites or pages in an answer.

    Args:
        body: the answer.
        key: `referrer` or `path`.

    Raises:
        FieldError: it holds something else.
    """
    found = tuple(
        Popular(read_text(item, key), _read_title(item, key), *_read_counts(item))
        for item in _read_objects(body, f"{key}s", _MOST_POPULAR)
    )
    if len({each.name for each in found}) < len(found):
        raise FieldError(f"a {key} is there twice")
    return found


def _read_title(item: Mapping[str, Any], key: str) -> str:
    return read_text(item, "title") if key == "path" else ""


def _read_counts(item: Mapping[str, Any]) -> tuple[int, int]:
    count, uniques = read_number(item, "count"), read_number(item, "uniques")
    if uniques > count:
        raise FieldError("'uniques' is above 'count'")
    return count, uniques


def _read_objects(value: Any, key: str, most: int) -> list[Mapping[str, Any]]:
    """The objects in a list.

    Raises:
        FieldError: there is no such list, or it is too long.
    """
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise FieldError(f"{key!r} is no list of objects")
    if len(value) > most:
        raise FieldError(f"{key!r} has more than {most} entries")
    return value
