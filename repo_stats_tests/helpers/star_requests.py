"""Requests for stars by day in the log of a simulator, and readings that become a day older."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from repo_stats.config.settings import Settings
from repo_stats.simulator.exchanges import LoggedRequest
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.stars import list_weeks
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats_tests.helpers.github import find_repository

STARS = "/stargazers/"


def is_about_stars(request: LoggedRequest) -> bool:
    return STARS in request.target


def without_stars(log: Iterable[LoggedRequest]) -> list[LoggedRequest]:
    """All other requests: those that a refresh after the day's first sends as well."""
    return [request for request in log if not is_about_stars(request)]


def count_star_pages(simulator: Simulator, *names: str) -> int:
    """How many requests the stars of repositories cost when they are first read.

    A repository gets a week older each week: the number depends on the day of the test.
    """
    repositories = [find_repository(simulator, name) for name in names]
    return sum(len(list_weeks(each, simulator.clock())) // 30 + 1 for each in repositories)


def states_of(settings: Settings) -> dict[str, RepoState]:
    return dict(StateIndex(Files(settings.warehouse)).read())


def let_days_pass(settings: Settings, days: float = 1) -> None:
    """Let the last readings of stars be so many days older."""
    older, changed = timedelta(days=days), {}
    for repo, state in states_of(settings).items():
        assert state.stars is not None
        read_at = state.stars.read_at
        stars = replace(
            state.stars,
            asked_at=state.stars.asked_at - older,
            read_at=None if read_at is None else read_at - older,
        )
        changed[repo] = replace(state, stars=stars)
    StateIndex(Files(settings.warehouse)).update(changed)


def asked(simulator: Simulator) -> Counter[int]:
    """The statuses of the requests for stars since the last look."""
    found = Counter(request.status for request in simulator.log if is_about_stars(request))
    simulator.log.clear()
    return found


def star_files(settings: Settings) -> dict[str, bytes]:
    root = Path(settings.warehouse) / "star_days"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.parquet")}
