"""Pruning Dagster's history: what goes, and what stays whatever its age."""

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest
from dagster._daemon.asset_daemon import EVALUATIONS_TTL_DAYS

from repo_stats.defs.run_history.files import vacuum
from repo_stats.defs.run_history.prune_runs import describe
from repo_stats.defs.run_history.pruning import Pruned
from repo_stats_tests.defs.run_history.histories import ROUTINE, History
from repo_stats_tests.helpers.long_cases import long

MONTHS = timedelta(days=100)


def test_what_is_known_of_an_asset_stays_however_old_it_is(history: History) -> None:
    old = [history.make("b"), history.make("a")]
    a, failed, b = history.make("a"), history.make("a", fails=True), history.make("b")
    observation = dg.AssetObservation("numbers", partition="b", metadata={"stale": "why"})
    history.instance.report_runless_asset_event(observation)
    before = history.status()
    assert history.prune_after(MONTHS).runs == len(old)
    assert history.runs == {a, b, failed}
    assert history.status() == before
    assert history.prune_after(MONTHS).runs == 0


def test_pages_that_are_gone_hold_no_run(history: History) -> None:
    history.instance.add_dynamic_partitions("issue_page", ["a/b/1", "a/b/2", "a/b/3"])
    runs = [history.make(f"a/b/{number}", "issue_pages") for number in (1, 2, 3)]
    assert history.prune_after(MONTHS).runs == 0
    history.instance.delete_dynamic_partition("issue_page", "a/b/1")
    history.prune_after(MONTHS)
    assert history.runs == {*runs[1:]}


def test_a_run_that_somebody_repeats_is_kept_like_one_that_somebody_started(
    history: History,
) -> None:
    repeated = {**ROUTINE, "dagster/parent_run_id": "run"}
    tried_again = history.make(tags={**repeated, "dagster/retry_number": "1"})
    by_hand, latest = history.make(tags=repeated), history.make()
    history.prune_after(timedelta(hours=25))
    assert history.runs == {by_hand, latest}
    assert tried_again not in history.runs
    history.prune_after(timedelta(days=31))
    assert history.runs == {latest}


def test_each_kind_of_run_is_kept_for_its_time(history: History) -> None:
    routine, failed = history.make(), history.make(fails=True)
    by_hand = history.make(tags={})
    job = history.defs.resolve_job_def("make_numbers")
    started = dg.DagsterRunStatus.STARTED
    lost = history.instance.create_run_for_job(job, status=started).run_id
    latest = history.make()

    @dg.job
    def of_another_project() -> None:
        pass

    foreign = of_another_project.execute_in_process(instance=history.instance).run_id
    assert history.prune_after(timedelta(hours=23)).runs == 0
    history.prune_after(timedelta(hours=25))
    assert history.runs == {failed, by_hand, lost, latest, foreign}
    assert routine not in history.runs
    history.prune_after(timedelta(days=31))
    assert history.runs == {latest, foreign}


def test_all_that_belongs_to_a_run_goes_with_it(history: History) -> None:
    old, latest = history.make(), history.make()
    assert {Path(name).suffix for name in history.files if old in name} >= {".db", ".err"}
    root = Path(history.instance.storage_directory())
    values = [root / run_id / "plan_pages" / "result" for run_id in (old, latest)]
    for folder in values:
        folder.mkdir(parents=True)
    history.prune_after(MONTHS)
    assert [name for name in history.files if old in name] == []
    # The latest run stays because of what it recorded, with its log, but without its values.
    assert history.runs == {latest}
    assert {Path(name).suffix for name in history.files if latest in name} >= {".db", ".err"}
    assert not any(folder.exists() for folder in values)
    assert history.execute("SELECT count(*) FROM asset_check_executions") == 1
    with history.instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
        tags = connection.exec_driver_sql("SELECT DISTINCT run_id FROM run_tags").scalars()
        assert list(tags) == [latest]


@pytest.mark.long
def test_a_week_of_runs_leaves_no_more_than_a_day_of_them(history: History) -> None:
    sizes = []
    for _ in range(7):
        latest = history.make()
        history.prune_after(timedelta(days=2))
        sizes.append(sum(history.files.values()))
        assert history.runs == {latest}
    # Texts hold times whose length differs by some bytes; a run takes thousands.
    assert max(sizes[4:]) <= sizes[3] + 100


