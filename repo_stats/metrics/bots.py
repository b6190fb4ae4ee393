"""Which authors of items are bots: what GitHub tells of their accounts, and what a list adds."""

import re
from collections.abc import Sequence

import pandas as pd

from repo_stats.github.parsing import is_bot_account

_WILDCARDS = {"*": ".*", "?": "."}


def mark_bots(items: pd.DataFrame, bots: Sequence[str]) -> pd.DataFrame:
    """Items with the column `is_bot` as a list of bots has it now.

    Args:
        items: rows of `issues` or `open_issues`.
        bots: logins, and patterns with `*` and `?`, in lower case, of bots whose accounts are those
            of plain users.
    """
    is_listed = re.compile("|".join(map(_translate, bots)) or "(?!)").fullmatch
    accounts = items[["user", "user_type"]].drop_duplicates()
    verdicts = {
        (login, kind): is_bot_account(login, kind) or is_listed(login.lower()) is not None
        for login, kind in zip(accounts["user"], accounts["user_type"], strict=True)
    }
    pairs = zip(items["user"], items["user_type"], strict=True)
    return items.assign(is_bot=pd.Series([verdicts[p] for p in pairs], items.index, dtype=bool))


def _translate(pattern: str) -> str:
    """A pattern as a regular expression."""
    return "".join(_WILDCARDS.get(character, re.escape(character)) for character in pattern)
