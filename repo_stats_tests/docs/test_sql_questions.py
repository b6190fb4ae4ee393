"""The questions of the page about SQL that need marked repositories, asked of a few rows."""

import re
from datetime import date

from repo_stats.warehouse.frames import to_arrow, to_frame
from repo_stats.warehouse.schemas import (
    CONTRIBUTOR_CONCENTRATION,
    ISSUE_TRENDS,
    RELEASE_DOWNLOADS,
    TRAFFIC_DAYS,
)
from repo_stats_tests.helpers.oracle import ask
from repo_stats_tests.helpers.paths import DOCS
from repo_stats_tests.helpers.stored import row_of

QUESTIONS = re.findall(
    r"```sql\n(.*?)```", (DOCS / "sql.md").read_text(encoding="utf-8"), re.DOTALL
)


def test_each_question_has_the_answer_that_its_heading_asks_for() -> None:
    views = [(9, 30, 5, 2, True), (10, 1, 7, 3, True), (10, 2, 8, 6, True), (10, 3, 90, 9, False)]
    days = [
        row_of(TRAFFIC_DAYS, day=date(2026, m, d), views=v, clones=1, view_uniques=u, is_final=f)
        for m, d, v, u, f in views
    ]
    counters = [(1, 1, "v1", 10), (2, 1, "v2", 4), (1, 2, "v1", 12), (3, 2, "v1", 1)]
    assets = [
        row_of(RELEASE_DOWNLOADS, asset_id=n, day=date(2026, 10, d), release=tag, downloads=count)
        for n, d, tag, count in counters
    ]
    repo = "PrefectHQ/prefect"
    trends = [
        row_of(ISSUE_TRENDS, repo=repo, period=p, kind=kind, start=date(2026, m, 1), merged=m)
        for m in range(1, 7)
        for p, kind in (("month", "pull_request"), ("month", "all"), ("week", "pull_request"))
    ]
    shares = [("a", "merged_pull_requests", False, 3), ("b", "merged_pull_requests", False, 1)]
    shares += [("c", "merged_pull_requests", True, 1), ("d", "opened_issues", False, 1)]
    concentration = [
        row_of(CONTRIBUTOR_CONCENTRATION, repo=r, kind=k, with_bots=b, authors=n, total_authors=4)
        for r, k, b, n in shares
    ]
    tables = {
        TRAFFIC_DAYS: days,
        RELEASE_DOWNLOADS: assets,
        ISSUE_TRENDS: trends,
        CONTRIBUTOR_CONCENTRATION: concentration,
    }
    stored = {
        schema.name: to_arrow(schema, to_frame(schema, rows)) for schema, rows in tables.items()
    }
    answers = [ask(question, stored).to_pylist() for question in QUESTIONS]
    assert [[tuple(row.values()) for row in answer] for answer in answers] == [
        [(f"2026-0{month}", month, None, None) for month in (6, 5, 4, 3)],
        [("b", 1, 1, 4), ("a", 1, 3, 4)],
        [("x", "2026-09", 5, 1, 2), ("x", "2026-10", 15, 2, 6)],
        [("x", "v1", 13), ("x", "v2", 4)],
    ]
