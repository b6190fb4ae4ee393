"""What is shown of the costs of queries."""

from collections import Counter

from repo_stats.defs.steps.repository_readings import RepositoryReadings, query_metadata
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.usage import Usage
from repo_stats_tests.defs.steps.known_rows import NOW, row_of
from repo_stats_tests.helpers.states import reading_of


def test_what_queries_cost_is_shown_if_any_was_sent() -> None:
    assert query_metadata(RepositoryReadings()) == {}
    usage = Usage(Counter({200: 3}))
    readings = RepositoryReadings(
        query_usage=usage, points=2, pulses={"a/b": reading_of(row_of("a/b"))}
    )
    shown = {"run_queries": 3, "run_points": 2, "run_repositories_by_query": 1}
    assert query_metadata(readings) == shown
    usage.quota = Quota(5_000, 4_998, NOW)
    found = query_metadata(readings)
    assert found.pop("points_reset").value == NOW.timestamp()
    assert found == {**shown, "points_limit": 5_000, "remaining_points": 4_998}
