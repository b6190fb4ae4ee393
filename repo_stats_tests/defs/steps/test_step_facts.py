"""What steps show in the UI, and the warnings that they give."""

from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from repo_stats.alerts.rules import Alert
from repo_stats.config.settings import Settings
from repo_stats.defs.resources import github_resource
from repo_stats.defs.steps.alert_asset import build_alert_asset, describe_alerts
from repo_stats.defs.steps.asset_specs import OWNERS, asset_arguments, describe_columns
from repo_stats.defs.steps.clock_warnings import warn_of_future_times
from repo_stats.defs.steps.github_requests import (
    count_outcomes,
    find_issue_lists,
    usage_metadata,
)
from repo_stats.defs.steps.history_rows import (
    append_to_histories,
    describe_history,
    record_histories,
)
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import IssueList
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import hash_content, join_frames
from repo_stats.warehouse.schemas import ALERTS, REPO_HISTORY, REPO_METADATA, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.pages import head
from repo_stats_tests.helpers.rows import NOW, history_of, metadata, statistics
from repo_stats_tests.helpers.step_context import step_context


def test_the_cost_of_requests_is_shown_in_numbers_and_the_quota_if_it_is_known() -> None:
    usage = Usage(Counter({304: 5, 200: 2}), charged=2, waited=1.5, paced=0.5)
    shown = usage_metadata(usage)
    assert shown == {
        "run_requests": 7,
        "run_charged": 2,
        "run_waited_seconds": 1.5,
        "run_paced_seconds": 0.5,
        "run_statuses": {"200": 2, "304": 5},
    }
    usage.quota = Quota(5000, 12, NOW)
    assert usage_metadata(usage) == {
        **shown,
        "remaining_quota": 12,
        "quota_limit": 5000,
        "quota_resets": dg.MetadataValue.timestamp(NOW.timestamp()),
    }


def test_pages_are_counted_by_how_they_were_brought_up_to_date() -> None:
    outcomes = [Outcome.FRESH, Outcome.FETCHED, Outcome.FETCHED]
    results = [PageResult(PageKey.numbered("a/b", 1), outcome, head(1)) for outcome in outcomes]
    assert count_outcomes(results) == "3 pages, 1 fresh, 0 unchanged, 2 fetched"


def test_the_lists_to_read_are_those_of_the_repositories_with_all_that_is_known_of_them(
    settings_for: SettingsFor,
) -> None:
    settings: Settings = settings_for("a/b", REPO_STATS_PER_PAGE="50")
    rows = join_frames(
        REPO_METADATA,
        [
            metadata("a/b", repo_id=7, has_issues=False, open_issues_count=3, full_name="A/New"),
            metadata("c/d", repo_id=8, has_issues=True),
            metadata("e/f"),
        ],
    )
    lists = find_issue_lists(github_resource(settings), rows, ["c/d", "a/b", "x/y"])
    known = [vars(each) for each in lists]
    first = IssueList(
        "a/b", 7, settings.api_url, 50, has_issues=False, counter=3, full_name="A/New"
    )
    second = IssueList("c/d", 8, settings.api_url, 50, has_issues=True, counter=5, full_name="c/d")
    assert known == [vars(first), vars(second)]


class Runs:
    """The tags of a run, which all of its steps see."""

    def __init__(self, *, is_there: bool = True) -> None:
        self.is_there = is_there
        self.tags: dict[str, str] = {}

    def get_run_by_id(self, run_id: str) -> Any:
        assert run_id == "run-1"
        return SimpleNamespace(run_id=run_id, tags=self.tags) if self.is_there else None

    def add_run_tags(self, run_id: str, tags: dict[str, str]) -> None:
        assert run_id == "run-1"
        self.tags.update(tags)


def test_data_from_the_future_is_told_once_a_run_by_whichever_step_sees_it() -> None:
    runs, now = Runs(), datetime.now(timezone.utc)
    steps: list[Any] = [step_context("a/b", instance=runs) for _ in range(3)]
    warn_of_future_times(steps[0], {"e/f": now - timedelta(days=1)})
    assert (steps[0].log.entries, runs.tags) == ([], {})
    future = datetime(2999, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    stored = {"a/b": future - timedelta(days=1), "c/d": future, "e/f": now}
    for step in steps[1:]:
        warn_of_future_times(step, stored)
    [told] = steps[1].log.of("warning")
    said, _, rest = told.partition("later than this machine's clock (")
    assert said == "Data of a/b, c/d was stored at 2999-01-02 03:04:05 UTC, "
    clock, _, rest = rest.partition(" UTC); ")
    told_at = datetime.fromisoformat(f"{clock}+00:00")
    assert abs(told_at - now) < timedelta(minutes=1)
    assert rest == "it is requested again."
    assert steps[2].log.entries == []


def test_a_run_that_was_deleted_meanwhile_warns_of_nothing() -> None:
    context: Any = step_context("a/b", instance=Runs(is_there=False))
    warn_of_future_times(context, {"a/b": datetime(2999, 1, 1, tzinfo=timezone.utc)})
    assert context.log.entries == []


def test_a_run_has_the_repositories_it_was_started_with() -> None:
    assert find_repos(step_context("c/d")) == ["c/d"]
    assert find_repos(step_context("a/b", "c/d")) == ["a/b", "c/d"]


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        (
            step_context("a/b", tags={"repo_stats/unknown": "x/y"}),
            "x/y cannot be picked: pick repositories of the watchlist, in its order, and reload "
            "the definitions after it has changed.",
        ),
        (
            step_context(),
            "The job refresh_repo needs a repository: pick one in the UI, or with --tags "
            '\'{"dagster/partition": "owner/name"}\'. refresh_watchlist takes all of them.',
        ),
    ],
)
def test_a_run_without_a_repository_or_with_one_of_no_watchlist_says_what_to_pick(
    context: Any, reason: str
) -> None:
    with pytest.raises(dg.Failure) as raised:
        find_repos(context)
    assert raised.value.description == reason
    assert raised.value.allow_retries is False


