"""The simulation of large watchlists: it starts from what is true, adds up, and is in the docs."""

import re
from dataclasses import replace

import pytest
from click.testing import CliRunner

from benchmarks.scale import main
from benchmarks.scaling.demand import MOST_REFRESHES, Arrangement, Demand, Load
from benchmarks.scaling.facts import KINDS, STARS_AGAIN, STARS_FIRST, Kind, Limits, Work
from benchmarks.scaling.page import describe_time, list_points
from benchmarks.scaling.simulation import SHORTEST_ROUND, find_delay, simulate, size
from repo_stats.config.settings import load_settings
from repo_stats.github.graphql.pace import FIRST_BATCH, MOST_SECONDS
from repo_stats_tests.helpers.paths import DOCS

COSTS = (DOCS / "costs.md").read_text(encoding="utf-8")

PAGE = (DOCS / "scale.md").read_text(encoding="utf-8")

ROOMY = Load(1e9, 1e9, 1e9)


def find_costs(case: str) -> list[list[float]]:
    """The numbers in a row of the table of costs: the middle of those of each size."""
    [row] = [line for line in COSTS.splitlines() if line.startswith(f"| {case} |")]
    cells = [re.sub(r"a query \+? ?", "", cell) for cell in row.split("|")[2:-1]]
    return [
        [
            sum(numbers) / len(numbers)
            for part in re.split(r", ", cell)
            if (numbers := [int(number) for number in re.findall(r"\d+", part)])
        ]
        for cell in cells
    ]


def test_costs_are_those_of_the_documentation() -> None:
    *changed, charged = find_costs("an item changed, with a token")
    *first, first_charged = find_costs("the first refresh, with a token")
    small_first = sorted(KINDS, key=lambda kind: kind.pages)
    assert [[kind.requests] for kind in small_first] == changed
    assert [kind.charged for kind in small_first] == charged
    assert [[kind.first_requests] for kind in small_first] == first
    assert [kind.first_charged for kind in small_first] == first_charged
    nothing = find_costs("nothing changed in it, and no query tells of it")[:-1]
    assert [[kind.nightly_requests + 1] for kind in small_first] == nothing
    assert f"every {STARS_AGAIN} days | 1 for every 30 weeks" in COSTS
    assert round(5 * 52 / 30) == STARS_FIRST


def test_memory_is_what_the_documentation_says_of_ten_thousand() -> None:
    [megabytes] = re.findall(r"largest process takes (\d+) MB", COSTS)
    assert simulate(Arrangement(10_000)).memory == pytest.approx(int(megabytes), abs=5)
    assert 10_000 * Work().look + 4.4 == pytest.approx(15, abs=2)


def test_calls_of_object_storage_are_those_of_the_documentation() -> None:
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    [first] = re.findall(r"first refresh, lists of two pages \| (\d+) for each", page)
    assert Work().calls_of_change == int(first)
    assert "replaces the history of each repository: three requests for each" in page
    assert Work().calls_of_day == 3


def test_limits_are_those_that_the_code_keeps_to() -> None:
    settings, limits = load_settings({}), Limits()
    assert limits.per_minute == settings.per_minute
    assert limits.query_seconds == MOST_SECONDS * 60
    assert limits.asked == FIRST_BATCH
    assert 24 * 3600 / settings.min_refresh == MOST_REFRESHES
    assert sum(kind.share for kind in KINDS) == pytest.approx(1)


def test_a_look_takes_as_long_as_the_queries_for_all_repositories() -> None:
    limits = Limits(seconds_of_query=3, asked=25)
    assert limits.looks == 25_000
    assert simulate(Arrangement(1)).notice == SHORTEST_ROUND
    assert simulate(Arrangement(50_000)).notice == 2
    assert simulate(Arrangement(50_000, deployments=2)).notice == 1
    assert simulate(Arrangement(50_000, tokens=9, processors=9)).notice == 2


def test_the_points_limit_looks_if_github_is_quick() -> None:
    quick = Limits(seconds_of_query=0.001, points=100)
    assert simulate(Arrangement(10_000), limits=quick).notice == 4
    assert simulate(Arrangement(10_000, tokens=2), limits=quick).notice == 2


