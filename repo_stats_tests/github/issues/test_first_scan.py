"""The first scan of a long list: how many requests it takes, and how many rounds of them.

Ten requests are under way at once, and each takes one second. Read one page after the other, a list
takes as many rounds as it has pages.
"""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from random import Random

import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.planning import plan_list
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.snapshot import read_list
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.pages import MemoryStore
from repo_stats_tests.helpers.rounds import SlowTransport, count_rounds

END = datetime(2026, 8, 30, tzinfo=timezone.utc)

DAY = 86_400
YEARS = 3_650 * DAY

Spread = Callable[[Random], float]
"""How many seconds before the end some item was updated."""

SPREADS: dict[str, Spread] = {
    "toward the present": lambda random: random.random() ** 3 * YEARS,
    "half within an hour": lambda random: (
        random.choice((10 * DAY, random.random() * YEARS)) + random.random() * 3_600
    ),
    "two bursts": lambda random: random.choice((200, 900)) * DAY + random.random() * 1_800,
}


def scan(items: int, spread: Spread) -> tuple[int, int]:
    """Read a list that was never read; gives the rounds and the requests."""
    repository = generated(Shape("acme/rocket", items, 5), slim=True)
    random = Random(1)  # noqa: S311 - the same times in every run
    for issue in repository.issues:
        time = END - timedelta(seconds=spread(random))
        issue["updated_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ")
        issue["body"] = None  # most of what is sent and stored
    simulator = Simulator(World.of([repository]), page_cap=1_000)

    async def work() -> None:
        transport = SlowTransport(simulator.app)
        async with GitHubClient(API_URL, "tok", transport=transport, in_flight=10) as client:
            issue_list = IssueList("acme/rocket", repository.id, API_URL, 100, counter=items)
            now = datetime.now(timezone.utc)
            freshness = Freshness(since=now, revalidate=True)
            pages = PageReader(client, PageIndex(MemoryStore({})), freshness)
            snapshot = await read_list(pages, plan_list(issue_list, {}, freshness, now))
        assert snapshot.is_exact
        listed = {number for result in snapshot.results for number in result.head.updates}
        assert listed == repository.open_ids()

    return count_rounds(work), len(simulator.log)


@pytest.mark.parametrize("spread", SPREADS)
def test_a_first_scan_of_2000_items_takes_five_rounds_however_updates_are_spread(
    spread: str,
) -> None:
    rounds, requests = scan(2_000, SPREADS[spread])
    assert rounds <= 0.25 * 20
    assert requests <= 37


@pytest.mark.long
def test_a_first_scan_of_6000_items_takes_about_a_fifth_of_the_rounds_of_a_walk() -> None:
    rounds, requests = scan(6_000, SPREADS["two bursts"])
    assert rounds <= 0.22 * 60
    assert requests <= 95
