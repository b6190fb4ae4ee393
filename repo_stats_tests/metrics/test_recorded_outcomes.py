"""What became of recorded pull requests: the tables, and DuckDB over the objects as received."""

import gzip
import json

import duckdb
import pytest

from repo_stats.github.parsing import parse_issues
from repo_stats.metrics.concentration import compute_concentration
from repo_stats.metrics.trends import compute_trends, find_uncounted
from repo_stats.simulator.recorded import load_recorded
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import ISSUES
from repo_stats_tests.helpers.recorded import RECORDED

RAW = """
    select
      count(*) filter (pull_request is not null) as pull_requests,
      count(*) filter (pull_request.merged_at is not null) as merged,
      count(*) filter (pull_request is not null and pull_request.merged_at is null
        and state = 'closed') as unmerged,
      sum(reactions.total_count)::bigint as reactions
    from read_json($path, format = 'newline_delimited')
    """


@pytest.mark.skipif(not RECORDED.exists(), reason="needs recorded API objects in ../shared")
def test_outcomes_of_recorded_pull_requests_are_the_sums_of_the_objects_as_received() -> None:
    path = str(RECORDED / "issues.jsonl.gz")
    raw = duckdb.execute(RAW, {"path": path}).fetchall()
    with gzip.open(path) as file:
        assert len([json.loads(line) for line in file]) == 500
    items = to_frame(ISSUES, parse_issues(load_recorded(RECORDED).issues, "rails/rails", 1))
    trends = compute_trends(items)
    assert find_uncounted(items, trends) is None
    for period in ("week", "month"):
        rows = trends[(trends["period"] == period) & (trends["kind"] == "pull_request")]
        found = (rows["opened"].sum(), rows["merged"].sum(), rows["closed_unmerged"].sum())
        assert [(*found, items["reactions"].sum())] == raw == [(377, 244, 64, 210)]
    rows = compute_concentration(items, items["updated_at"].max())
    merged = rows[rows["kind"] == "merged_pull_requests"]
    assert merged["total_items"].tolist() == [244, 244]
    assert (2 * merged["items_of_authors"] >= 244).all()
