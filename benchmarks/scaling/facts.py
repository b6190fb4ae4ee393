"""What the simulation of large watchlists starts from: limits, costs, kinds of repositories.

Tests compare the costs with `docs/costs.md` and `docs/operations.md`, and the limits with the code
that keeps to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

HOURS_A_DAY = 24


@dataclass(frozen=True)
class Limits:
    """What GitHub and the settings allow.

    Attributes:
        per_minute: requests a minute of a deployment, whatever tokens it has
            (`REPO_STATS_PER_MINUTE`).
        charged: requests an hour of a token that are charged.
        points: points an hour of a token.
        query_seconds: seconds an hour that GitHub may work on a deployment's queries.
        asked: repositories in a query.
        seconds_of_query: for how long GitHub works on such a query: 30 repositories were measured
            at three to four seconds.
    """

    per_minute: int = 800
    charged: int = 5_000
    points: int = 5_000
    query_seconds: float = 50 * 60
    asked: int = 25
    seconds_of_query: float = 3.0

    @property
    def looks(self) -> float:
        """How many repositories an hour the queries of a deployment can tell of."""
        return self.query_seconds / self.seconds_of_query * self.asked


@dataclass(frozen=True)
class Kind:
    """Repositories that are alike.

    Attributes:
        name: what they are called.
        share: their share of all repositories.
        pages: of their list of open items.
        changes: on how many occasions a day something happens in one, at least ten minutes apart.
        requests: of a refresh after something happened, the middle of what was counted.
        charged: how many of them are charged.
        first_requests: of the first refresh.
        first_charged: how many of them are charged.
        starred: whether stars are given to one each day.
    """

    name: str
    share: float
    pages: int
    changes: float
    requests: float
    charged: float
    first_requests: int
    first_charged: int
    starred: bool

    @property
    def nightly_requests(self) -> int:
        """Requests of the nightly revalidation: one for each page, not charged."""
        return {1: 1, 6: 6, 60: 63}[self.pages]


KINDS: Sequence[Kind] = (
    Kind("large", 0.001, 60, 24, 67, 5.5, 87, 86, starred=True),
    Kind("medium", 0.02, 6, 6, 9, 3.5, 12, 6, starred=True),
    Kind("small", 0.979, 1, 0.1, 1, 1, 1, 1, starred=False),
)
"""Most repositories of a large watchlist are small and quiet."""

STARS_FIRST = 9
"""Requests for all stars by day of a repository that exists for five years; all are charged."""

STARS_AGAIN = 30
"""After so many days all of them are requested again. On the others it is one request."""


@dataclass(frozen=True)
class Work:
    """Seconds of a processor, megabytes and calls of object storage, as measured.

    Attributes:
        look: seconds for a repository in which nothing happened.
        change: seconds for one that is refreshed because something happened.
        request: seconds for a request that finds nothing new.
        day: seconds for the day's row of a repository's history.
        runs: seconds an hour for runs that do nothing: the hourly one, and up to six others.
        memory: megabytes of the largest process with one repository.
        memory_of_one: megabytes for one more.
        calls_of_change: calls of object storage for a refresh of a repository that changed, taken
            to be those of a first one.
        calls_of_day: calls for the day's row of its history.
    """

    look: float = 0.0012
    change: float = 0.094
    request: float = 0.02
    day: float = 0.006
    runs: float = 7 * 4.4
    memory: float = 211.0
    memory_of_one: float = 0.019
    calls_of_change: int = 24
    calls_of_day: int = 3


@dataclass(frozen=True)
class Prices:
    """Dollars, as list prices of cloud vendors are at the time of writing.

    Attributes:
        core_hour: for a processor's hour.
        thousand_calls: for a thousand writes to object storage; reads cost less.
    """

    core_hour: float = 0.05
    thousand_calls: float = 0.005
