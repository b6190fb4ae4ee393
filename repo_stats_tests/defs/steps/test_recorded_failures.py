"""Which repositories a run leaves as they were, and when that fails the run."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.defs.steps.stale_repositories import StaleRepositories, healthy_repos
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import ISSUES, REPO_STATISTICS, TableSchema
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics
from repo_stats_tests.helpers.runs import findings_of
from repo_stats_tests.helpers.step_context import step_context

AUTOMATIC = {"dagster/sensor_name": "new_repositories"}

YESTERDAY = datetime.now(timezone.utc) - timedelta(days=1)


@pytest.fixture
def failures(tmp_path: Path) -> RefreshFailures:
    return RefreshFailures(Files(str(tmp_path)))


def test_a_repository_that_failed_is_left_out_told_and_shown_with_its_reason(
    failures: RefreshFailures,
) -> None:
    context: Any = step_context("a/b", "c/d", "e/f")
    failures.record("a/b", "It was gone.", "run-0", YESTERDAY)
    failures.record("e/f", "It is damaged.", "run-1", YESTERDAY)
    stale = StaleRepositories(context, failures)
    assert (stale.repos, stale.healthy) == (["a/b", "c/d", "e/f"], ["a/b", "c/d"])
    stale.record({"a/b": "It is gone."})
    assert stale.healthy == ["c/d"]
    assert context.log.entries == [("warning", "a/b is left as it was: It is gone.")]
    assert healthy_repos(context, failures, ["a/b", "c/d"]) == ["c/d"]
    since = dg.MetadataValue.timestamp(YESTERDAY.timestamp())
    assert stale.facts() == {
        "a/b": {"stale": "It is gone.", "stale_since": since},
        "e/f": {"stale": "It is damaged.", "stale_since": since},
    }
    stale.clear(["c/d", "a/b"])
    assert failures.find("a/b") is None
    assert failures.find("e/f") is not None


def test_the_check_names_also_what_could_not_be_stored_at_the_end(
    failures: RefreshFailures,
) -> None:
    stale = StaleRepositories(step_context("a/b", "c/d", "e/f"), failures)
    assert stale.check("t").passed
    stale.record({"a/b": "It is gone."})
    failures.record("c/d", "The disk is full.", "run-1", YESTERDAY)
    failures.record("e/f", "It was gone.", "run-0", YESTERDAY)
    failures.record("a/b", "It is gone.", "run-2", YESTERDAY)  # by another run meanwhile
    result = stale.check("t")
    assert (result.asset_key, result.check_name) == (dg.AssetKey("t"), "refreshed")
    assert findings_of(result.metadata) == {"a/b": "It is gone.", "c/d": "The disk is full."}
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.ERROR)


def fail_all(
    failures: RefreshFailures,
    tags: Mapping[str, str],
    read: str | None = None,
    read_once: TableSchema = REPO_STATISTICS,
) -> dg.Failure | None:
    """Let all repositories of a run fail, one of which was perhaps read before.

    Args:
        failures: of the warehouse.
        tags: of the run.
        read: a repository with statistics.
        read_once: the table by which the step knows that a repository was read before.
    """
    tables = Tables(failures.files)
    for repo in ("a/b", "c/d", "e/f"):
        failures.clear(repo)
    if read is not None:
        tables.write(REPO_STATISTICS, read, statistics(repo=read))
    stale = StaleRepositories(step_context("a/b", "c/d", "e/f", tags=tags), failures, read_once)
    stale.record({"a/b": "It is gone.", "c/d": "It is odd."})
    try:
        stale.record({"e/f": "It is odd."})
        stale.record({})  # no reason of this step
    except dg.Failure as failure:
        return failure
    return None


def test_a_run_of_which_nothing_is_left_fails_with_each_reason_once(
    failures: RefreshFailures,
) -> None:
    failure = fail_all(failures, {})
    assert failure is not None
    assert failure.description == "It is gone.\nIt is odd."
    assert failure.allow_retries is False


def test_a_run_that_nobody_started_fails_only_if_something_was_read_before(
    failures: RefreshFailures,
) -> None:
    assert fail_all(failures, AUTOMATIC) is None
    assert fail_all(failures, AUTOMATIC, read="x/y") is None
    assert fail_all(failures, AUTOMATIC, read="e/f") is not None
    assert fail_all(failures, AUTOMATIC, read_once=ISSUES) is None


def test_a_step_that_finds_nothing_more_does_not_fail_a_run_that_goes_on(
    failures: RefreshFailures,
) -> None:
    failures.record("a/b", "It is gone.", "run-1", YESTERDAY)
    stale = StaleRepositories(step_context("a/b"), failures)
    stale.record({})
    assert stale.healthy == []


def test_failures_that_cannot_be_read_are_one_sentence(failures: RefreshFailures) -> None:
    earlier = StaleRepositories(step_context("a/b"), failures)
    Path(failures.files.root, failures.folder, "a", "b.json").mkdir(parents=True)
    context: Any = step_context("a/b")
    with pytest.raises(dg.Failure, match="cannot be read"):
        StaleRepositories(context, failures)
    with pytest.raises(dg.Failure, match="cannot be read"):
        earlier.check("t")
    with pytest.raises(dg.Failure, match="cannot be read"):
        healthy_repos(context, failures, ["a/b"])
