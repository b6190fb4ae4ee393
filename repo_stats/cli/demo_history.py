"""The two years before the demo: the rows of `repo_history` that a refresh a day would have left.

GitHub's lists have no past numbers. Everything else in the demo is read by the product's own jobs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from repo_stats.simulator.showcase import DAYS, PROJECTS, Project, build_repository, count_stars
from repo_stats.simulator.world import JsonObject, Repository
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats.warehouse.tables import Tables


def store_histories(tables: Tables, day: datetime) -> None:
    """Store the history of each repository of the demo that has none yet.

    Args:
        tables: the warehouse's tables.
        day: the moment that the world was built for (UTC).

    Raises:
        WarehouseError: a history cannot be stored.
    """
    for project in PROJECTS:
        if not tables.has(REPO_HISTORY, project.full_name):
            rows = list(_list_rows(project, build_repository(project, day), day))
            tables.write(REPO_HISTORY, project.full_name, to_frame(REPO_HISTORY, rows))


def _list_rows(project: Project, repository: Repository, day: datetime) -> Iterator[dict[str, Any]]:
    """The numbers of each day, as a refresh would have found them."""
    days = [day - timedelta(days=ago) for ago in range(DAYS, 0, -1)]
    numbers = _count_open_items(repository.issues, days)
    for moment, stars, counted in zip(days, count_stars(project), numbers, strict=True):
        yield {
            "repo": project.full_name,
            "repo_id": repository.id,
            "snapshot_at": moment,
            "stars": stars,
            "forks": project.forks * stars // project.stars,
            "subscribers": stars // 60,
            "is_exact": True,
            **counted,
        }


def _count_open_items(
    items: Iterable[JsonObject], days: Iterable[datetime]
) -> Iterator[Mapping[str, Any]]:
    """What was open at each moment, and whose it was."""
    changes = sorted(_list_changes(items), key=lambda change: change[0])
    issues, pull_requests = Counter[int](), Counter[int]()
    done = 0
    for moment in days:
        while done < len(changes) and changes[done][0] <= moment:
            _, author, is_pull_request, difference = changes[done]
            (pull_requests if is_pull_request else issues)[author] += difference
            done += 1
        users = len(+(issues + pull_requests))
        authors = len(+issues)
        yield {
            "open_issues_count": issues.total() + pull_requests.total(),
            "open_items": issues.total() + pull_requests.total(),
            "open_issues": issues.total(),
            "open_pull_requests": pull_requests.total(),
            "users": users,
            "average_open_issues_per_user": _divide(issues.total() + pull_requests.total(), users),
            "average_open_issues_per_user_without_pull_requests": _divide(issues.total(), authors),
        }


def _list_changes(items: Iterable[JsonObject]) -> Iterator[tuple[datetime, int, bool, int]]:
    """When each item was opened and closed: the time, its author, its kind, and +1 or -1."""
    for item in items:
        author, is_pull_request = item["user"]["id"], "pull_request" in item
        yield _parse(item["created_at"]), author, is_pull_request, 1
        if item["closed_at"] is not None:
            yield _parse(item["closed_at"]), author, is_pull_request, -1


def _parse(time: str) -> datetime:
    return datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def _divide(items: int, users: int) -> float | None:
    """Nothing divided by nobody is missing."""
    return items / users if users else None
