"""How many requests a minute: a window that slides over the times they were sent at.

GitHub's secondary limit is 900 GET requests a minute, whatever is left of the hour's quota
(https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). Times are seconds
since the epoch, so that steps in different processes can tell each other theirs.
"""

from collections.abc import Iterable

WINDOW = 60.0
"""The seconds that the allowance is for."""


class Pace:
    """Allows so many requests within any 60 seconds.

    Args:
        most: the allowance, at least 1.
        sent: when requests were sent before, by earlier steps of a run.
    """

    def __init__(self, most: int, sent: Iterable[float] = ()) -> None:
        self.most = most
        self._sent = sorted(sent)

    def delay(self, now: float) -> float:
        """Seconds until one more request may be sent; 0.0 if it may be sent now."""
        recent = self.recent(now)
        if len(recent) < self.most:
            return 0.0
        return max(0.0, recent[-self.most] + WINDOW - now)

    def record(self, now: float) -> None:
        """Count a request that is sent now."""
        self._sent = [*self.recent(now), now]

    def recent(self, now: float) -> list[float]:
        """When the requests of the last 60 seconds were sent, the oldest first.

        A time that has yet to come, because the clock was set back, counts as now.
        """
        self._sent = [min(at, now) for at in self._sent if at + WINDOW > now]
        return list(self._sent)

    def split(self, parts: int) -> list["Pace"]:
        """Divide allowance and sent requests among steps that run side by side.

        Together they keep to this allowance, unless there are more parts than requests allowed:
        each may send at least one a minute.

        Args:
            parts: how many steps.
        """
        share, rest = divmod(self.most, parts)
        return [
            Pace(max(1, share + (part < rest)), self._sent[part::parts]) for part in range(parts)
        ]
