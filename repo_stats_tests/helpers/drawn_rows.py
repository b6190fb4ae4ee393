"""Rows that hypothesis draws: items, scans and histories with all that makes counting hard.

Items of two repositories, of people, a bot and GitHub's `ghost`, opened and closed at the borders
of days, weeks, months and years, at the same moments, reopened, imported.
"""

from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import ISSUES, OPEN_ISSUES, STAR_DAYS
from repo_stats_tests.helpers.items import item
from repo_stats_tests.helpers.rows import NOW, statistics

REPOS = {"a/b": 1, "c/d": 2}

GHOST = 10137

BOT = 3

_MOMENT = timedelta(microseconds=1)

_BORDERS = [
    datetime(*day, tzinfo=timezone.utc)
    for day in (
        (2019, 12, 30),  # the Monday of the week in which the year ends
        (2020, 1, 1),
        (2020, 1, 6),  # seven days after the first
        (2020, 1, 29),  # thirty days after it
        (2020, 2, 29),  # a day that three of four years lack
        (2020, 3, 1),
        (2020, 3, 2),  # a Monday
    )
]

MOMENTS = st.sampled_from(
    [border - after for border in _BORDERS for after in (timedelta(0), _MOMENT)]
) | st.integers(0, 60 * 86_400).map(lambda seconds: _BORDERS[0] + timedelta(seconds=seconds))
"""Moments at borders, some of them twice, and others."""


@st.composite
def _items(draw: st.DrawFn, number: int, *, is_open: bool) -> dict[str, Any]:
    repo = draw(st.sampled_from(sorted(REPOS)))
    user = draw(st.sampled_from((1, 2, BOT, GHOST)))
    state = "open" if is_open else draw(st.sampled_from(("open", "closed")))
    is_pull_request = draw(st.booleans())
    is_merged = is_pull_request and state == "closed"
    return item(
        number,
        user,
        repo=repo,
        repo_id=REPOS[repo],
        user="ghost" if user == GHOST else f"user{user}-{draw(st.integers(0, 2))}",
        user_type="Bot" if user == BOT else "User",
        is_bot=user == BOT or draw(st.sampled_from((False, False, False, True))),
        is_pull_request=is_pull_request,
        state=state,
        created_at=draw(MOMENTS),
        updated_at=draw(st.sampled_from(_BORDERS[:2])),
        closed_at=draw(st.none() | MOMENTS),
        merged_at=draw(st.none() | MOMENTS) if is_merged else None,
    )


def _frames(*, is_open: bool) -> st.SearchStrategy[pd.DataFrame]:
    schema = OPEN_ISSUES if is_open else ISSUES
    counts = st.sampled_from((25, 12, 2, 1, 0))
    rows = counts.flatmap(lambda n: st.tuples(*(_items(i + 1, is_open=is_open) for i in range(n))))
    return rows.map(lambda drawn: to_frame(schema, drawn))


OPEN_ITEMS = _frames(is_open=True)
"""Rows of `open_issues`; some still have the time at which they were once closed."""

ITEMS = _frames(is_open=False)
"""Rows of `issues`; of some closed ones it is not known when, or it was before they were opened."""


SCANS = st.builds(
    ScanInfo,
    validated_at=MOMENTS,
    ended_at=st.just(NOW),
    is_exact=st.booleans(),
    pages=st.just(1),
    rounds=st.just(0),
    changes=st.just(0),
    fingerprint=st.just("f"),
)

_FUTURE = st.sampled_from([NOW + _MOMENT, NOW + timedelta(days=9), NOW + timedelta(days=400)])


@st.composite
def histories(draw: st.DrawFn, repo: str) -> pd.DataFrame:
    """Rows of `repo_history` of a name, in any order: of two repositories, some from the future."""
    times = draw(st.lists(MOMENTS | _FUTURE, min_size=1, max_size=8))
    times = draw(st.sampled_from((times, sorted(times))))
    return pd.concat([draw(statistics_of(repo, snapshot_at=time)) for time in times])


@st.composite
def statistics_of(draw: st.DrawFn, repo: str, snapshot_at: datetime | None = None) -> pd.DataFrame:
    """A row of `repo_statistics` of a name, mostly of the repository that has it now."""
    numbers = ("stars", "forks", "open_items", "open_issues", "open_pull_requests")
    return statistics(
        repo=repo,
        repo_id=draw(st.sampled_from((REPOS[repo],) * 3 + (99,))),
        **{name: draw(st.integers(0, 3)) for name in numbers},
        average_open_issues_per_user=draw(st.sampled_from((None, 1.25))),
        is_exact=draw(st.booleans()),
        snapshot_at=draw(MOMENTS) if snapshot_at is None else snapshot_at,
    )


@st.composite
def days_of_stars(draw: st.DrawFn, repo: str) -> pd.DataFrame:
    """Rows of `star_days` of a name, mostly of the repository that has it now."""
    days = draw(st.sets(MOMENTS.map(lambda moment: moment.date()), min_size=1, max_size=9))
    repo_id = draw(st.sampled_from((REPOS[repo],) * 3 + (99,)))
    rows = [
        {"repo": repo, "repo_id": repo_id, "day": day, "stars": draw(st.integers(1, 5))}
        for day in sorted(days)
    ]
    return to_frame(STAR_DAYS, rows)
