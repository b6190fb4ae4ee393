"""Stars by day in the simulated GitHub: they add up to its counter, and are told by the week."""

from datetime import date, datetime, timezone
from typing import Any

import pytest

from repo_stats.cli.simulate import SimulatorOptions, make_simulator
from repo_stats.simulator.generator import LATEST
from repo_stats.simulator.mutations import MutationKind
from repo_stats.simulator.showcase import PROJECTS, Project, build_repository, count_stars
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.stars import list_weeks, star, unstar
from repo_stats.simulator.world import Repository
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import URL, get
from repo_stats_tests.helpers.simulated_changes import NOW, after, only_repository

HISTORY, COUNT = f"{URL}/stargazers/history", f"{URL}/stargazers/count"

TODAY = date(2026, 9, 2)


def counted(simulator: Simulator) -> tuple[int, int, int]:
    """The stars by the object, by the count, and by all weeks."""
    described, count, *pages = (
        response.json()
        for response in get(simulator, URL, COUNT, *(f"{HISTORY}?page={n}" for n in (1, 2)))
    )
    weeks = [week for page in pages for week in page]
    return described["stargazers_count"], count["count"], sum(week["total"] for week in weeks)


def test_the_weeks_add_up_to_the_counter_however_it_changes(still_rocket: Simulate) -> None:
    simulator = still_rocket()
    assert counted(simulator) == (120, 120, 120)
    for stars in (125, 90, 0, 3):
        only_repository(simulator).object["stargazers_count"] = stars
        assert counted(simulator) == (stars, stars, stars)


def test_weeks_begin_on_sundays_the_newest_first_without_a_gap(still_rocket: Simulate) -> None:
    simulator = still_rocket()
    [weeks] = (response.json() for response in get(simulator, f"{HISTORY}?per_page=30"))
    begins = [datetime.fromtimestamp(week["week"], timezone.utc) for week in weeks]
    assert [begin.date() for begin in begins[:2]] == [date(2026, 8, 30), date(2026, 8, 23)]
    assert begins[-1].date() == date(2026, 3, 1)
    assert {begin.strftime("%A %H:%M") for begin in begins} == {"Sunday 00:00"}
    assert {
        one - other for one, other in zip(weeks_of(begins), weeks_of(begins)[1:], strict=False)
    } == {1}
    assert [week["days"][4:] for week in weeks[:1]] == [[0, 0, 0]], "days to come are zero"
    assert all(len(week["days"]) == 7 and sum(week["days"]) == week["total"] for week in weeks)
    assert len(weeks) == 27


