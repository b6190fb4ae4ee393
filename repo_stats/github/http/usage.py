"""What requests cost: counted by the client, added up over the steps of a run."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from repo_stats.github.http.responses import Quota


@dataclass
class Usage:
    """What the requests of a client cost.

    Attributes:
        statuses: answers by HTTP status; 0 counts requests without an answer.
        charged: requests that count against the primary rate limit.
        waited: seconds spent waiting for rate limits.
        paced: seconds spent waiting so as not to send too many requests a minute.
        sent: when the requests of the last minute were sent, in epoch seconds, for the steps after.
        quota: the rate limit as the latest answer told it; with several tokens, their limits and
            what remains of them added up, as far as known.
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
        """Answers by HTTP status, in the order of the statuses, as JSON takes it."""
        return {str(status): self.statuses[status] for status in sorted(self.statuses)}

    @classmethod
    def total(cls, usages: Iterable["Usage"]) -> "Usage":
        """What several clients cost together; the quota is the smallest that one of them saw."""
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
        """Add one answer: refusals, failures and the 304 to an authorized request are free."""
        self.statuses[status] += 1
        is_free = status in (0, 401, 403, 429) or status >= 500 or (status == 304 and has_token)
        self.charged += not is_free

    def count_free(self, status: int) -> None:
        """Add one answer to a request that the quota of the repositories' API does not pay for."""
        self.statuses[status] += 1
