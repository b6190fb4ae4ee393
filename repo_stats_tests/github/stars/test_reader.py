"""Reading stars by day: which requests it takes, and what is made of the answers."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import ContradictoryError, EndlessListError, NotFoundError
from repo_stats.github.stars import reader
from repo_stats.github.stars.batch import StarResults, read_each
from repo_stats.github.stars.reader import StarDays, StarSource, read_stars
from repo_stats.github.stars.reading import StarReading
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.stars import star, unstar
from repo_stats.simulator.troubles import Trouble
from repo_stats.simulator.world import Repository, World
from repo_stats_tests.helpers.fake_time import FakeTime

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=timezone.utc)

DAY = timedelta(days=1)

Body = list[dict[str, Any]]


def make_simulator(*shapes: Shape, **options: Any) -> Simulator:
    world = World.of(generate_repository(shape) for shape in shapes)
    return Simulator(world, clock=NOW.timestamp, **options)


@pytest.fixture
def simulator() -> Simulator:
    """A repository with ten full years of stars."""
    simulator = make_simulator(Shape("acme/a", 0, 0, 0, stars=2_000))
    only(simulator).object["created_at"] = "2016-11-27T00:00:00Z"
    return simulator


def only(simulator: Simulator) -> Repository:
    [repository] = simulator.world.repositories.values()
    return repository


def source_of(
    repository: Repository,
    known: StarReading | None = None,
    days: dict[date, int] | None = None,
    counter: int | None = None,
) -> StarSource:
    stars = repository.object["stargazers_count"] if counter is None else counter
    return StarSource(repository.full_name, repository.id, stars, known, lambda: days)


def ask(
    simulator: Simulator | httpx.MockTransport, source: StarSource, at: datetime = NOW
) -> StarDays:
    async def run() -> StarDays:
        async with make_client(simulator) as client:
            return await read_stars(client, source, at)

    return asyncio.run(run())


def make_client(simulator: Simulator | httpx.MockTransport) -> GitHubClient:
    transport = (
        httpx.ASGITransport(app=simulator.app) if isinstance(simulator, Simulator) else simulator
    )
    return GitHubClient("http://github", "tok", transport=transport, sleep=FakeTime().sleep)


def targets(simulator: Simulator) -> list[str]:
    """What was asked for since the last look, and the statuses that are not 200."""
    found = [
        request.target.partition("/stargazers/")[2].replace("history?per_page=30&page=", "")
        + ("" if request.status == 200 else f" {request.status}")
        for request in simulator.log
    ]
    simulator.log.clear()
    return found


def test_ten_years_cost_18_requests_once_and_a_free_one_a_day_later(simulator: Simulator) -> None:
    first = ask(simulator, source_of(only(simulator)))
    assert len(simulator.log) == 18
    assert targets(simulator) == [str(number) for number in range(1, 19)]
    assert first.days is not None
    assert sum(first.days.values()) == first.reading.listed == 2_000
    assert list(first.days) == sorted(first.days)
    later = ask(simulator, source_of(only(simulator), first.reading), NOW + DAY)
    assert [(r.status, r.charged) for r in simulator.log] == [(304, False)]
    assert later.days is None
    assert later.reading == replace(first.reading, asked_at=NOW + DAY)


def test_the_newest_weeks_replace_those_that_are_stored_and_older_days_stay(
    simulator: Simulator,
) -> None:
    repository = only(simulator)
    first = ask(simulator, source_of(repository))
    assert first.days is not None
    stored = dict(first.days)
    targets(simulator)
    star(repository, NOW.timestamp())
    star(repository, NOW.timestamp())
    unstar(repository, NOW.timestamp(), index=-2)  # of a day on the first page
    later = ask(simulator, source_of(repository, first.reading, stored), NOW + DAY)
    assert targets(simulator) == ["1"]
    assert later.days is not None
    assert later.days[NOW.date()] == stored.get(NOW.date(), 0) + 2
    assert (later.reading.listed, later.reading.read_at) == (2_001, NOW)
    assert later.days == repository.star_days


def test_a_gap_of_more_than_29_weeks_reads_everything_and_one_of_29_does_not(
    simulator: Simulator,
) -> None:
    repository = only(simulator)
    first = ask(simulator, source_of(repository))
    newest = first.reading.newest
    assert newest is not None
    for weeks, requests in ((29, 1), (30, 18)):
        targets(simulator)
        known = replace(first.reading, newest=newest - timedelta(weeks=weeks), etag=None)
        ask(simulator, source_of(repository, known, dict(first.days or {})), NOW + DAY)
        assert len(targets(simulator)) == requests


def test_stored_rows_that_cannot_be_read_are_read_from_github(simulator: Simulator) -> None:
    first = ask(simulator, source_of(only(simulator)))
    targets(simulator)
    known = replace(first.reading, etag=None)
    again = ask(simulator, source_of(only(simulator), known, None), NOW + DAY)
    assert len(targets(simulator)) == 18
    assert (again.days, again.reading.read_at) == (first.days, NOW + DAY)


@pytest.mark.parametrize(("weeks", "requests"), [(1, 1), (29, 1), (30, 2), (31, 2), (60, 3)])
def test_the_list_ends_with_the_first_page_that_is_not_full(weeks: int, requests: int) -> None:
    simulator = make_simulator(Shape("acme/a", 0, 0, 0, stars=9))
    created = date(2026, 11, 22) - timedelta(weeks=weeks - 1)
    only(simulator).object["created_at"] = f"{created}T00:00:00Z"
    found = ask(simulator, source_of(only(simulator)))
    assert len(targets(simulator)) == requests
    assert found.reading.listed == 9


def test_stars_from_before_the_creation_are_read(simulator: Simulator) -> None:
    only(simulator).star_days = {date(2016, 1, 3): 1_999, date(2026, 11, 1): 1}
    assert ask(simulator, source_of(only(simulator))).days == only(simulator).star_days


def test_a_few_stars_that_are_not_listed_are_told_without_another_request(
    simulator: Simulator,
) -> None:
    only(simulator).unlisted_stars = 20
    reading = ask(simulator, source_of(only(simulator))).reading
    assert (reading.listed, reading.unlisted) == (1_980, 20)
    assert (reading.contradiction, reading.shortfall) == (None, None)
    assert len(targets(simulator)) == 18


def test_stars_that_came_in_between_lie_between_two_readings_of_the_counter(
    simulator: Simulator,
) -> None:
    reading = ask(simulator, source_of(only(simulator), counter=1_990)).reading
    assert targets(simulator)[-1] == "count"
    assert (reading.listed, reading.unlisted) == (2_000, 0)
    assert (reading.contradiction, reading.shortfall) == (None, None)


def test_a_sum_above_both_counters_is_a_contradiction(simulator: Simulator) -> None:
    only(simulator).unlisted_stars = -1
    found = ask(simulator, source_of(only(simulator)))
    told = "its days have 2001 stars, and GitHub's counter says 2000"
    assert found.reading.contradiction == told
    assert found.days is not None, "what is consistent in itself is stored"


def test_too_many_stars_that_are_not_listed_are_told(simulator: Simulator) -> None:
    only(simulator).unlisted_stars = 21
    reading = ask(simulator, source_of(only(simulator))).reading
    told = "its days have 1979 stars, and GitHub's counter says 2000: more than 20 are not listed"
    assert (reading.contradiction, reading.shortfall) == (None, told)


def test_a_few_stars_taken_back_in_older_weeks_wait_for_the_month_and_many_do_not(
    simulator: Simulator,
) -> None:
    repository = only(simulator)
    first = ask(simulator, source_of(repository))
    stored = dict(first.days or {})
    for _ in range(19):
        unstar(repository, NOW.timestamp())
    star(repository, NOW.timestamp())
    targets(simulator)
    few = ask(simulator, source_of(repository, first.reading, stored), NOW + DAY)
    assert targets(simulator) == ["1"]
    assert (few.reading.listed, few.reading.contradiction) == (2_001, None)
    for _ in range(2):
        unstar(repository, NOW.timestamp())
    many = ask(simulator, source_of(repository, few.reading, dict(few.days or {})), NOW + 2 * DAY)
    assert targets(simulator) == ["1 304", *map(str, range(1, 19))]
    assert (many.days, many.reading.listed) == (repository.star_days, 1_980)
    assert many.reading.read_at == NOW + 2 * DAY


def pages(make: Callable[[int], Body], count: Any = None) -> httpx.MockTransport:
    """Answers with made pages of weeks, and with a counter."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/count"):
            return httpx.Response(200, json={"count": count})
        return httpx.Response(200, json=make(int(request.url.params["page"])))

    return httpx.MockTransport(answer)


