"""The sentences of a digest, the same in Markdown and on the page."""

from datetime import datetime

from repo_stats.metrics.weekly_changes import WeeklyChange
from repo_stats.metrics.weekly_extremes import Extreme, Kind
from repo_stats.report.digest.summary import Sums

_EVENTS = ("opened", "closed", "merged")
"""What is counted of items, by the names of `WeeklyChange`."""

_RECORDS = {
    Kind.STARS: "{value} stars given in the week, the most since {since}",
    Kind.OPENED: "{value} items opened in the week, the most since {since}",
    Kind.CLOSED: "{value} items closed in the week, the most since {since}",
    Kind.MERGED: "{value} pull requests merged in the week, the most since {since}",
    Kind.MOST_OPEN: "{value} open issues, the most since {since}",
    Kind.FEWEST_OPEN: "{value} open issues, the fewest since {since}",
}


def describe_sums(sums: Sums) -> str:
    """What changed in several repositories together."""
    changes = sums.changes
    stars = [f"{changes['stars_gained']:+,} stars"] if "stars_gained" in changes else []
    events = [f"{changes[name]:,} {name}" for name in _EVENTS if name in changes]
    return ", ".join([*stars, *events]) or "no change is known"


def describe_owner(sums: Sums, now: datetime) -> str:
    """What changed in the repositories of an owner, and which issue waits longest."""
    if sums.waiting is None:
        return describe_sums(sums)
    repo, issue = sums.waiting
    return (
        f"{describe_sums(sums)}; {repo}#{issue.number} has waited for a first answer "
        f"{describe_wait(issue.created_at, now)}"
    )


def describe_change(change: WeeklyChange) -> str:
    """What changed in a repository; what is not known is left out."""
    stars = _with_gain(change.stars, "stars", change.stars_gained)
    counts = ((name, getattr(change, name)) for name in _EVENTS)
    events = [f"{count:,} {name}" for name, count in counts if count is not None]
    issues = _with_gain(change.open_issues, "open issues", change.issues_gained)
    return ", ".join([stars, *events, issues])


def list_remarks(change: WeeklyChange) -> list[str]:
    """The records and falls of a repository, without a full stop."""
    lost = -(change.stars_gained or 0)
    fall = [f"{lost:,} stars lost"] if lost > 0 else []
    return [*fall, *map(_describe_extreme, change.extremes)]


def describe_wait(opened: datetime, now: datetime) -> str:
    """For how long an issue has waited."""
    days = (now - opened).days
    return "since today" if days < 1 else f"for {days:,} {'day' if days == 1 else 'days'}"


def _describe_extreme(extreme: Extreme) -> str:
    return _RECORDS[extreme.kind].format(value=f"{extreme.value:,}", since=extreme.since)


def _with_gain(value: int, name: str, gained: int | None) -> str:
    return f"{value:,} {name}" + ("" if gained is None else f" ({gained:+,})")
