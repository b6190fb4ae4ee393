"""What the assets say in the log and in the UI, and the order in which they request."""

from collections.abc import Collection
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.defs.assets.issues import describe_syncs
from repo_stats.defs.assets.repo_metadata import (
    compare_with_quota,
    give_up_or_retry,
    log_outcome,
)
from repo_stats.defs.assets.repo_statistics import check_age
from repo_stats.defs.failing import MAX_RETRIES, PassingStepError
from repo_stats.defs.steps.repository_readings import RepositoryReadings
from repo_stats.github.errors import PermanentError, TransientError
from repo_stats.github.http.headers import Quota
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import join_frames, to_arrow
from repo_stats.warehouse.schemas import REPO_METADATA, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, metadata, statistics
from repo_stats_tests.helpers.runs import findings_of
from repo_stats_tests.helpers.states import reading_of, state_of
from repo_stats_tests.helpers.step_context import step_context

COSTS = "Reading all lists again would cost about 9 requests"


@pytest.mark.parametrize(
    ("quota", "level", "text"),
    [
        (None, "info", f"{COSTS}."),
        (Quota(60, 9, NOW), "info", f"{COSTS}, and 9 of 60 remain until 12:00:00 UTC."),
        (
            Quota(60, 8, NOW),
            "warning",
            f"{COSTS}, and 8 of 60 remain until 12:00:00 UTC. The lists that were read longest ago "
            "come first.",
        ),
    ],
)
def test_the_log_says_what_reading_all_lists_costs_and_warns_if_that_is_too_much(
    quota: Quota | None, level: str, text: str
) -> None:
    context = step_context("a/b", "c/d")
    states = {repo: state_of(repo, counter=n) for repo, n in (("a/b", 349), ("c/d", 200))}
    compare_with_quota(context, states, 100, quota)
    assert context.log.entries == [(level, text)]


def readings_of(*frames: Any, by_query: Collection[str] = ()) -> RepositoryReadings:
    """What was read; of some repositories by a query."""
    found: list[Any] = [to_arrow(REPO_METADATA, frame).to_pylist()[0] for frame in frames]
    rows = {row["repo"]: row for row in found}
    return RepositoryReadings(rows, {repo: reading_of(rows[repo]) for repo in by_query})


def test_only_a_repository_with_another_name_than_its_own_is_told() -> None:
    context = step_context("a/b", "c/d", "e/f")
    readings = readings_of(
        metadata("a/b"), metadata("c/d", full_name="C/D"), metadata("e/f", full_name="E/New")
    )
    log_outcome(context, 1, readings)
    assert context.log.entries == [
        ("info", "Repositories: 1 fresh, 3 fetched"),
        (
            "warning",
            "e/f is now called E/New. Its statistics go on under the old name until you change it "
            "in the watchlist; then all that is stored of it, its history included, moves to the "
            "new name.",
        ),
    ]


def test_the_log_says_how_many_repositories_were_read_by_queries() -> None:
    context = step_context("a/b", "c/d")
    log_outcome(context, 0, readings_of(metadata("a/b"), metadata("c/d"), by_query=["c/d"]))
    assert context.log.entries == [
        ("info", "Repositories: 0 fresh, 2 fetched, of which 1 by queries")
    ]


def test_what_was_read_one_by_one_is_stored_before_the_step_is_tried_again(tmp_path: Path) -> None:
    tables = Tables(Files(str(tmp_path)))
    rows = [metadata("a/b", stars=7), metadata("c/d"), metadata("g/h")]
    fetched = readings_of(*rows, by_query=["g/h"])
    errors = {"e/f": TransientError("It may pass.")}
    unusable = {"c/d": "It cannot be moved."}
    with pytest.raises(PassingStepError, match="It may pass"):
        give_up_or_retry(step_context(), tables, fetched, errors, unusable)
    assert tables.repos(REPO_METADATA) == ["a/b"]
    assert tables.read(REPO_METADATA, ["a/b"])["stars"].item() == 7
    tables.files.delete(tables.path(REPO_METADATA, "a/b"))
    lasting = {"e/f": PermanentError("It lasts.")}
    last_try = step_context(retry=MAX_RETRIES)
    assert give_up_or_retry(step_context(), tables, fetched, lasting, unusable) == {
        "e/f": "It lasts.",
        **unusable,
    }
    assert give_up_or_retry(last_try, tables, fetched, errors, {}) == {"e/f": "It may pass."}
    assert tables.repos(REPO_METADATA) == []


def test_old_numbers_of_any_watched_repository_fail_the_check_which_names_them(
    tmp_path: Path,
) -> None:
    tables, now = Tables(Files(str(tmp_path))), datetime.now(timezone.utc)
    ages = {"a/now": 0, "b/old": 30, "c/new": 2, "d/gone": 90}
    for repo, hours in ages.items():
        taken = statistics(repo=repo, snapshot_at=now - timedelta(hours=hours))
        tables.write(REPO_STATISTICS, repo, taken)
    two = join_frames(REPO_STATISTICS, [statistics(repo="e/two", snapshot_at=NOW)] * 2)
    tables.write(REPO_STATISTICS, "e/two", two)
    unreadable = tmp_path / "repo_statistics" / "f" / "dir.parquet"
    unreadable.mkdir(parents=True)
    watchlist = ["f/dir", "b/old", "a/now", "c/new", "e/two", "x/never"]
    refreshed = statistics(repo="a/now", snapshot_at=now - timedelta(hours=25))
    context: Any = step_context("a/now")
    result = check_age(context, tables, watchlist, refreshed)
    assert (result.check_name, result.passed) == ("recent", False)
    assert (result.asset_key, result.severity) == (
        dg.AssetKey("repo_statistics"),
        dg.AssetCheckSeverity.WARN,
    )
    assert findings_of(result.metadata) == {
        "b/old": f"from {now - timedelta(hours=30):%Y-%m-%d %H:%M} UTC",
        "a/now": f"from {now - timedelta(hours=25):%Y-%m-%d %H:%M} UTC",
        "f/dir": f"{unreadable} cannot be read (Is a directory).",
    }
    assert check_age(context, tables, ["a/now", "c/new"], statistics(repo="x/y")).passed


def test_the_log_has_a_line_for_each_repository_whose_items_were_read_or_have_changed() -> None:
    def of(mode: str, changed: int) -> dict[str, Any]:
        return {"dagster/partition_row_count": 7, "read_as": mode, "changed_items": changed}

    facts = {
        "a/b": of("fill", 0),
        "c/d": of("fresh", 0),
        "e/f": of("increment", 0),
        "g/h": of("increment", 2),
        "i/j": of("full revalidation", 0),
    }
    assert describe_syncs(facts).splitlines() == [
        "a/b: 7 items, fill, 0 changed",
        "g/h: 7 items, increment, 2 changed",
        "i/j: 7 items, full revalidation, 0 changed",
        "Repositories without any change: 2",
    ]