def full_page(number: int) -> Body:
    """A page of 30 weeks without a star."""
    newest = 1_795_305_600 - (number - 1) * 30 * 604_800
    return [{"week": newest - place * 604_800, "total": 0, "days": [0] * 7} for place in range(30)]


SOURCE = StarSource("acme/a", 7, 0, None, lambda: None)


def test_a_week_that_moves_to_the_next_page_while_they_are_read_is_refused() -> None:
    moved = [[], full_page(1), [*full_page(1)[-1:], *full_page(2)[:-1]]]
    shifted = pages(moved.__getitem__)
    with pytest.raises(ContradictoryError, match=r"the week of .* is there twice"):
        ask(shifted, replace(SOURCE, known=None))


def test_a_list_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_PAGES", 3)
    with pytest.raises(EndlessListError, match=r"stars of acme/a has more than 90 weeks"):
        ask(pages(full_page), SOURCE)


def test_an_empty_list_is_believed_only_of_a_repository_without_stars() -> None:
    empty = pages(lambda _: [])
    assert ask(empty, SOURCE).days == {}
    with pytest.raises(ContradictoryError) as raised:
        ask(empty, replace(SOURCE, counter=9))
    assert str(raised.value).startswith(
        "GitHub's list of the stars of acme/a is empty, and its counter says 9. What is stored"
    )


