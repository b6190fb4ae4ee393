"""How many repositories a query asks for, and how much of GitHub's time the queries take."""

from collections.abc import Callable

FIRST_BATCH = 25
"""Repositories in the first query: 30 were measured at three to four seconds of GitHub's time."""

QUICK = 2.0
"""A query that GitHub answers within so many seconds may be followed by a larger one."""

GROWTH = 4
"""By how many repositories the next query is larger then."""

WINDOW = 60.0

MOST_SECONDS = 50.0
"""How much of GitHub's time queries may take within a minute. GitHub allows a minute of it:
https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api."""


class BatchSize:
    """How many repositories the next query asks for: more while GitHub is quick, fewer if not.

    Args:
        connections: how many connections a query opens for each repository. So many repositories
            are asked for at most as cost one point: GitHub rounds a hundredth of the connections.
    """

    def __init__(self, connections: int) -> None:
        self._most = 148 // connections
        self._limit = self._most
        self.size = min(FIRST_BATCH, self._most)

    def record_answer(self, asked: int, seconds: float) -> None:
        """Record that GitHub answered a query for so many repositories in so many seconds."""
        if asked >= self.size and seconds < QUICK:
            self.size = min(self.size + GROWTH, self._limit)

    def record_overload(self, asked: int) -> None:
        """Record that GitHub had no time for a query: none is that large again."""
        self._limit = max(1, min(self._limit, asked - 1))
        self.size = max(1, min(self.size, asked // 2))


class ServerTime:
    """The seconds that GitHub worked on queries in the last minute, told by how long each took.

    Args:
        clock: gives seconds that cannot be set.
        most: how much of it the queries may take within a minute.
    """

    def __init__(self, clock: Callable[[], float], most: float = MOST_SECONDS) -> None:
        self.clock = clock
        self._most = most
        self._spent: list[tuple[float, float]] = []

    def record(self, seconds: float) -> None:
        """Record how long a query took that has just been answered."""
        self._spent.append((self.clock(), seconds))

    def delay(self) -> float:
        """Seconds until another query may be sent; 0.0 if it may be sent now."""
        total = 0.0
        for at, seconds in reversed(self._spent):
            total += seconds
            if total >= self._most:
                return max(0.0, at + WINDOW - self.clock())
        return 0.0
