"""The simulated repositories of the screenshots: two years of a past, and made-up names.

The simulator's own repositories are a month old. A picture of history needs more: items opened over
two years, most of them closed within days, and the stars that daily refreshes would have noted.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from repo_stats.simulator.issue_objects import make_issue
from repo_stats.simulator.objects import make_account, stamp
from repo_stats.simulator.repository_objects import make_repository
from repo_stats.simulator.world import JsonObject, Repository
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats.warehouse.tables import Tables

DAYS = 730
"""How far the past goes back."""

PEOPLE = (
    *("amara", "björk", "chen", "dara", "elif", "farid", "greta", "hana", "ivo", "jamila"),
    *("kofi", "lena", "mateo", "noor", "olga", "priya", "quentin", "rosa", "sami", "tove"),
)


@dataclass(frozen=True)
class Project:
    """How a repository of the screenshots looks.

    Attributes:
        full_name: its owner/name.
        description: what its page says below the name.
        items: issues and pull requests of its two years.
        open_share: the share of them that nobody closes by himself.
        cleaned: how many days ago the maintainers closed half of what was open.
        launched: how many days ago many people heard of it.
        stars: how many it has now.
        stars_before: how many it had two years ago.
        forks: forks of it.
    """

    full_name: str
    description: str
    items: int
    open_share: float
    cleaned: int
    launched: int
    stars: int
    stars_before: int
    forks: int


PROJECTS = (
    Project(
        *("acme/compass", "Find your way through any data set", 2400, 0.13),
        *(240, 330, 9_412, 3_150, 861),
    ),
    Project(
        *("acme/lantern", "Small lights for dark log files", 1500, 0.14),
        *(90, 610, 4_286, 2_110, 402),
    ),
    Project(
        *("acme/harbour", "Where containers come to rest", 900, 0.22),
        *(400, 120, 2_053, 1_490, 233),
    ),
    Project(
        *("acme/kite", "Schedules that fly by themselves", 420, 0.09),
        *(180, 45, 1_167, 80, 74),
    ),
)


def build_repository(project: Project, now: datetime) -> Repository:
    """A repository as the simulated GitHub serves it."""
    chance = random.Random(project.full_name)  # noqa: S311
    number = 1_000_000 + chance.randrange(1_000_000)
    described = make_repository(
        project.full_name,
        number,
        now,
        stars=project.stars,
        forks=project.forks,
        subscribers=project.stars // 60,
    )
    described["description"] = project.description
    ages = sorted((DAYS * chance.random() ** 1.2 for _ in range(project.items)), reverse=True)
    items = [
        _build_item(chance, project, place + 1, now - timedelta(days=age), now)
        for place, age in enumerate(ages)
    ]
    return Repository(described, items)


def _build_item(
    chance: random.Random, project: Project, number: int, created: datetime, now: datetime
) -> JsonObject:
    """An item that is closed after days or months, in the big cleaning, or not at all."""
    days = chance.expovariate(1 / 4) if chance.random() < 0.8 else chance.expovariate(1 / 60)
    closed = created + timedelta(days=days + 0.02)
    is_left = chance.random() < project.open_share
    cleaning = now - timedelta(days=project.cleaned - 14 * chance.random())
    if is_left and created < cleaning and chance.random() < 0.5:
        is_left, closed = False, cleaning
    stays_open = is_left or closed > now
    state = "open" if stays_open else "closed"
    author = _choose_author(chance)
    item = make_issue(chance, project.full_name, number, created, now, state, author)
    if not stays_open:
        item.update(closed_at=stamp(closed), updated_at=stamp(closed))
    return item


def _choose_author(chance: random.Random) -> JsonObject:
    """A bot now and then; of the people, those at the front of the list most often."""
    if chance.random() < 0.08:
        return make_account("dependabot[bot]", 49_699_333, "Bot")
    place = min(int(chance.expovariate(1 / 40)), 199)
    name = PEOPLE[place % len(PEOPLE)]
    login = name if place < len(PEOPLE) else f"{name}-{place // len(PEOPLE) + 1}"
    return make_account(login, 1_000_000 + place, "User")


def store_stars(tables: Tables, repository: Repository, project: Project, now: datetime) -> None:
    """Store the rows of `repo_history` that a refresh a day would have left."""
    chance = random.Random(f"{project.full_name} stars")  # noqa: S311
    gained, rows = 0.0, []
    gains = [chance.expovariate(1) * _interest(project, DAYS - day) for day in range(DAYS)]
    scale = (project.stars - project.stars_before) / sum(gains)
    for day, gain in enumerate(gains):
        rows.append(
            {
                **dict.fromkeys(REPO_HISTORY.names, 0),
                "repo": project.full_name,
                "repo_id": repository.id,
                "snapshot_at": now - timedelta(days=DAYS - day),
                "stars": project.stars_before + round(gained),
                "forks": project.forks,
                "average_open_issues_per_user": None,
                "average_open_issues_per_user_without_pull_requests": None,
                "is_exact": True,
            }
        )
        gained += gain * scale
    tables.write(REPO_HISTORY, project.full_name, to_frame(REPO_HISTORY, rows))


def _interest(project: Project, days_ago: int) -> float:
    """How many stars a day brings, against other days: many after a launch, then fewer."""
    since = project.launched - days_ago
    after_launch = 14 * 0.88**since if since >= 0 else 0.0
    return 0.6 + 0.5 * (DAYS - days_ago) / DAYS + after_launch
