"""The weeks of stars that GitHub tells of: what a page means, and how pages join. Pure functions.

A page lists weeks, the newest first, each with the stars of its seven days that are still held. Of
the running week, the days to come are zero. GitHub does not document the zone of its days, so a
day is taken as it is told. What contradicts itself is refused: none of it is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

from repo_stats.github.errors import ContradictoryError
from repo_stats.github.fields import LATEST, FieldError, read_number, read_numbers

PER_PAGE = 30
"""Weeks on a page, the most that GitHub gives."""

DAYS = 7

WEEK = timedelta(days=DAYS)

_LAST = int((LATEST - WEEK).timestamp())


@dataclass(frozen=True, slots=True)
class StarWeek:
    """The stars of a week.

    Attributes:
        first_day: its first day.
        days: how many stars that are still held were given on each of its seven days.
    """

    first_day: date
    days: tuple[int, ...]


def parse_page(body: Sequence[Any], repo: str) -> list[StarWeek]:
    """The weeks on a page, the newest first.

    Args:
        body: a response body of `GET /repos/{owner}/{repo}/stargazers/history`.
        repo: the repository, for error messages.

    Raises:
        ContradictoryError: something on it is no week, or the days of a week are not its total.
    """
    try:
        return [_parse_week(item) for item in body]
    except FieldError as error:
        raise _refuse(repo, str(error)) from error


def require_row(weeks: Sequence[StarWeek], repo: str) -> None:
    """Check that each week comes right before the one above it, as in a list without a gap.

    Raises:
        ContradictoryError: a week is missing, or there twice.
    """
    for newer, older in pairwise(weeks):
        if newer.first_day == older.first_day:
            raise _refuse(repo, f"the week of {older.first_day} is there twice")
        if newer.first_day - older.first_day != WEEK:
            raise _refuse(
                repo, f"after the week of {newer.first_day} comes that of {older.first_day}"
            )


def list_days(weeks: Sequence[StarWeek]) -> dict[date, int]:
    """The days with stars, in their order, and how many."""
    return {
        week.first_day + timedelta(days=place): stars
        for week in reversed(weeks)
        for place, stars in enumerate(week.days)
        if stars
    }


def replace_days(stored: Mapping[date, int], weeks: Sequence[StarWeek]) -> dict[date, int]:
    """Stored days after some weeks were read: those take the place of what was stored since then.

    Args:
        stored: the days with stars that are stored, and how many.
        weeks: those that were read, the newest first; at least one.
    """
    begin = weeks[-1].first_day
    return {day: stars for day, stars in stored.items() if day < begin} | list_days(weeks)


def _parse_week(item: Any) -> StarWeek:
    """One week.

    Raises:
        FieldError: it is none, or contradicts itself.
    """
    if not isinstance(item, Mapping):
        raise FieldError("a week is no object")
    epoch = read_number(item, "week")
    if epoch > _LAST:
        raise FieldError("'week' is too late")
    total, days = read_number(item, "total"), read_numbers(item, "days")
    first_day = datetime.fromtimestamp(epoch, timezone.utc).date()
    if len(days) != DAYS:
        raise FieldError(f"the week of {first_day} has {len(days)} days")
    if sum(days) != total:
        raise FieldError(
            f"the days of the week of {first_day} add up to {sum(days)}, and its total is {total}"
        )
    return StarWeek(first_day, tuple(days))


def _refuse(repo: str, why: str) -> ContradictoryError:
    return ContradictoryError(
        f"GitHub's list of the stars of {repo} cannot be right: {why}. What is stored stays; a "
        "refresh asks again after a day."
    )
