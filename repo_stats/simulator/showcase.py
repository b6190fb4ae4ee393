"""The repositories of the demo and of the pictures: two years of a past, and made-up names.

The generated repositories of the tests look alike, and have titles that are to break something.
Here most items are closed within days, there was a big cleaning, and many heard of a project.

All times are relative to a day, and the same day gives the same world.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from repo_stats.simulator.issue_objects import give_ids, make_issue, settle_outcome
from repo_stats.simulator.objects import make_account, stamp
from repo_stats.simulator.releases import make_releases
from repo_stats.simulator.repository_objects import make_repository
from repo_stats.simulator.stars import spread_counts
from repo_stats.simulator.world import JsonObject, Repository, World

DAYS = 730
"""How far the past goes back."""

YEARS = 8
"""How long ago each repository was created."""

MISSING = "acme/atlantis"
"""A repository that is watched and cannot be found."""

_PEOPLE = (
    *("amara", "björk", "chen", "dara", "elif", "farid", "greta", "hana", "ivo", "jamila"),
    *("kofi", "lena", "mateo", "noor", "olga", "priya", "quentin", "rosa", "sami", "tove"),
)

_PARTS = ("The cache", "The importer", "A schedule", "The UI", "The worker", "Search", "Export")

_FAULTS = ("fails", "is slow", "hangs", "forgets its settings", "logs everything twice", "stops")

_TIMES = ("after an update", "on a full disk", "behind a proxy", "at midnight", "with empty input")


@dataclass(frozen=True)
class Project:
    """How a repository looks.

    Attributes:
        full_name: its owner/name, as it is watched.
        description: what its page says below the name.
        language: its programming language.
        items: issues and pull requests of its two years.
        open_share: the share of them that nobody closes by himself.
        cleaned: how many days ago the maintainers closed half of what was open.
        launched: how many days ago many people heard of it.
        stars: how many it has now.
        stars_before: how many it had two years ago.
        forks: forks of it now.
        renamed_to: the owner/name that it has now, if it was renamed.
    """

    full_name: str
    description: str
    language: str
    items: int
    open_share: float
    cleaned: int
    launched: int
    stars: int
    stars_before: int
    forks: int
    renamed_to: str | None = None


PROJECTS = (
    Project(
        "PrefectHQ/prefect",
        "Workflows that notice when they fail",
        "Python",
        items=900,
        open_share=0.24,
        cleaned=240,
        launched=330,
        stars=12_159,
        stars_before=7_420,
        forks=1_251,
    ),
    Project(
        "acme/compass",
        "Find your way through any data set",
        "Python",
        items=520,
        open_share=0.16,
        cleaned=150,
        launched=480,
        stars=4_286,
        stars_before=2_110,
        forks=402,
    ),
    Project(
        "acme/lantern",
        "Small lights for dark log files",
        "Rust",
        items=340,
        open_share=0.14,
        cleaned=90,
        launched=610,
        stars=2_817,
        stars_before=1_930,
        forks=233,
    ),
    Project(
        "acme/harbour",
        "Where containers come to rest",
        "Go",
        items=260,
        open_share=0.3,
        cleaned=400,
        launched=120,
        stars=1_053,
        stars_before=690,
        forks=148,
    ),
    Project(
        "acme/kite",
        "Schedules that fly by themselves",
        "TypeScript",
        items=150,
        open_share=0.1,
        cleaned=180,
        launched=45,
        stars=1_367,
        stars_before=80,
        forks=74,
    ),
    Project(
        "acme/dinghy",
        "A small boat for small messages",
        "Python",
        items=70,
        open_share=0.18,
        cleaned=300,
        launched=200,
        stars=318,
        stars_before=120,
        forks=21,
        renamed_to="acme/sailboat",
    ),
)

WATCHED = (*(project.full_name for project in PROJECTS), MISSING)
"""The names to watch."""


def build_world(day: datetime) -> World:
    """The world of the demo.

    Args:
        day: the moment that everything was made before (UTC).
    """
    world = World.of(build_repository(project, day) for project in PROJECTS)
    for project in PROJECTS:
        if project.renamed_to is not None:
            world.rename(project.full_name, project.renamed_to)
    return world


def build_repository(project: Project, day: datetime) -> Repository:
    """A repository under its watched name, as the simulated GitHub serves it."""
    chance = random.Random(project.full_name)  # noqa: S311
    number = 1_000_000 + chance.randrange(1_000_000)
    described = make_repository(
        project.full_name,
        number,
        day - timedelta(days=YEARS * 365),
        day,
        stars=project.stars,
        forks=project.forks,
        subscribers=project.stars // 60,
    )
    described.update(description=project.description, language=project.language)
    ages = sorted((DAYS * chance.random() ** 1.2 for _ in range(project.items)), reverse=True)
    items: list[JsonObject] = []
    taken: set[int] = set()
    for place, age in enumerate(ages, start=1):
        item = _build_item(chance, project, place, day - timedelta(days=age), day)
        give_ids(chance, item, number, taken)
        taken.add(item["id"])
        items.append(item)
    counts = [*count_stars(project), project.stars]
    begin = (day - timedelta(days=DAYS)).date()
    return Repository(
        described,
        items,
        star_days=spread_counts(counts, begin, YEARS * 365 - DAYS),
        releases=make_releases(project.full_name, number, day - timedelta(days=20), releases=6),
    )


def _build_item(
    chance: random.Random, project: Project, number: int, created: datetime, day: datetime
) -> JsonObject:
    """An item that is closed after days or months, in the big cleaning, or not at all."""
    days = chance.expovariate(1 / 4) if chance.random() < 0.8 else chance.expovariate(1 / 60)
    closed = created + timedelta(days=days + 0.02)
    is_left = chance.random() < project.open_share
    cleaning = day - timedelta(days=project.cleaned - 14 * chance.random())
    if is_left and created < cleaning and chance.random() < 0.5:
        is_left, closed = False, cleaning
    stays_open = is_left or closed > day
    state = "open" if stays_open else "closed"
    author = _choose_author(chance)
    item = make_issue(chance, project.full_name, number, created, day, state, author)
    item["title"] = " ".join(map(chance.choice, (_PARTS, _FAULTS, _TIMES)))
    if not stays_open:
        item.update(closed_at=stamp(closed), updated_at=stamp(closed))
        settle_outcome(item)
    return item


def _choose_author(chance: random.Random) -> JsonObject:
    """A bot now and then; of the people, those at the front of the list most often."""
    if chance.random() < 0.08:
        return make_account("dependabot[bot]", 49_699_333, "Bot")
    place = min(int(chance.expovariate(1 / 40)), 199)
    name = _PEOPLE[place % len(_PEOPLE)]
    login = name if place < len(_PEOPLE) else f"{name}-{place // len(_PEOPLE) + 1}"
    return make_account(login, 1_000_000 + place, "User")


@lru_cache
def count_stars(project: Project) -> tuple[int, ...]:
    """How many stars a repository had on each day, from the oldest to yesterday."""
    chance = random.Random(f"{project.full_name} stars")  # noqa: S311
    gains = [chance.expovariate(1) * _interest(project, ago) for ago in range(DAYS, 0, -1)]
    scale = (project.stars - project.stars_before) / sum(gains)
    return tuple(_add_up(project.stars_before, (gain * scale for gain in gains)))


def _add_up(start: int, gains: Iterator[float]) -> Iterator[int]:
    gained = 0.0
    for gain in gains:
        yield start + round(gained)
        gained += gain


def _interest(project: Project, days_ago: int) -> float:
    """How many stars a day brings, against other days: many after a launch, then fewer."""
    since = project.launched - days_ago
    after_launch = 14 * 0.88**since if since >= 0 else 0.0
    return 0.6 + 0.5 * (DAYS - days_ago) / DAYS + after_launch
