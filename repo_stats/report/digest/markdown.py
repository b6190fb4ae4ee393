"""A digest as Markdown, for a terminal and for a webhook.

It has lists and no tables: not everything that shows Markdown knows tables.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from repo_stats.metrics.weekly_changes import Unanswered, WeeklyChange
from repo_stats.report.digest.sentences import (
    describe_change,
    describe_owner,
    describe_sums,
    describe_wait,
    list_remarks,
)
from repo_stats.report.digest.summary import Digest
from repo_stats.safe_text import make_safe

DIGEST_PATH = "report/digest.md"
"""Where the last digest is kept, in the warehouse."""

MOST_NAMED = 20
"""How many repositories each part names; a chat shows no long message."""

_MOST_TITLE = 80
"""How many characters of an issue's title are shown."""

_MARKS = re.compile(r"([\\`*_\[\]<>|~#])")
"""Characters that Markdown gives a meaning to."""

_ESCAPED = r"\\\1"


def write_markdown(digest: Digest, now: datetime) -> str:
    """The text.

    Args:
        digest: what changed.
        now: the present (UTC).
    """
    of_owners = [
        f"**{sums.name}**, {sums.repositories:,} repositories: {describe_owner(sums, now)}"
        for sums in digest.owners
    ]
    lines = [
        f"# {digest.week}",
        "",
        f"{_count_repositories(len(digest.repositories))}: {describe_sums(digest.total)}.",
        *_part("Organisations and users", of_owners),
        *_part("Repositories", [_name(each, describe_change(each)) for each in digest.active]),
        *_describe_others("Nothing happened in {}.", digest.quiet),
        *_describe_others("Nothing is known of this week in {}.", digest.unknown),
        *_part(
            "Records and falls",
            [_name(each, "; ".join(list_remarks(each))) for each in digest.remarkable],
        ),
        *_part(
            "Waiting longest for a first answer",
            [_describe_issue(repo, issue, now) for repo, issue in digest.waiting],
        ),
    ]
    return make_safe("\n".join(lines)) + "\n"


def _count_repositories(count: int) -> str:
    return "1 repository" if count == 1 else f"{count:,} repositories"


def _name(change: WeeklyChange, text: str) -> str:
    return f"**{change.repo}**: {text}"


def _describe_others(sentence: str, count: int) -> list[str]:
    return ["", sentence.format(_count_repositories(count))] if count else []


def _part(title: str, points: Sequence[str]) -> list[str]:
    """A part with a point for each repository; nothing if there is none."""
    if not points:
        return []
    more = len(points) - MOST_NAMED
    shown = [f"- {point}" for point in points[:MOST_NAMED]]
    return ["", f"## {title}", "", *shown, *([f"- and {more:,} more"] if more > 0 else [])]


def _describe_issue(repo: str, issue: Unanswered, now: datetime) -> str:
    title = " ".join(issue.title.split())
    title = title if len(title) <= _MOST_TITLE else f"{title[: _MOST_TITLE - 1]}…"
    return (
        f"**{repo}#{issue.number}** {_MARKS.sub(_ESCAPED, title)}, "
        f"{describe_wait(issue.created_at, now)}: {issue.url}"
    )