def weeks_of(begins: list[datetime]) -> list[int]:
    return [int(begin.timestamp()) // 604_800 for begin in begins]


def test_pages_have_thirty_weeks_and_end_with_an_empty_one(still_rocket: Simulate) -> None:
    simulator = still_rocket()
    only_repository(simulator).object["created_at"] = "2025-07-06T00:00:00Z"
    urls = [f"{HISTORY}?per_page=100&page={number}" for number in (1, 2, 3, 4, 100, 101)]
    responses = get(simulator, *urls)
    assert [r.status_code for r in responses] == [200, 200, 200, 200, 200, 422]
    assert [len(r.json()) for r in responses[:5]] == [30, 30, 1, 0, 0]
    assert ["link" in r.headers for r in responses[:3]] == [True, True, False]


def test_a_304_has_no_link_and_is_free_and_a_star_changes_the_validator(
    still_rocket: Simulate,
) -> None:
    simulator = still_rocket()
    only_repository(simulator).object["created_at"] = "2025-07-06T00:00:00Z"
    auth = {"authorization": "Bearer t"}
    [first] = get(simulator, HISTORY, **auth)
    known = {**auth, "if-none-match": first.headers["etag"]}
    [same] = get(simulator, HISTORY, **known)
    assert (same.status_code, "link" in same.headers) == (304, False)
    star(only_repository(simulator), NOW)
    [changed] = get(simulator, HISTORY, **known)
    assert changed.json()[0]["days"][3] == first.json()[0]["days"][3] + 1
    assert [request.charged for request in simulator.log] == [True, False, True]


def test_they_are_told_under_name_number_and_the_path_of_enterprise_servers(
    still_rocket: Simulate,
) -> None:
    simulator = still_rocket()
    number = only_repository(simulator).id
    ways = [URL, f"/repositories/{number}", f"/api/v3{URL}", f"/api/v3/repositories/{number}"]
    for below in ("history", "count"):
        responses = get(simulator, *(f"{way}/stargazers/{below}" for way in ways))
        assert [response.status_code for response in responses] == [200] * 4
        assert len({response.text for response in responses}) == 1
    simulator.world.rename("acme/rocket", "acme/moon")
    [moved] = get(simulator, f"{HISTORY}?page=2")
    assert moved.status_code == 301
    assert moved.headers["location"].endswith(f"/repositories/{number}/stargazers/history?page=2")


def test_lists_of_people_are_closed_and_an_old_server_has_no_stars_by_day(
    still_rocket: Simulate,
) -> None:
    simulator = still_rocket()
    people = get(simulator, f"{URL}/stargazers", f"{URL}/subscribers")
    assert [response.status_code for response in people] == [403, 403]
    simulator.serves_stars = False
    assert [response.status_code for response in get(simulator, HISTORY, COUNT, URL)] == [
        *(404, 404, 200),
    ]


def test_a_star_comes_today_and_one_taken_back_lowers_its_own_day(
    still_rocket: Simulate,
) -> None:
    simulator = still_rocket(after(MutationKind.STAR), after(MutationKind.UNSTAR, 2, index=-1))
    repository = only_repository(simulator)
    get(simulator, URL)
    days = dict(repository.star_days)
    assert days[TODAY] == 1
    get(simulator, URL)
    assert repository.star_days == {day: n for day, n in days.items() if day != TODAY}
    oldest = min(days)
    unstar(repository, NOW)
    assert repository.star_days.get(oldest, 0) == days[oldest] - 1
    assert counted(simulator) == (119, 119, 119)


def test_a_repository_without_stars_loses_none(repository: Repository) -> None:
    repository.object["stargazers_count"] = 0
    unstar(repository, NOW)
    assert repository.object["stargazers_count"] == 0
    assert {week["total"] for week in list_weeks(repository, NOW)} == {0}


def test_stars_that_are_not_listed_are_in_the_counter_alone(still_rocket: Simulate) -> None:
    simulator = still_rocket()
    only_repository(simulator).unlisted_stars = 2
    assert counted(simulator) == (120, 120, 118)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.full_name)
def test_the_demo_has_two_years_of_stars_by_day_and_those_before_them(project: Project) -> None:
    repository = build_repository(project, LATEST)
    assert sum(week["total"] for week in list_weeks(repository, LATEST.timestamp())) == (
        project.stars
    )
    counts = count_stars(project)
    begin = date(2024, 9, 1)
    before = sum(n for day, n in repository.star_days.items() if day < begin)
    assert before == counts[0] == project.stars_before
    known = sum(n for day, n in repository.star_days.items() if day < date(2025, 9, 1))
    assert known == counts[365]
    assert min(repository.star_days) >= date(2018, 9, 3)


def test_the_command_serves_stars_or_none() -> None:
    plain: dict[str, Any] = dict.fromkeys(("repos", "recorded", "faults", "mutations"), ())
    plain |= {"items": 3, "users": 2, "seed": 1, "latency": 0, "page_cap": 9, "limit": 9}
    plain |= {"graphql": True}
    path = "/repos/PrefectHQ/prefect/stargazers/history"
    statuses = [
        get(make_simulator(SimulatorOptions(**plain, stars=told)), path)[0].status_code
        for told in (True, False)
    ]
    assert statuses == [200, 404]
