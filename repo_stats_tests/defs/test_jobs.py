"""The jobs: which there are, and which repositories they cover."""

import dagster as dg

from repo_stats.definitions import build_defs
from repo_stats_tests.helpers.fixture_types import SettingsFor


def test_the_jobs_are_there_with_their_descriptions(defs: dg.Definitions) -> None:
    jobs = {job.name: job for job in (defs.jobs or [])}
    assert set(jobs) == {
        *("resolve_watchlist", "refresh_repo", "refresh_watchlist"),
        *("publish_report", "publish_digest", "prune_runs"),
    }
    assert [name for name, job in jobs.items() if not job.description] == []


def test_the_job_that_prunes_says_how_long_runs_are_kept(settings_for: SettingsFor) -> None:
    defs = build_defs(settings_for("a/b", REPO_STATS_KEEP_RUNS="7"))
    assert "after 7 days those that failed" in str(defs.resolve_job_def("prune_runs").description)


def test_no_job_has_tags_of_partitions_because_a_single_picked_one_would_be_refused(
    settings_for: SettingsFor,
) -> None:
    defs = build_defs(settings_for("a/b", "c/d", REPO_STATS_HISTORY="c/d"))
    jobs = [defs.resolve_job_def(job.name) for job in defs.jobs or []]
    assert len(jobs) == 7
    assert [(job.name, tag) for job in jobs for tag in job.tags if "partition" in tag] == []
