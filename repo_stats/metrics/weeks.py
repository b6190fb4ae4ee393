"""Calendar weeks (UTC), from Monday to Sunday."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone


@dataclass(frozen=True, order=True)
class Week:
    """A week.

    Attributes:
        monday: its first day.
    """

    monday: date

    @classmethod
    def of(cls, day: date) -> "Week":
        """The week that has a day."""
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def last_complete(cls, now: datetime) -> "Week":
        """The last week that is over.

        Args:
            now: the present (UTC).
        """
        return cls(cls.of(now.date()).monday - timedelta(weeks=1))

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    @property
    def begin(self) -> datetime:
        """When it begins (UTC)."""
        return datetime.combine(self.monday, time(), timezone.utc)

    @property
    def end(self) -> datetime:
        """When the next one begins (UTC)."""
        return self.begin + timedelta(weeks=1)

    def __str__(self) -> str:
        first, last = self.monday, self.sunday
        if first.year != last.year:
            begin = f"{first.day} {first:%B %Y}"
        elif first.month != last.month:
            begin = f"{first.day} {first:%B}"
        else:
            begin = f"{first.day}"
        return f"{begin} to {last.day} {last:%B %Y}"
