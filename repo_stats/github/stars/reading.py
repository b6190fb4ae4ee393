"""What is known of a repository's stars between refreshes, and which weeks the next one needs."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum

from repo_stats.clock import is_ahead
from repo_stats.github.errors import ContradictoryError, GitHubError
from repo_stats.json_codec import UtcTime

DAILY = timedelta(hours=23, minutes=50)
"""After how long a run asks for the newest weeks again: a day, less what the starts of daily runs
differ by."""

MONTHLY = timedelta(days=30)
"""After how long the older weeks are read again: stars are taken back there, too."""


@dataclass(frozen=True, slots=True)
class StarReading:
    """The last reading of a repository's stars.

    Attributes:
        asked_at: when the run began that asked last, whatever the answer was (UTC).
        is_told: whether the server tells stars by day; Enterprise Server before 3.23 does not.
        problem: why they could not be read then; None if they could.
        read_at: when the run began that read all weeks last (UTC); None if none ever did.
        newest: the first day of the newest week that was read.
        etag: validator of the page with the newest weeks.
        token_id: fingerprint of the token that the validator belongs to.
        content_hash: of the stored rows.
        listed: their sum.
        unlisted: by how many GitHub's counter was above it.
        contradiction: what is impossible about the sum; None if nothing is.
        shortfall: that too many stars are not listed; None if they are not.
    """

    asked_at: UtcTime
    is_told: bool = True
    problem: str | None = None
    read_at: UtcTime | None = None
    newest: date | None = None
    etag: str | None = None
    token_id: str | None = None
    content_hash: str = ""
    listed: int = 0
    unlisted: int = 0
    contradiction: str | None = None
    shortfall: str | None = None


class Need(Enum):
    """Which weeks of a repository a run asks for."""

    NOTHING = "nothing"
    NEWEST = "newest"
    ALL = "all"


def find_need(
    known: StarReading | None,
    started_at: datetime,
    now: datetime,
    *,
    is_stored: bool,
    force: bool = False,
) -> Need:
    """Which weeks a run asks for.

    What one attempt of its step has read, the next one does not ask for again.

    Args:
        known: the last reading; None if there was none.
        started_at: when the run began (UTC).
        now: the present (UTC).
        is_stored: whether the rows of that reading are stored, as the present code makes them.
        force: whether the run is to read everything again.
    """
    if known is None or is_ahead(known.asked_at, now):
        return Need.ALL
    if known.asked_at >= started_at:
        return Need.NOTHING
    is_lost = known.read_at is not None and known.problem is None and not is_stored
    if not force and not is_lost and known.asked_at > started_at - DAILY:
        return Need.NOTHING
    if force or not is_stored or known.read_at is None or is_ahead(known.read_at, now):
        return Need.ALL
    return Need.ALL if started_at - known.read_at >= MONTHLY else Need.NEWEST


def fail(known: StarReading | None, started_at: datetime, error: GitHubError) -> StarReading:
    """What is known after stars could not be read: all that was known before, and the reason."""
    before, problem = known or StarReading(started_at), str(error)
    is_contradictory = isinstance(error, ContradictoryError)
    return replace(
        before,
        asked_at=started_at,
        problem=problem,
        contradiction=problem if is_contradictory else before.contradiction,
    )


def miss(known: StarReading | None, started_at: datetime) -> StarReading:
    """What is known after the server did not have any stars by day."""
    before = known or StarReading(started_at)
    return replace(before, asked_at=started_at, is_told=False, problem=None)