def test_the_numbers_of_a_day_are_those_of_each_repository_added_up() -> None:
    kind = Kind("x", 1, 1, 24, 3, 2, 1, 1, starred=True)
    outcome = simulate(Arrangement(100), [kind])
    stars = 100 * (1 + (STARS_FIRST - 1) / STARS_AGAIN)
    assert outcome.requests == pytest.approx(100 * 24 * 3 + stars + 100)
    assert outcome.charged == pytest.approx(100 * 24 * 2 + stars)
    assert outcome.fill == pytest.approx(100 * (1 + STARS_FIRST) / 5_000)


def test_changes_between_two_looks_are_one_refresh() -> None:
    busy = Kind("x", 1, 1, 48, 1, 1, 1, 1, starred=False)
    slow = simulate(Arrangement(50_000), [busy])
    twice = simulate(Arrangement(50_000), [replace(busy, changes=12)])
    assert slow.requests == twice.requests


@pytest.mark.parametrize(
    ("requests", "hours"), [(0.0, 0.0), (600.0, 0.6), (1_000.0, 1.0), (6_000.0, 6.0)]
)
def test_work_of_midnight_is_done_when_the_hours_have_done_it(
    requests: float, hours: float
) -> None:
    demand = Demand(0, Load(), Load(requests), Load(), Load(), 0)
    assert find_delay(demand, replace(ROOMY, requests=1_000.0)) == pytest.approx(hours)


def test_work_waits_behind_what_came_before() -> None:
    demand = Demand(0, Load(requests=100), Load(requests=2_700), Load(requests=900), Load(), 0)
    assert find_delay(demand, replace(ROOMY, requests=1_000.0)) == pytest.approx(2.8)


def test_work_that_is_more_than_a_day_can_do_piles_up() -> None:
    demand = Demand(0, Load(requests=1_001), Load(), Load(), Load(), 0)
    assert find_delay(demand, replace(ROOMY, requests=1_000.0)) is None
    assert simulate(Arrangement(1_000_000)).behind is None


@pytest.mark.parametrize("repos", [1, 20_000, 20_001, 1_000_000])
def test_what_keeps_up_looks_every_hour_and_leaves_room(repos: int) -> None:
    arrangement = size(repos)
    outcome = simulate(arrangement)
    assert arrangement.repos == repos
    assert arrangement.deployments == -(-repos // 20_000)
    assert outcome.notice <= 0.8
    assert outcome.behind is not None
    assert max(outcome.use.values()) <= 0.8


def test_webhooks_save_looks_and_no_request() -> None:
    asked, told = (simulate(Arrangement(20_000, webhooks=told)) for told in (False, True))
    assert told.notice == 0 < asked.notice
    assert told.requests == asked.requests
    assert told.points < asked.points / 10
    assert told.bends == "charged requests"


@pytest.mark.parametrize(
    ("hours", "text"), [(0.05, "3 min"), (1.9, "114 min"), (2.2, "2 h"), (96, "4 days")]
)
def test_times_are_shown_in_a_unit_that_suits_them(hours: float, text: str) -> None:
    assert describe_time(hours) == text


def test_the_picture_of_the_documentation_shows_what_is_computed() -> None:
    picture = (DOCS / "images" / "scale.svg").read_text(encoding="utf-8")
    found = re.findall(r'"repositories: (\d+); hours: ([\d.]+); line: ([^"]+)"', picture)
    points = {(str(p["repositories"]), str(p["line"]), float(p["hours"])) for p in list_points()}
    assert len(points) > 20
    assert {(repos, line, float(hours)) for repos, hours, line in found} == points


def test_the_page_recommends_what_was_computed() -> None:
    assert [int(number) for number in re.findall(r"Up to (\d+),000 repositories: one", PAGE)] == [
        20
    ]
    assert size(20_000).deployments == 1 < size(20_001).deployments
    four = simulate(Arrangement(100_000, tokens=2))
    assert (four.notice, round(four.behind or 0)) == (4, 4)
    assert simulate(Arrangement(20_000)).use["processors"] < 0.1
    assert 0.7 < simulate(Arrangement(100_000, webhooks=True)).use["charged requests"] < 0.9
    assert simulate(Arrangement(4_000)).notice < 1 / 6


def test_the_command_shows_what_keeps_up_and_what_was_asked_for() -> None:
    kept = CliRunner().invoke(main, ["--repos", "60000"])
    assert "| 60,000 | 3 | 1 | 1 | 48 min |" in kept.output
    assert "time for queries bends first." in kept.output
    asked = CliRunner().invoke(main, ["--repos", "60000", "--deployments", "1", "--tokens", "2"])
    assert "| 60,000 | 1 | 2 | 1 | 2 h |" in asked.output
