"""Every computed table equals its definition in SQL, whole: no row and no number is different."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from repo_stats.github.parsing import parse_issues
from repo_stats.metrics.backlog import build_backlog
from repo_stats.metrics.concentration import compute_concentration
from repo_stats.metrics.summary import compute_statistics, count_per_user
from repo_stats.metrics.trends import compute_trends
from repo_stats.simulator.recorded import load_recorded
from repo_stats.warehouse.frames import join_frames, to_arrow, to_frame
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import (
    CONTRIBUTOR_CONCENTRATION,
    ISSUE_BACKLOG,
    ISSUE_TRENDS,
    ISSUES,
    ISSUES_PER_USER,
    LEADERBOARD,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_METADATA,
    REPO_STATISTICS,
    STAR_DAYS,
)
from repo_stats_tests.helpers.drawn_rows import (
    ITEMS,
    MOMENTS,
    OPEN_ITEMS,
    REPOS,
    SCANS,
    days_of_stars,
    histories,
    statistics_of,
)
from repo_stats_tests.helpers.items import item, items, items_by_time
from repo_stats_tests.helpers.named_pasts import LONG_AGO, RECENT, TAKEN_OVER, ahead
from repo_stats_tests.helpers.oracle import assert_same, define, examples
from repo_stats_tests.helpers.ranked import rank_rows
from repo_stats_tests.helpers.recorded import RECORDED
from repo_stats_tests.helpers.rows import NOW, history_of, metadata, statistics

DAY = timedelta(days=1)

SCAN = ScanInfo(NOW, NOW, is_exact=True, pages=1, rounds=0, changes=0, fingerprint="f")

TWO_DAYS = items_by_time((NOW - 2 * DAY, None, False), (NOW - DAY, NOW, True))


def check_users(items: pd.DataFrame) -> None:
    defined = define(ISSUES_PER_USER, {OPEN_ISSUES: items})
    assert_same(ISSUES_PER_USER, count_per_user(items), defined)


def check_statistics(
    described: pd.DataFrame, items: pd.DataFrame, scans: dict[str, ScanInfo]
) -> None:
    stored = [
        statistics(
            repo=row["repo"],
            snapshot_at=min(row["validated_at"], scans[row["repo"]].validated_at),
            is_exact=scans[row["repo"]].is_exact,
        )
        for row in described.to_dict("records")
    ]
    tables = {
        REPO_METADATA: described,
        OPEN_ISSUES: items,
        ISSUES_PER_USER: count_per_user(items),
        REPO_STATISTICS: join_frames(REPO_STATISTICS, stored),
    }
    found = compute_statistics(described, count_per_user(items), scans)
    assert_same(REPO_STATISTICS, found, define(REPO_STATISTICS, tables))


def check_trends(items: pd.DataFrame) -> None:
    assert_same(ISSUE_TRENDS, compute_trends(items), define(ISSUE_TRENDS, {ISSUES: items}))


def check_concentration(items: pd.DataFrame, read_at: datetime) -> None:
    found = [compute_concentration(rows, read_at) for _, rows in items.groupby("repo")]
    concentration = join_frames(CONTRIBUTOR_CONCENTRATION, found)
    tables = {ISSUES: items, CONTRIBUTOR_CONCENTRATION: concentration}
    assert_same(CONTRIBUTOR_CONCENTRATION, concentration, define(CONTRIBUTOR_CONCENTRATION, tables))
    assert len(concentration) == 6 * items["repo"].nunique()


def check_backlog(
    items: pd.DataFrame,
    past: dict[str, pd.DataFrame],
    read_at: dict[str, datetime],
) -> None:
    """The backlog of repositories, of some of which all items were read at some time."""
    backlogs, stored = [], []
    for repo, history in sorted(past.items()):
        own = items[items["repo"] == repo] if repo in read_at else None
        backlogs.append(build_backlog(to_arrow(REPO_HISTORY, history), own, read_at.get(repo), NOW))
        if repo in read_at:
            stored.append(last_rebuilt(repo, min(read_at[repo], NOW)))
    tables = {
        ISSUES: items,
        REPO_HISTORY: join_frames(REPO_HISTORY, list(past.values())),
        ISSUE_BACKLOG: to_frame(ISSUE_BACKLOG, stored),
    }
    found = join_frames(ISSUE_BACKLOG, backlogs)
    assert_same(ISSUE_BACKLOG, found, define(ISSUE_BACKLOG, tables))


def last_rebuilt(repo: str, moment: datetime) -> dict[str, Any]:
    """The stored row that tells up to which day the items were read."""
    numbers = dict.fromkeys(("open_items", "open_issues", "open_pull_requests"), 0)
    return {"repo": repo, "repo_id": 1, "day": moment.date(), "is_rebuilt": True, **numbers}


def check_leaderboard(
    rows: pd.DataFrame,
    past: dict[str, pd.DataFrame],
    items: pd.DataFrame,
    given_on: dict[str, pd.DataFrame],
) -> None:
    stars = join_frames(STAR_DAYS, list(given_on.values()))
    tables = {
        STAR_DAYS: stars,
        REPO_STATISTICS: rows,
        REPO_HISTORY: join_frames(REPO_HISTORY, list(past.values())),
        OPEN_ISSUES: items,
    }
    found = rank_rows(rows, past, items, stars)
    assert_same(LEADERBOARD, found, define(LEADERBOARD, tables))


@examples
@given(OPEN_ITEMS.flatmap(lambda items: st.permutations(range(len(items))).map(items.take)))
def test_authors_and_their_items_are_those_of_the_definition(items: pd.DataFrame) -> None:
    check_users(items)


@examples
@given(
    OPEN_ITEMS,
    st.sampled_from([(), ("a/b",), ("a/b", "c/d")]),
    st.sampled_from([None, 4]),
    st.tuples(MOMENTS, MOMENTS),
    st.tuples(SCANS, SCANS),
)
@example(
    items=items(item(1, 1), item(2, 1), item(3, 2), item(4, 3, is_bot=True)),
    repos=("a/b", "c/d"),
    subscribers=None,
    moments=(NOW, NOW),
    scans=(SCAN, SCAN),
)
def test_statistics_are_those_of_the_definition(
    items: pd.DataFrame,
    repos: tuple[str, ...],
    subscribers: int | None,
    moments: tuple[datetime, datetime],
    scans: tuple[ScanInfo, ScanInfo],
) -> None:
    described = metadata(*repos, subscribers=subscribers).assign(
        repo_id=[REPOS[repo] for repo in repos],
        stars=range(len(repos)),
        forks=range(7, 7 + len(repos)),
        open_issues_count=range(9, 9 + len(repos)),
        validated_at=pd.to_datetime(list(moments[: len(repos)]), utc=True).as_unit("us"),
    )
    check_statistics(described, items, dict(zip(REPOS, scans, strict=True)))


@examples
@given(ITEMS)
def test_trends_are_those_of_the_definition(items: pd.DataFrame) -> None:
    check_trends(items)


@examples
@given(ITEMS, MOMENTS | MOMENTS.map(lambda moment: moment + timedelta(days=366)))
def test_concentrations_are_those_of_the_definition(items: pd.DataFrame, read_at: datetime) -> None:
    check_concentration(items, read_at)


@examples
@given(
    ITEMS,
    st.fixed_dictionaries({"a/b": histories("a/b")}, optional={"c/d": histories("c/d")}),
    st.fixed_dictionaries({}, optional=dict.fromkeys(REPOS, MOMENTS)),
)
@example(items=TWO_DAYS, past={"a/b": ahead(-1, 0)}, read_at={"a/b": NOW - DAY})
@example(items=TWO_DAYS, past={"a/b": ahead(-1, 9)}, read_at={"a/b": NOW + 9 * DAY})
@example(items=TWO_DAYS, past={"a/b": ahead(400, 2)}, read_at={})
def test_backlogs_are_those_of_the_definition(
    items: pd.DataFrame, past: dict[str, pd.DataFrame], read_at: dict[str, datetime]
) -> None:
    check_backlog(items, past, read_at)


@examples
@given(
    st.fixed_dictionaries({repo: statistics_of(repo) for repo in REPOS}),
    st.fixed_dictionaries({}, optional={repo: histories(repo) for repo in REPOS}),
    OPEN_ITEMS,
    st.fixed_dictionaries({}, optional={repo: days_of_stars(repo) for repo in REPOS}),
)
@example(rows={}, past={}, items=items(), given_on={})
@example(rows={"a/b": statistics()}, past={}, items=items(), given_on={})
@example(rows={"a/b": statistics()}, past={"a/b": TAKEN_OVER}, items=items(), given_on={})
@example(rows={"a/b": statistics(stars=9)}, past={}, items=items(), given_on=LONG_AGO)
@example(rows={"a/b": statistics(stars=9)}, past={"a/b": ahead(-9)}, items=items(), given_on=RECENT)
def test_leaderboards_are_those_of_the_definition(
    rows: dict[str, pd.DataFrame],
    past: dict[str, pd.DataFrame],
    items: pd.DataFrame,
    given_on: dict[str, pd.DataFrame],
) -> None:
    check_leaderboard(join_frames(REPO_STATISTICS, list(rows.values())), past, items, given_on)


@pytest.mark.skipif(not RECORDED.exists(), reason="needs recorded API objects in ../shared")
def test_recorded_objects_give_the_tables_of_the_definitions() -> None:
    repo = "rails/rails"
    items = to_frame(ISSUES, parse_issues(load_recorded(RECORDED).issues, repo, 1))
    assert len(items) == 500
    still_open = items[items["state"] == "open"]
    assert len(still_open) == 117
    moment = items["updated_at"].max()
    scan = ScanInfo(moment, moment, is_exact=True, pages=2, rounds=0, changes=0, fingerprint="f")
    row = statistics(repo=repo, snapshot_at=moment, stars=9)
    past = history_of(*(row.assign(snapshot_at=moment - pd.Timedelta(days=d)) for d in (20, 8)))
    check_users(still_open)
    check_statistics(metadata(repo, validated_at=moment), still_open, {repo: scan})
    check_trends(items)
    check_concentration(items, moment)
    check_backlog(items, {repo: past}, {repo: moment})
    check_leaderboard(row, {repo: past}, still_open, {repo: RECENT["a/b"].assign(repo=repo)})