def test_new_alerts_are_shown_as_a_list_with_their_number(tmp_path: Path) -> None:
    alerts = [Alert(f"{n} happened.", [], "job", "run", "why") for n in ("One", "Two")]
    shown = describe_alerts(alerts, Tables(Files(str(tmp_path))))
    assert shown.asset_key == dg.AssetKey("alerts")
    assert shown.metadata == {
        "dagster/uri": dg.MetadataValue.text(str(tmp_path / "alerts.parquet")),
        "new_alerts": dg.MetadataValue.int(2),
        "alerts": dg.MetadataValue.md("- One happened.\n- Two happened."),
    }
    spec = build_alert_asset()
    assert (spec.key, spec.group_name, spec.kinds) == (shown.asset_key, "statistics", {"parquet"})
    assert (spec.metadata["dagster/table_name"], spec.owners) == ("alerts", OWNERS)
    assert spec.description == (
        f"{ALERTS.row}\n\nThe sensors `alert_on_failure` and `alert_on_recovery` write it. "
        "Query it with `repo-stats sql`."
    )


def test_the_ui_shows_each_column_with_its_type_its_meaning_and_whether_it_may_be_empty() -> None:
    shown = describe_columns(REPO_STATISTICS)
    assert shown["dagster/table_name"] == "repo_statistics"
    columns = shown["dagster/column_schema"].columns
    assert [(c.name, c.type, c.description, c.constraints.nullable) for c in columns] == [
        (c.name, str(c.type), c.description, c.nullable) for c in REPO_STATISTICS.columns
    ]
    assert {c.constraints.nullable for c in columns} == {True, False}


def test_an_asset_with_partitions_is_refreshed_by_a_single_run() -> None:
    partitions = dg.StaticPartitionsDefinition(["a/b"])
    arguments = asset_arguments(REPO_STATISTICS, partitions, "statistics", {"pandas"})
    assert arguments["backfill_policy"] == dg.BackfillPolicy.single_run()
    assert (arguments["partitions_def"], arguments["kinds"]) == (partitions, {"pandas"})
    assert asset_arguments(ALERTS, None, "statistics", set())["backfill_policy"] is None


def test_histories_that_grew_are_recorded_with_the_version_of_their_last_row(
    tmp_path: Path,
) -> None:
    tables = Tables(Files(str(tmp_path)))
    context: Any = step_context("a/b", "c/d", "e/f")
    now = datetime.now(timezone.utc) - timedelta(days=1)
    rows = [statistics(repo=repo, snapshot_at=now) for repo in ("x/y", "a/b", "c/d", "e/f")]
    tables.write(REPO_HISTORY, "a/b", history_of(rows[0]))
    Path(tmp_path, "repo_history", "c").mkdir(parents=True)
    Path(tmp_path, "repo_history", "c", "d.parquet").write_bytes(b"damaged")
    histories, errors = append_to_histories(context, tables, join_frames(REPO_STATISTICS, rows))
    assert list(histories) == ["x/y", "e/f"]
    assert list(errors) == ["c/d"]
    assert "c/d.parquet is damaged, or of another version." in errors["c/d"]
    longer = statistics(repo="a/b", stars=99, snapshot_at=now + timedelta(hours=1))
    histories, errors = append_to_histories(context, tables, longer)
    assert (list(histories), errors) == (["a/b"], {})
    assert [*histories["a/b"]["stars"]] == [1, 99]
    assert describe_history(tables, "a/b", histories["a/b"]) == {
        "dagster/uri": str(tmp_path / "repo_history/a/b.parquet"),
        "dagster/partition_row_count": 2,
        "content_hash": hash_content(REPO_HISTORY, histories["a/b"].tail(1)),
    }
    record_histories(context, tables, histories)
    assert context.recorded == ["repo_history of a/b"]
    assert context.events[0].metadata["dagster/partition_row_count"].value == 2


def test_a_fault_of_a_history_that_was_not_foreseen_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("colour")

    monkeypatch.setattr("repo_stats.defs.steps.history_rows.append_statistics", fail)
    context: Any = step_context("a/b")
    _, errors = append_to_histories(context, Tables(Files(str(tmp_path))), statistics())
    assert list(errors) == ["a/b"]
    assert "KeyError: 'colour'" in context.log.of("debug")[0]