def test_a_counter_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ContradictoryError, match=r"acme/a cannot be read \('count' is a text\)"):
        ask(pages(lambda _: full_page(1)[:9], count="9"), replace(SOURCE, counter=9))


def read_many(simulator: Simulator, *, is_told: bool) -> tuple[list[str], StarResults]:
    """The repositories that were read, and the rest of the result."""
    read: list[str] = []

    async def store(found: StarDays) -> None:
        read.append(found.source.repo)

    async def run() -> StarResults:
        sources = [source_of(each) for each in simulator.world.repositories.values()]
        async with make_client(simulator) as client:
            return await read_each(client, sources, NOW, store, is_told=is_told)

    results = asyncio.run(run())
    return sorted(read), results


@pytest.fixture
def five() -> Simulator:
    return make_simulator(*(Shape(f"acme/{name}", 0, 0, 0) for name in "abcde"))


def test_a_server_that_does_not_tell_stars_by_day_is_asked_three_times(five: Simulator) -> None:
    five.serves_stars = False
    assert read_many(five, is_told=False) == ([], StarResults({}, is_told=False))
    assert targets(five) == ["1 404"] * 3


def test_a_404_of_one_repository_is_its_own_problem(five: Simulator) -> None:
    [first, *_] = five.world.repositories.values()
    first.trouble = Trouble.MISSING
    for is_told in (False, True):
        read, results = read_many(five, is_told=is_told)
        assert read == ["acme/b", "acme/c", "acme/d", "acme/e"]
        assert [type(error) for error in results.errors.values()] == [NotFoundError]
        assert results.is_told


def test_a_repository_whose_stars_are_refused_does_not_hold_up_others(five: Simulator) -> None:
    five.world.find("acme/c").trouble = Trouble.STARS_HIDDEN  # type: ignore[union-attr]
    read, results = read_many(five, is_told=True)
    assert read == ["acme/a", "acme/b", "acme/d", "acme/e"]
    assert [*results.errors] == ["acme/c"]
    assert str(results.errors["acme/c"]).startswith("GitHub forbids reading acme/c (Resource not")


def test_without_repositories_nothing_is_asked() -> None:
    assert read_many(make_simulator(), is_told=False) == ([], StarResults({}))
