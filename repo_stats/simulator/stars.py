"""The stars of a repository by the day on which they were given, and GitHub's list of its weeks.

Only stars that are still held are listed. A repository's counter is in its object, and anyone may
change it: the days follow it. Days are those of UTC here, and weeks begin on Sundays.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

from repo_stats.simulator.world import JsonObject, Repository

MOST_PER_PAGE = 30

MOST_PAGES = 100

_SUNDAY = 6

_EPOCH = date(1970, 1, 1).toordinal()


def star(repository: Repository, at: float) -> None:
    """Add a star to a repository today, which does not change its validator."""
    settle(repository, at)
    _add(repository, _day(at), 1)
    _count(repository, 1)


def unstar(repository: Repository, at: float, index: int = 0) -> None:
    """Take a star back, which lowers the day on which it was given.

    Args:
        repository: nothing happens if it has no stars.
        at: when, in epoch seconds.
        index: the position of that day among those with stars, the oldest first; counting starts
            again after the last.
    """
    settle(repository, at)
    days = sorted(repository.star_days)
    if days:
        _add(repository, days[index % len(days)], -1)
        _count(repository, -1)


def settle(repository: Repository, at: float) -> None:
    """Let the days add up to the counter, without the stars that are not listed.

    The first ones are spread over the time from its creation to its latest change, more and more.
    Later ones came today. If there are fewer, the newest went.
    """
    days = repository.star_days
    listed = repository.object["stargazers_count"] - repository.unlisted_stars
    missing = listed - sum(days.values())
    if missing > 0 and not days:
        repository.star_days = _spread(repository, missing)
    elif missing > 0:
        _add(repository, _day(at), missing)
    while missing < 0:
        newest = max(days)
        gone = min(days[newest], -missing)
        _add(repository, newest, -gone)
        missing += gone


def list_weeks(repository: Repository, at: float) -> list[JsonObject]:
    """The weeks of a repository, from the running one down to that of its creation.

    Args:
        repository: the repository.
        at: the present, in epoch seconds.
    """
    settle(repository, at)
    days = repository.star_days
    first = _begin_week(min([_created(repository), *days])).toordinal()
    last = _begin_week(max([_day(at), *days])).toordinal()
    given = {day.toordinal(): count for day, count in days.items()}
    weeks = []
    for week in range(last, first - 1, -7):  # by numbers, as there may be thousands of days
        counts = [given.get(day, 0) for day in range(week, week + 7)]
        began = (week - _EPOCH) * 86_400
        weeks.append({"week": began, "total": sum(counts), "days": counts})
    return weeks


def spread_counts(counts: Sequence[int], begin: date, earlier: int) -> dict[date, int]:
    """The stars by day of a repository whose counter is known for each day.

    Args:
        counts: the counter at the beginning of each day, and now.
        begin: the first of these days.
        earlier: the days before it over which the first count is spread evenly.
    """
    before = counts[0]
    days = Counter(begin - timedelta(days=1 + n * earlier // before) for n in range(before))
    for place, (start, end) in enumerate(pairwise(counts)):
        days[begin + timedelta(days=place)] += end - start
    return {day: stars for day, stars in sorted(days.items()) if stars}


def _spread(repository: Repository, count: int) -> dict[date, int]:
    """So many stars over the life of a repository: the later, the more."""
    created = _created(repository)
    updated = datetime.fromisoformat(repository.object["updated_at"]).date()
    life = max(1, (updated - created).days)
    until = [count * place**2 // life**2 for place in range(life + 1)]
    days = {
        created + timedelta(days=n): after - by for n, (by, after) in enumerate(pairwise(until))
    }
    return {day: stars for day, stars in days.items() if stars}


def _add(repository: Repository, day: date, stars: int) -> None:
    count = repository.star_days.get(day, 0) + stars
    if count:
        repository.star_days[day] = count
    else:
        del repository.star_days[day]


def _count(repository: Repository, stars: int) -> None:
    count = repository.object["stargazers_count"] + stars
    repository.object.update(stargazers_count=count, watchers_count=count, watchers=count)


def _created(repository: Repository) -> date:
    return datetime.fromisoformat(repository.object["created_at"]).date()


def _begin_week(day: date) -> date:
    return day - timedelta(days=(day.weekday() - _SUNDAY) % 7)


def _day(at: float) -> date:
    return datetime.fromtimestamp(at, timezone.utc).date()
