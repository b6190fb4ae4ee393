"""The times of a page that follow from a response: since when its content is known, and as of when.

Pure functions. They hold even if this machine's clock was set meanwhile.
"""

from datetime import datetime, timedelta

from repo_stats.clock import is_ahead
from repo_stats.github.http.responses import ApiResponse
from repo_stats.github.issues.pages import PageHead

LONGEST_ANSWER = timedelta(minutes=5)
"""More than any answer takes."""


def find_begin(stored: PageHead, response: ApiResponse) -> datetime:
    """When GitHub's content, which is that of a stored page, was received for the first time.

    If the stored time is later than a request that GitHub answers with this content, a clock that
    was ahead has given it: then the content is only known to be there since now.
    """
    is_impossible = is_ahead(stored.fetched_at, response.asked_at, 0)
    return response.answered_at if is_impossible else stored.fetched_at


def find_served_at(response: ApiResponse) -> datetime:
    """GitHub's time, minus the longest time that can have passed since it read the data."""
    took = response.answered_at - response.asked_at
    # If the clock was set back meanwhile, it is not known how long that was.
    return response.server_date - (took if took >= timedelta(0) else LONGEST_ANSWER)
