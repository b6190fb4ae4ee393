"""What large watchlists ask for: requests, and seconds of a processor, of each hour and day."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.scaling.facts import HOURS_A_DAY, STARS_AGAIN, STARS_FIRST, Kind, Work

MOST_REFRESHES = 144
"""A repository is refreshed every ten minutes at most (`REPO_STATS_MIN_REFRESH`)."""


@dataclass(frozen=True)
class Arrangement:
    """What a watchlist is kept by.

    Attributes:
        repos: repositories, over all deployments.
        deployments: parts of the watchlist that have settings, tokens and a run history of their
            own.
        tokens: of each deployment, of different users or Apps.
        processors: of each deployment's workers, which carry out runs.
        webhooks: whether GitHub would tell of changes, so that nothing is looked at but once a day.
    """

    repos: int
    deployments: int = 1
    tokens: int = 1
    processors: int = 1
    webhooks: bool = False


@dataclass(frozen=True)
class Load:
    """Work: requests, how many of them are charged, and seconds of a processor."""

    requests: float = 0.0
    charged: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: "Load") -> "Load":
        return Load(
            self.requests + other.requests,
            self.charged + other.charged,
            self.seconds + other.seconds,
        )

    def __mul__(self, factor: float) -> "Load":
        return Load(self.requests * factor, self.charged * factor, self.seconds * factor)

    def share_in(self, capacity: "Load") -> float:
        """What part of an hour it takes, if the hour can do so much."""
        return max(
            self.requests / capacity.requests,
            self.charged / capacity.charged,
            self.seconds / capacity.seconds,
        )


@dataclass(frozen=True)
class Demand:
    """What one deployment has to do.

    Attributes:
        looks: at how many repositories it looks in an hour.
        changes: in each hour.
        midnight: once a day.
        night: once a day, three hours later.
        first: before all repositories were read once.
        refreshes: of repositories that changed, a day.
    """

    looks: float
    changes: Load
    midnight: Load
    night: Load
    first: Load
    refreshes: float

    @property
    def day(self) -> Load:
        """All work of a day."""
        return self.changes * HOURS_A_DAY + self.midnight + self.night


def find_demand(repos: float, notice: float, kinds: Sequence[Kind], work: Work) -> Demand:
    """What so many repositories ask for, if each is looked at after so many hours."""
    looks = repos / notice if notice else repos / HOURS_A_DAY
    most = min(MOST_REFRESHES, HOURS_A_DAY / notice if notice else MOST_REFRESHES)
    changes = Load(seconds=looks * work.look + work.runs)
    midnight = night = first = Load()
    refreshes = 0.0
    for kind in kinds:
        count = repos * kind.share
        rate = min(kind.changes, most) * count
        refreshes += rate
        seconds = work.change + (kind.requests - 1) * work.request
        changes += Load(kind.requests, kind.charged, seconds) * (rate / HOURS_A_DAY)
        again = (STARS_FIRST - 1) / STARS_AGAIN
        charged = 1 if kind.starred else 1 / STARS_AGAIN
        midnight += Load(1 + again, charged + again, work.request + work.day) * count
        night += Load(kind.nightly_requests, 0, kind.nightly_requests * work.request) * count
        requests, cost = kind.first_requests + STARS_FIRST, kind.first_charged + STARS_FIRST
        first += Load(requests, cost, work.change + requests * work.request) * count
    return Demand(looks, changes, midnight, night, first, refreshes)
