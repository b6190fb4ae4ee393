"""When items were closed and merged, as all tables that count them take it."""

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


def find_merges(items: pd.DataFrame) -> pd.Series:
    """When each pull request was merged; missing for one that was not, and for an issue.

    One that was merged before it was opened, as imported ones may be, counts as merged when it was
    opened.

    Args:
        items: rows of `issues`, of which it is known whether they were merged.
    """
    opened, merged = items["created_at"], items["merged_at"]
    return merged.where(merged > opened, opened).where(items["is_pull_request"] & merged.notna())
