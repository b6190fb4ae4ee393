"""When items ended, as all tables that count closed items take it."""

import pandas as pd


def find_ends(items: pd.DataFrame) -> pd.Series:
    """When each item was closed; missing for an open item.

    GitHub may keep the time of an earlier closing in an item that was reopened: it does not count.
    An imported item may be closed before it was opened, or at a time that GitHub does not tell: it
    counts as closed when it was opened.

    Args:
        items: rows of `issues`.
    """
    opened, closed = items["created_at"], items["closed_at"]
    return closed.where(closed > opened, opened).where(items["state"] == "closed")
