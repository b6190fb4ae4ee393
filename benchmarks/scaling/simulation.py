"""Two weeks of a large watchlist, hour by hour: what is asked for, what is done, and how late.

Work waits in one queue, as runs do. Each hour adds the lists that changed; each day the stars by
day at midnight and the revalidation of all lists at three. An hour does as much of it as the
requests a minute, the tokens and the processors allow. No network is used, and no time passes.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from benchmarks.scaling.demand import Arrangement, Demand, Load, find_demand
from benchmarks.scaling.facts import HOURS_A_DAY, KINDS, Kind, Limits, Prices, Work

WEEK = 7 * HOURS_A_DAY

NIGHT = 3
"""The hour at which all lists are requested again."""

SHORTEST_ROUND = 1 / 60
"""Hours between two ticks of the sensor that looks at repositories."""

ROOM = 0.8
"""How much of each limit an arrangement uses at most. The rest is for busier days."""


@dataclass(frozen=True)
class Outcome:
    """What comes of an arrangement. Numbers a day are those of all deployments.

    Attributes:
        arrangement: which it is.
        notice: hours until a look at the repository in which something happened.
        behind: hours until the work that waits longest is done; None if it piles up.
        fill: hours of the first fill.
        requests: sent in a day.
        charged: of them.
        points: in a day.
        core_hours: in a day.
        memory: megabytes of the largest process.
        dollars: a month.
        use: what part of each limit is used, if each repository is looked at every hour.
    """

    arrangement: Arrangement
    notice: float
    behind: float | None
    fill: float
    requests: float
    charged: float
    points: float
    core_hours: float
    memory: float
    dollars: float
    use: Mapping[str, float]

    @property
    def bends(self) -> str:
        """The limit that is used most."""
        return max(self.use, key=lambda name: self.use[name])


def simulate(
    arrangement: Arrangement,
    kinds: Sequence[Kind] = KINDS,
    limits: Limits | None = None,
    work: Work | None = None,
    prices: Prices | None = None,
) -> Outcome:
    """Let an arrangement work for two weeks.

    Args:
        arrangement: how many repositories, and what keeps them.
        kinds: what they are like.
        limits: of GitHub and the settings.
        work: what was measured.
        prices: for the cost.
    """
    limits, work, prices = limits or Limits(), work or Work(), prices or Prices()
    repos = arrangement.repos / arrangement.deployments
    looks = min(limits.looks, limits.points * arrangement.tokens * limits.asked)
    notice = 0.0 if arrangement.webhooks else max(SHORTEST_ROUND, repos / looks)
    demand = find_demand(repos, notice, kinds, work)
    capacity = Load(
        limits.per_minute * 60.0,
        limits.charged * arrangement.tokens,
        3600.0 * arrangement.processors,
    )
    day = demand.day * arrangement.deployments
    calls = demand.refreshes * work.calls_of_change + repos * work.calls_of_day
    calls_cost = calls * arrangement.deployments * prices.thousand_calls / 1000
    core_hours = day.seconds / 3600
    return Outcome(
        arrangement=arrangement,
        notice=notice,
        behind=find_delay(demand, capacity),
        fill=max(demand.first.share_in(capacity), repos / limits.looks),
        requests=day.requests,
        charged=day.charged,
        points=demand.looks * HOURS_A_DAY / limits.asked * arrangement.deployments,
        core_hours=core_hours,
        memory=work.memory + work.memory_of_one * repos,
        dollars=30 * (core_hours * prices.core_hour + calls_cost),
        use=_find_use(arrangement, demand, capacity, limits),
    )


def _find_use(
    arrangement: Arrangement, demand: Demand, capacity: Load, limits: Limits
) -> dict[str, float]:
    repos = 0.0 if arrangement.webhooks else arrangement.repos / arrangement.deployments
    hourly = demand.day * (1 / HOURS_A_DAY)
    return {
        "time for queries": repos / limits.looks,
        "requests a minute": hourly.requests / capacity.requests,
        "charged requests": hourly.charged / capacity.charged,
        "points": repos / limits.asked / (limits.points * arrangement.tokens),
        "processors": hourly.seconds / capacity.seconds,
    }


def find_delay(demand: Demand, capacity: Load) -> float | None:
    """The longest time in hours that work waits in the second week; None if it piles up."""
    if demand.day.share_in(capacity) > HOURS_A_DAY:
        return None
    waiting: deque[tuple[float, Load]] = deque()
    longest = 0.0
    for hour in range(2 * WEEK):
        waiting.append((hour, demand.changes))
        if hour % HOURS_A_DAY == 0:
            waiting.append((hour, demand.midnight))
        if hour % HOURS_A_DAY == NIGHT:
            waiting.append((hour, demand.night))
        now = float(hour)
        while waiting and now < hour + 1:
            since, load = waiting.popleft()
            share = load.share_in(capacity)
            left = hour + 1 - now
            if share > left:
                waiting.appendleft((since, load * (1 - left / share)))
                break
            now += share
            if hour >= WEEK:
                longest = max(longest, now - since)
    return longest


def size(repos: int) -> Arrangement:
    """The smallest arrangement that looks at each repository every hour, and has some room."""
    deployments = ceil(repos / (ROOM * Limits().looks))
    one = Arrangement(ceil(repos / deployments))
    use = simulate(one).use
    return replace(
        one,
        repos=repos,
        deployments=deployments,
        tokens=max(1, ceil(max(use["charged requests"], use["points"]) / ROOM)),
        processors=max(1, ceil(use["processors"] / ROOM)),
    )
