"""The page of the report that has the digest of the last complete week."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from repo_stats.metrics.weekly_changes import WeeklyChange
from repo_stats.report.addresses import page_path
from repo_stats.report.bars import Bar, make_bars
from repo_stats.report.chart_sections import legend
from repo_stats.report.digest.sentences import describe_wait, list_remarks
from repo_stats.report.digest.summary import Digest
from repo_stats.report.templating import fill_template

DIGEST_PAGE = "digest.html"

MOST_BARS = 15
"""How many repositories the charts compare."""

MOST_WAITING = 50
"""How many issues without an answer are listed."""


def make_digest_page(digest: Digest, now: datetime) -> str:
    """The text of the page.

    Args:
        digest: what changed.
        now: the present (UTC).
    """
    return fill_template(
        "digest.html.j2",
        digest=digest,
        total=digest.total,
        owners=[
            (sums, None if sums.waiting is None else describe_wait(sums.waiting[1].created_at, now))
            for sums in digest.owners
        ],
        stars=_compare_stars(digest.active),
        items=_compare_items(digest.active),
        legend=legend("flow"),
        remarks=[
            (each.repo, remark) for each in digest.remarkable for remark in list_remarks(each)
        ],
        waiting=[
            (repo, issue, describe_wait(issue.created_at, now))
            for repo, issue in digest.waiting[:MOST_WAITING]
        ],
        more_waiting=max(0, len(digest.waiting) - MOST_WAITING),
        page_address=lambda repo: quote(page_path(repo)),
    )


def _compare_stars(changes: Sequence[WeeklyChange]) -> list[Bar]:
    """The repositories that gained the most stars."""
    gains = [(each.repo, each.stars_gained or 0) for each in changes]
    most = sorted((gain for gain in gains if gain[1] > 0), key=lambda gain: (-gain[1], gain[0]))
    return make_bars([(repo, {"stars": gained}) for repo, gained in most[:MOST_BARS]])


def _compare_items(changes: Sequence[WeeklyChange]) -> list[Bar]:
    """The repositories in which most items were opened and closed."""
    counts = [
        (each.repo, {"opened": each.opened, "closed": each.closed})
        for each in changes
        if each.opened is not None and each.closed is not None and each.opened + each.closed
    ]
    most = sorted(counts, key=lambda count: (-sum(count[1].values()), count[0]))
    return make_bars(most[:MOST_BARS])
