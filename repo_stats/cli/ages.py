"""How long ago something was, in a few characters."""

from datetime import datetime

from repo_stats.clock import is_ahead


def format_age(moment: datetime, now: datetime) -> str:
    """How long ago something was; `?` if it was later than now."""
    if is_ahead(moment, now):
        return "?"
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
