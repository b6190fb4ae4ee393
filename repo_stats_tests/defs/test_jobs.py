"""The jobs: which there are, and which repositories they cover."""

import dagster as dg

from repo_stats.definitions import build_defs
from repo_stats_tests.helpers.fixture_types import SettingsFor


def test_the_jobs_are_there_with_their_descriptions(defs: dg.Definitions) -> None:
    jobs = {job.name: job for job in (defs.jobs or [])}
    assert set(jobs) == {"refresh_repo", "refresh_watchlist", "publish_report", "prune_runs"}
    assert all(job.description for job in jobs.values())


def test_the_job_that_prunes_says_how_long_runs_are_kept(settings_for: SettingsFor) -> None:
    defs = build_defs(settings_for("a/b", REPO_STATS_KEEP_RUNS="7"))
    assert "after 7 days those that failed" in str(defs.resolve_job_def("prune_runs").description)


def test_the_watchlist_job_takes_all_repositories_without_being_told(
    settings_for: SettingsFor,
) -> None:
    several = build_defs(settings_for("a/b", "c/d", "e/f")).resolve_job_def("refresh_watchlist")
    assert several.tags["dagster/asset_partition_range_start"] == "a/b"
    assert several.tags["dagster/asset_partition_range_end"] == "e/f"
    single = build_defs(settings_for("a/b")).resolve_job_def("refresh_watchlist")
    assert single.tags["dagster/partition"] == "a/b"
