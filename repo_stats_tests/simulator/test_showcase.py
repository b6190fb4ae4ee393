"""The world of the demo: it is made for people to look at."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest

from repo_stats.simulator.showcase import (
    DAYS,
    MISSING,
    PROJECTS,
    WATCHED,
    Project,
    build_repository,
    build_world,
    count_stars,
)
from repo_stats.simulator.world import Repository

TODAY = datetime(2027, 2, 3, tzinfo=timezone.utc)
STAMP = "%Y-%m-%dT%H:%M:%SZ"


@pytest.fixture(scope="module")
def repositories() -> list[Repository]:
    return [build_repository(project, TODAY) for project in PROJECTS]


def count_open(repository: Repository, ago: int) -> int:
    """How many items were open a number of days ago."""
    moment = (TODAY - timedelta(days=ago)).strftime(STAMP)
    return sum(
        item["created_at"] <= moment and not (item["closed_at"] or "9") <= moment
        for item in repository.issues
    )


def test_it_has_six_repositories_of_two_organisations_one_renamed_and_a_name_that_is_missing() -> (
    None
):
    world = build_world(TODAY)
    names = [repository.full_name for repository in world.repositories.values()]
    assert len(names) == 6
    assert {name.partition("/")[0] for name in names} == {"PrefectHQ", "acme"}
    found = {name: world.resolve(name) for name in WATCHED}
    assert [name for name, repository in found.items() if repository is None] == [MISSING]
    renamed = {n: r.full_name for n, r in found.items() if r is not None and r.full_name != n}
    assert renamed == {"acme/dinghy": "acme/sailboat"}


def test_the_same_day_gives_the_same_world_and_a_later_one_the_same_at_other_times() -> None:
    project, later = PROJECTS[-1], TODAY + timedelta(days=3)
    assert build_repository(project, TODAY).issues == build_repository(project, TODAY).issues
    pairs = zip(
        build_repository(project, TODAY).issues,
        build_repository(project, later).issues,
        strict=True,
    )
    shifts = {
        datetime.strptime(after["created_at"], STAMP)
        - datetime.strptime(before["created_at"], STAMP)
        for before, after in pairs
    }
    assert shifts == {timedelta(days=3)}


def test_all_happened_within_two_years_and_before_the_day(repositories: list[Repository]) -> None:
    first = (TODAY - timedelta(days=DAYS)).strftime(STAMP)
    last = TODAY.strftime(STAMP)
    times = [
        item[name]
        for repository in repositories
        for item in repository.issues
        for name in ("created_at", "updated_at", "closed_at")
        if item[name] is not None
    ]
    assert first <= min(times) <= max(times) <= last
    assert min(times) < (TODAY - timedelta(days=DAYS - 30)).strftime(STAMP)
    assert max(times) > (TODAY - timedelta(days=7)).strftime(STAMP)


def test_no_text_has_a_character_that_is_not_printed(repositories: list[Repository]) -> None:
    texts = [
        text
        for repository in repositories
        for text in (
            repository.object["description"],
            *(item["title"] for item in repository.issues),
            *(item["user"]["login"] for item in repository.issues),
        )
    ]
    assert [text for text in texts if not text.isprintable() or len(text) > 60] == []


def test_no_two_repositories_look_alike(repositories: list[Repository]) -> None:
    for key in ("stargazers_count", "forks_count", "open_issues_count", "description", "id"):
        assert len({repository.describe()[key] for repository in repositories}) == 6


def test_every_backlog_goes_up_and_down(repositories: list[Repository]) -> None:
    for repository in repositories:
        counts = [count_open(repository, ago) for ago in range(DAYS, -1, -10)]
        steps = [after - before for before, after in pairwise(counts)]
        assert min(steps) < 0 < max(steps)
        assert min(counts[-30:]) > 0


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.full_name)
def test_stars_grow_over_two_years_and_fastest_after_the_launch(project: Project) -> None:
    stars = count_stars(project)
    assert len(stars) == DAYS
    assert stars[0] == project.stars_before
    assert project.stars_before < stars[DAYS // 2] < stars[-1] <= project.stars
    assert list(stars) == sorted(stars)
    weeks = [after - before for before, after in zip(stars[:-7], stars[7:], strict=True)]
    best = DAYS - weeks.index(max(weeks))
    assert abs(best - project.launched) <= 7
