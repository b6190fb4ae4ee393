"""The tables of the first page as files: all of its rows, and the sums of each owner."""

import json
from dataclasses import replace

from repo_stats.report.takeaways.index_files import make_index_files
from repo_stats_tests.report.test_index_page import BARE, ROW


def test_the_files_have_the_rows_of_the_first_page_and_the_sums_of_owners() -> None:
    other = replace(ROW, repo="A/c", stars=3, growth_7=None, stale="since yesterday")
    files = make_index_files([ROW, other, BARE])
    assert [*files] == ["repositories.csv", "owners.csv", "numbers.json"]
    tables = json.loads(files["numbers.json"])
    assert [*tables] == ["repositories", "owners"]
    assert tables["repositories"][1] == {
        "repo": "A/c",
        "description": "It <i>is</i>.",
        "topics": ["one", "two"],
        "language": "Go",
        "is_archived": False,
        "is_exact": True,
        "stars": 3,
        "forks": 1000,
        "open_issues": 20,
        "open_pull_requests": 11,
        "per_user": 1.5,
        "snapshot_at": "2026-11-23T12:00:00Z",
        "rank": 1,
        "growth_7": None,
        "growth_30": -3,
        "days_open": 12.5,
        "oldest": "2019-03-01T04:05:00Z",
        "stale": "since yesterday",
    }
    assert files["owners.csv"].decode().splitlines() == [
        "owner,repositories,stars,growth_7,growth_30,open_issues,open_pull_requests,oldest",
        "a,2,1234570,1200,-6,40,22,2019-03-01T04:05:00Z",
        "c,1,3,,,20,11,",
    ]
    assert files["repositories.csv"].decode().count("\n") == 1 + 3
    assert [row["owner"] for row in tables["owners"]] == ["a", "c"]
