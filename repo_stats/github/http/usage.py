"""Counts what requests cost: for each client, and added up over the steps of a run."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from repo_stats.github.http.headers import Quota


@dataclass
class Usage:
    """What the requests of a client cost.

    Attributes:
        statuses: responses by HTTP status; 0 counts requests without a response.
        charged: requests that count against the primary rate limit.
        waited: seconds spent waiting for rate limits.
        paced: seconds spent waiting for the limit of requests a minute.
        sent: when the requests of the last minute were sent, in seconds since the epoch; later
            steps count them too.
        quota: the rate limit in the latest response; with several tokens, the sum of their known
            limits and of what remains of them.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    charged: int = 0
    waited: float = 0.0
    paced: float = 0.0
    sent: Sequence[float] = ()
    quota: Quota | None = None

    @property
    def requests(self) -> int:
        """All requests sent."""
        return self.statuses.total()

    @property
    def status_counts(self) -> dict[str, int]:
        """Responses by HTTP status, in ascending order and with text keys, as JSON requires."""
        return {str(status): self.statuses[status] for status in sorted(self.statuses)}

    @classmethod
    def total(cls, usages: Iterable["Usage"]) -> "Usage":
        """Add up what several clients cost; the quota is the one with the fewest requests left."""
        total = cls()
        quotas = []
        for usage in usages:
            total.statuses.update(usage.statuses)
            total.charged += usage.charged
            total.waited += usage.waited
            total.paced += usage.paced
            total.sent = [*total.sent, *usage.sent]
            if usage.quota is not None:
                quotas.append(usage.quota)
        total.quota = min(quotas, key=lambda quota: quota.remaining, default=None)
        return total

    def count(self, status: int, *, has_token: bool) -> None:
        """Count one response; refusals, failures and a 304 to an authorized request are free."""
        self.statuses[status] += 1
        is_free = status in (0, 401, 403, 429) or status >= 500 or (status == 304 and has_token)
        self.charged += not is_free

    def count_free(self, status: int) -> None:
        """Count one response to a request that costs none of the quota for repositories."""
        self.statuses[status] += 1
