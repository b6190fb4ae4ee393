"""Synthetic repositories of any size; the same seed gives the same objects on every machine."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from repo_stats.simulator.issue_objects import give_ids, make_issue, settle_outcome
from repo_stats.simulator.objects import GHOST_ID, ORGANIZATION, make_account, make_ghost
from repo_stats.simulator.releases import make_releases
from repo_stats.simulator.repository_objects import make_repository
from repo_stats.simulator.world import JsonObject, Repository

LATEST = datetime(2026, 9, 1, 12, 0, 0, tzinfo=timezone.utc)
"""The time of the newest change in generated data."""

_BOT_THAT_IS_A_USER = "k8s-ci-robot"

_BOTS = ("dependabot[bot]", "github-actions[bot]", "renovate[bot]")


@dataclass(frozen=True)
class Shape:
    """How large a synthetic repository is.

    Attributes:
        full_name: its owner/name.
        open_items: open issues and pull requests.
        users: distinct authors of the open items; the fourth is GitHub's ghost.
        closed_items: closed issues and pull requests.
        stars: users who starred it.
        forks: forks of it.
        subscribers: users who watch it.
        days: how long it exists; longer, if its items take longer.
        owner_type: `Organization` or `User`.
        visibility: `public`, `private` or `internal`.
        topics: its topics.
        is_archived: whether it is archived.
        is_fork: whether it is a fork.
    """

    full_name: str
    open_items: int
    users: int
    closed_items: int = 40
    stars: int = 120
    forks: int = 12
    subscribers: int = 7
    days: int = 180
    owner_type: str = ORGANIZATION
    visibility: str = "public"
    topics: tuple[str, ...] = ("workflow", "synthetic")
    is_archived: bool = False
    is_fork: bool = False


PREFECT = Shape(
    *("PrefectHQ/prefect", 591, 260, 300),
    stars=12_159,
    forks=1_251,
    subscribers=163,
    days=8 * 365,
)
"""The repository that the simulator serves by default."""


def generate_repository(shape: Shape, seed: int = 1) -> Repository:
    """A repository with issues, pull requests, bots, ghosts, null fields and odd characters.

    Raises:
        ValueError: the open items cannot have that number of distinct authors.
    """
    if not min(1, shape.open_items) <= shape.users <= shape.open_items:
        raise ValueError(
            f"{shape.open_items} open items cannot have {shape.users} distinct authors."
        )
    chance = random.Random(f"{seed} {shape.full_name}")  # noqa: S311
    users = [_user(chance, position) for position in range(shape.users)]
    authors = _spread_authors(chance, users, shape.open_items)
    closed_authors = [chance.choice(users or [make_ghost()]) for _ in range(shape.closed_items)]
    states = ["open"] * shape.open_items + ["closed"] * shape.closed_items
    people = list(zip(states, [*authors, *closed_authors], strict=True))
    chance.shuffle(people)
    repository_id = chance.randrange(10_000_000, 999_999_999)
    issues: list[JsonObject] = []
    number, created = 0, LATEST - timedelta(minutes=97 * len(people) + 30)
    begun = min(created, LATEST - timedelta(days=shape.days))
    for state, author in people:
        number += chance.choice((1, 1, 1, 1, 2, 3))
        created += timedelta(seconds=chance.randrange(60, 97 * 60))
        name = shape.full_name
        issues.append(make_issue(chance, name, number, created, LATEST, state, author))
    _swap_some_times(chance, issues)
    _give_ids(chance, issues, repository_id)
    releases = make_releases(shape.full_name, repository_id, LATEST)
    return Repository(_describe(shape, repository_id, begun), issues, releases=releases)


def _describe(shape: Shape, repository_id: int, created: datetime) -> JsonObject:
    described = make_repository(
        shape.full_name,
        repository_id,
        created,
        LATEST,
        stars=shape.stars,
        forks=shape.forks,
        subscribers=shape.subscribers,
    )
    return {
        **described,
        "owner": {**described["owner"], "type": shape.owner_type},
        "private": shape.visibility != "public",
        "visibility": shape.visibility,
        "topics": list(shape.topics),
        "archived": shape.is_archived,
        "fork": shape.is_fork,
    }


def _give_ids(chance: random.Random, issues: list[JsonObject], repository_id: int) -> None:
    """Give each issue ids of its own: random ids can collide."""
    taken: set[int] = set()
    for issue in issues:
        give_ids(chance, issue, repository_id, taken)
        taken.add(issue["id"])


def _spread_authors(
    chance: random.Random, users: list[JsonObject], items: int
) -> list[JsonObject | None]:
    """Each user once, then some users many times; ghosts at odd positions are null."""
    if not users:
        return []
    weights = [1 / (rank + 1) for rank in range(len(users))]
    authors = [*users, *chance.choices(users, weights, k=items - len(users))]
    return [
        None if author["id"] == GHOST_ID and position % 2 else author
        for position, author in enumerate(authors)
    ]


def _swap_some_times(chance: random.Random, issues: list[JsonObject]) -> None:
    """Swap the times of a few pairs: numbers of imported issues are not in order of creation."""
    for state in ("open", "closed"):
        alike = [issue for issue in issues if issue["state"] == state]
        for first in range(0, len(alike) - 1, 50):
            second = chance.randrange(first + 1, min(first + 9, len(alike)))
            for key in ("created_at", "updated_at", "closed_at"):
                alike[first][key], alike[second][key] = alike[second][key], alike[first][key]
            settle_outcome(alike[first])
            settle_outcome(alike[second])


def _user(chance: random.Random, position: int) -> JsonObject:
    if position == 3:
        return make_ghost()
    if position in (1, 5, 8):
        return make_account(_BOTS[position // 4], 49_699_333 + position, "Bot")
    kind = {11: "Organization", 17: "Mannequin"}.get(position, "User")
    login = f"{chance.choice(('ada', 'linus', 'grace', 'alan', 'mary', 'edsger'))}-{position}"
    if position == 14:
        login = _BOT_THAT_IS_A_USER
    return make_account(login, 1_000_000 + 37 * position, kind)