@pytest.mark.parametrize(
    "killed_at", [long("delete_events_for_run"), "delete_logs", long("delete_run")]
)
def test_a_pruning_that_is_killed_half_way_is_finished_by_the_next(
    history: History, monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    old, latest = history.make(), history.make()
    before = history.status()
    instance = history.instance
    parts = (instance.run_storage, instance.event_log_storage, instance.compute_log_manager)
    [owner] = [type(part) for part in parts if hasattr(part, killed_at)]

    def die(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(owner, killed_at, die)
        with pytest.raises(KeyboardInterrupt):
            history.prune_after(MONTHS)
    history.prune_after(MONTHS)
    assert history.runs == {latest}
    assert [name for name in history.files if old in name] == []
    assert history.status() == before
    assert history.execute("SELECT count(DISTINCT run_id) FROM event_logs") == 1


def test_the_files_of_a_run_that_somebody_deleted_go_too(history: History) -> None:
    old, latest = history.make(), history.make()
    history.instance.delete_run(old)
    assert [name for name in history.files if old in name]
    assert history.prune_after(timedelta(0)).runs == 1
    assert [name for name in history.files if old in name] == []
    assert history.runs == {latest}


def test_a_pruning_that_takes_too_long_leaves_the_rest_to_the_next(history: History) -> None:
    for _ in range(3):
        history.make()
    assert history.prune_after(MONTHS, longest=-1.0).remaining == 2
    assert history.prune_after(MONTHS).runs == 2


def test_logs_of_ticks_go_after_a_day_if_they_are_empty(history: History) -> None:
    folder = Path(history.instance.storage_directory()) / "__repository__" / "repo_activity"
    folder.mkdir(parents=True)
    for name, age in {"1.err": 25, "2.err": 23, "3.err": 25, "4.err": 31 * 24}.items():
        (folder / name).write_text("" if name in ("1.err", "2.err") else "{}", encoding="utf-8")
        then = datetime.now(timezone.utc) - timedelta(hours=age)
        os.utime(folder / name, (then.timestamp(), then.timestamp()))
    assert history.prune_after(timedelta(0)).logs == 2
    assert sorted(file.name for file in folder.iterdir()) == ["2.err", "3.err"]


def test_evaluations_of_other_projects_are_kept_as_long_as_dagster_keeps_them(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    purged: list[float] = []
    storage = type(history.instance.schedule_storage)
    monkeypatch.setattr(
        storage, "purge_asset_evaluations", lambda self, before: purged.append(before)
    )
    history.prune_after(timedelta(0))
    [before] = purged
    assert datetime.now(timezone.utc).timestamp() - before >= EVALUATIONS_TTL_DAYS * 86_400


def test_a_database_that_is_mostly_empty_is_written_anew_unless_it_is_in_use(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repo_stats.defs.run_history.files._LOCK_SECONDS", 0.0)
    history.execute("CREATE TABLE filling AS SELECT zeroblob(3000000) AS bytes")
    assert vacuum(history.instance) == 0
    history.execute("DROP TABLE filling")
    with history.instance.event_log_storage.index_connection() as writer:  # type: ignore[attr-defined]
        writer.exec_driver_sql("DELETE FROM event_logs")
        assert vacuum(history.instance) == 0
    assert vacuum(history.instance) > 2_900_000
    assert vacuum(history.instance) == 0


def test_a_history_without_files_is_pruned_too(instance: dg.DagsterInstance) -> None:
    history = History(instance)
    _, latest = history.make(), history.make()
    assert history.prune_after(MONTHS).runs == 1
    assert history.runs == {latest}


def test_the_run_says_what_was_removed() -> None:
    assert describe(Pruned(0, 0, 0, 0, 0)) == "Deleted 0 runs and 0 logs of ticks."
    assert describe(Pruned(12, 3, 4, 60, 5_000_000)) == (
        "Deleted 12 runs and 60 logs of ticks. Kept 3 old runs, which hold the latest record of "
        "something. 4 more are due, and follow within the hour. Gave back 5 MB."
    )
