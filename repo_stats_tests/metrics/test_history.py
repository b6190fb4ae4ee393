"""The history of the numbers: which rows it gets, and that it loses none, whatever happens."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from repo_stats.config.settings import Settings
from repo_stats.metrics.history import (
    append_statistics,
    find_row_before,
    of_current_repository,
    stars_growth,
)
from repo_stats.simulator.changes import star
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse import files as files_module
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.paths import ROOT
from repo_stats_tests.helpers.rows import NOW, statistics
from repo_stats_tests.helpers.runs import by_hand, failure, history_of, materialisations, table

ONE, TWO = Shape("acme/one", 30, 4), Shape("acme/two", 8, 2)


HOUR = timedelta(hours=1)


Run = Callable[..., dg.ExecuteInProcessResult]


Simulate = Callable[..., Simulator]


SettingsFor = Callable[..., Settings]


def test_a_history_starts_with_the_first_refresh_and_says_the_same() -> None:
    pd.testing.assert_frame_equal(history_of(statistics()), statistics())


@pytest.mark.parametrize("later", [timedelta(0), -HOUR, timedelta(days=-3)])
def test_a_refresh_that_is_no_later_than_the_last_row_adds_nothing(later: timedelta) -> None:
    row = statistics(snapshot_at=NOW + later, stars=7)
    assert append_statistics(history_of(statistics()), row) is None


def test_a_later_refresh_of_the_day_adds_a_row_only_if_a_number_changed() -> None:
    history = history_of(statistics())
    assert append_statistics(history, statistics(snapshot_at=NOW + HOUR)) is None
    for name in set(REPO_STATISTICS.names) - {"snapshot_at", "repo"}:
        value = False if name == "is_exact" else 99
        longer = append_statistics(history, statistics(snapshot_at=NOW + HOUR, **{name: value}))
        assert longer is not None, name
        assert longer[name].tolist()[1] == value
    lost = append_statistics(history, statistics(snapshot_at=NOW + HOUR, subscribers=None))
    assert lost is not None
    still_lost = statistics(snapshot_at=NOW + 2 * HOUR, subscribers=None)
    assert append_statistics(lost, still_lost) is None


def test_the_first_refresh_of_a_day_of_utc_always_adds_a_row() -> None:
    last_moment = datetime(2026, 11, 23, 23, 59, 59, 999_999, timezone.utc)
    history = history_of(statistics(snapshot_at=last_moment - timedelta(seconds=9)))
    assert append_statistics(history, statistics(snapshot_at=last_moment)) is None
    midnight = last_moment + timedelta(microseconds=1)
    longer = append_statistics(history, statistics(snapshot_at=midnight))
    assert longer is not None
    assert longer["snapshot_at"].dt.date.nunique() == len(longer) == 2


@hypothesis_settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3 * 86_400), st.integers(1, 3)), max_size=20))
def test_a_history_is_in_order_and_holds_every_change_that_came_in_order(
    refreshes: list[tuple[int, int]],
) -> None:
    history, expected, last = None, [], None
    for seconds, stars in refreshes:
        at = NOW + timedelta(seconds=seconds)
        row = statistics(snapshot_at=at, stars=stars)
        for _ in range(2):
            longer = append_statistics(history, row)
            history = history if longer is None else longer
        if last is None or (at > last[0] and (at.date() != last[0].date() or stars != last[1])):
            last = (at, stars)
            expected.append(last)
    times = [] if history is None else history["snapshot_at"].dt.to_pydatetime().tolist()
    stars_then = [] if history is None else history["stars"].tolist()
    assert list(zip(times, stars_then, strict=True)) == expected


def test_growth_is_told_from_the_last_row_that_is_old_enough() -> None:
    days = [(40, 10), (31, 20), (29, 30), (7, 40), (6, 50), (0, 55)]
    rows = [statistics(snapshot_at=NOW - timedelta(days=d), stars=stars) for d, stars in days]
    history, now = history_of(*rows), rows[-1].to_dict("records")[0]
    assert (stars_growth(history, now, 7), stars_growth(history, now, 30)) == (15, 35)
    assert stars_growth(history.tail(2), now, 7) is None
    row = find_row_before(history, 1, NOW - timedelta(days=30))
    assert row is not None
    assert row["stars"] == 20


def test_a_name_taken_over_keeps_both_histories_and_mixes_them_nowhere() -> None:
    old = statistics(snapshot_at=NOW - timedelta(days=9), stars=500)
    new = statistics(repo_id=2, stars=3)
    history = history_of(old, new)
    assert history["repo_id"].tolist() == [1, 2]
    assert of_current_repository(history)["stars"].tolist() == [3]
    assert stars_growth(history, new.to_dict("records")[0], 7) is None


def test_ten_years_of_hourly_refreshes_stay_below_ten_megabytes(tmp_path: Path) -> None:
    hours, every, megabytes = 8_760, 10, 10
    random = np.random.default_rng(1)
    items = 3000 + random.integers(-5, 6, hours).cumsum()
    moments = np.arange(hours) * 3600 * 10**6 + random.integers(0, 300 * 10**6, hours)
    frame = statistics().loc[[0] * hours].reset_index(drop=True)
    frame = frame.assign(
        snapshot_at=pd.Timestamp(NOW) + pd.to_timedelta(moments, unit="us"),
        stars=random.integers(1, 5, hours).cumsum(),
        forks=random.integers(0, 2, hours).cumsum(),
        open_items=items,
        open_issues=items * 4 // 5,
        users=items // 2,
        average_open_issues_per_user=items / (items // 2),
        average_open_issues_per_user_without_pull_requests=items / (items // 2 - 3),
    )
    tables = Tables(Files(str(tmp_path)))
    tables.write(REPO_HISTORY, "a/b", frame)
    size = (tmp_path / "repo_history" / "a" / "b.parquet").stat().st_size
    assert size < megabytes * 10**6 / every
    stored = tables.find_kept(REPO_HISTORY, "a/b")
    assert stored is not None
    assert len(stored) == hours


def append_now(tables: Tables, row: pd.DataFrame) -> pd.DataFrame | None:
    return tables.update(REPO_HISTORY, "a/b", partial(append_statistics, row=row))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no table" * 50, b"outdated"])
def test_a_history_that_cannot_be_read_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    tables = Tables(Files(str(tmp_path)))
    append_now(tables, statistics())
    file = tmp_path / "repo_history" / "a" / "b.parquet"
    if content == b"outdated":
        pd.read_parquet(file).drop(columns="forks").to_parquet(file)
        content = file.read_bytes()
    file.write_bytes(content)
    with pytest.raises(WarehouseError, match=r"repo_history/a/b\.parquet is damaged") as raised:
        append_now(tables, statistics(snapshot_at=NOW + HOUR, stars=9))
    assert str(raised.value).endswith("or move it away to start anew.")
    assert file.read_bytes() == content
    file.unlink()
    assert append_now(tables, statistics()) is not None


WRITER = """
import sys
from datetime import timedelta
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.tables import Tables

def add(history):
    last = history.tail(1)
    after = last.assign(snapshot_at=last["snapshot_at"] + timedelta(seconds=1), forks=FORKS)
    return join_frames(REPO_HISTORY, [history, after])

print("ready", flush=True)
sys.stdin.readline()
for _ in range(60):
    Tables(Files(ROOT)).update(REPO_HISTORY, "a/b", add)
"""


def start(code: str, **names: object) -> "subprocess.Popen[str]":
    assignments = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    return subprocess.Popen(
        [sys.executable, "-c", assignments + code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )


def test_two_processes_at_once_lose_no_row_of_each_other(tmp_path: Path) -> None:
    tables = Tables(Files(str(tmp_path)))
    append_now(tables, statistics())
    writers = [start(WRITER, ROOT=str(tmp_path), FORKS=forks) for forks in (10, 20)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
    assert [writer.returncode for writer in writers] == [0, 0]
    history = tables.find_kept(REPO_HISTORY, "a/b")
    assert history is not None
    assert history["forks"].value_counts().to_dict() == {10: 60, 20: 60, 1: 1}
    assert history["snapshot_at"].is_monotonic_increasing
    assert history["snapshot_at"].is_unique


def test_without_locks_a_row_that_came_in_between_is_kept_as_well() -> None:
    tables = Tables(Files("memory://in-between"))
    append_now(tables, statistics())
    late = statistics(snapshot_at=NOW + HOUR, stars=5)
    seen = []

    def change(history: pd.DataFrame | None) -> pd.DataFrame | None:
        assert history is not None
        seen.append(len(history))
        if len(seen) == 1:
            tables.write(REPO_HISTORY, "a/b", join_frames(REPO_HISTORY, [history, late]))
        return append_statistics(history, statistics(snapshot_at=NOW + 2 * HOUR, stars=6))

    tables.update(REPO_HISTORY, "a/b", change)
    stored = tables.find_kept(REPO_HISTORY, "a/b")
    assert seen == [1, 2]
    assert stored is not None
    assert stored["stars"].tolist() == [1, 5, 6]


def test_a_file_that_stays_locked_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_module, "LOCK_TIMEOUT", 0.0)
    files = Files(str(tmp_path))
    with (
        files.locked("t/a/b.parquet"),
        pytest.raises(WarehouseError, match=r"b\.parquet is in use by another process"),
        files.locked("t/a/b.parquet"),
    ):
        pass
    with files.locked("t/a/b.parquet"):
        assert files.names("t/a") == [".b.parquet.lock"]


KILLED_WHILE_REPLACING = """
import os, signal
from datetime import timedelta
from pathlib import Path
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.tables import Tables

Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
Tables(Files(ROOT)).update(
    REPO_HISTORY, "a/b", lambda history: join_frames(REPO_HISTORY, [history, history])
)
"""


def test_a_process_killed_while_it_replaces_a_history_leaves_it_whole_and_unlocked(
    tmp_path: Path,
) -> None:
    tables = Tables(Files(str(tmp_path)))
    append_now(tables, statistics())
    process = start(KILLED_WHILE_REPLACING, ROOT=str(tmp_path))
    process.communicate()
    assert process.returncode == -9
    longer = append_now(tables, statistics(snapshot_at=NOW + HOUR, stars=4))
    assert longer is not None
    assert longer["stars"].tolist() == [1, 4]
    assert tables.repos(REPO_HISTORY) == ["a/b"]


def test_refreshes_add_the_rows_and_record_only_those(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name, REPO_STATS_MAX_AGE="0")
    first = run(settings)
    assert first.success
    recorded = materialisations(first, "repo_history")
    assert set(recorded) == {"acme/one", "acme/two"}
    event = recorded["acme/one"]
    assert event.metadata["dagster/partition_row_count"].value == 1
    assert event.tags is not None
    assert event.tags["dagster/data_version"] == event.metadata["content_hash"].value
    star(find_repository(simulator, ONE.full_name))
    second = run(settings)
    assert second.success
    assert set(materialisations(second, "repo_history")) == {"acme/one"}
    history = table(settings, "repo_history", ONE.full_name)
    assert history["stars"].diff().tolist()[1:] == [1]
    last = table(settings, "repo_statistics", ONE.full_name)
    pd.testing.assert_frame_equal(history.tail(1).reset_index(drop=True), last)
    third = run(settings_for(ONE.full_name, TWO.full_name))
    assert materialisations(third, "repo_history") == {}


def test_a_damaged_history_fails_the_step_with_its_name_and_holds_up_nothing_else(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name, REPO_STATS_MAX_AGE="0")
    assert run(settings).success
    file = Path(settings.warehouse) / "repo_history" / "acme" / "one.parquet"
    file.write_bytes(b"damaged")
    for name in settings.repos:
        star(find_repository(simulator, name))
    stars = {
        repo: table(settings, "repo_statistics", repo)["stars"].item() for repo in settings.repos
    }
    result = run(settings)
    assert not result.success
    assert failure(result).startswith(f"{file} is damaged")
    assert file.read_bytes() == b"damaged"
    for repo in settings.repos:
        assert table(settings, "repo_statistics", repo)["stars"].item() == stars[repo] + 1
    assert len(table(settings, "repo_history", TWO.full_name)) == 2


KILLED_BETWEEN = """
import os, signal
import dagster as dg
from repo_stats.definitions import build_defs
from repo_stats.defs.resources import github_resource
from repo_stats.config.settings import load_settings
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers import github as simulated

write = Tables.write

def write_or_die(tables, schema, *arguments):
    if schema is REPO_STATISTICS:
        os.kill(os.getpid(), signal.SIGKILL)
    write(tables, schema, *arguments)

Tables.write = write_or_die
world = World.of([generate_repository(Shape("acme/one", 30, 4))])
simulated.simulators[simulated.API_URL] = Simulator(world)
settings = load_settings(VARIABLES)
github = simulated.InProcessGitHub(**github_resource(settings).model_dump())
defs = build_defs(settings, github=github, executor=dg.in_process_executor)
defs.resolve_job_def("refresh_watchlist").execute_in_process()
"""


def test_what_a_run_killed_between_history_and_statistics_leaves_is_healed_by_the_next(
    run: Run, simulate: Simulate, settings_for: SettingsFor, tmp_path: Path
) -> None:
    simulate(ONE)
    settings = settings_for(ONE.full_name)
    variables = {
        "REPO_STATS_REPOS": ONE.full_name,
        "REPO_STATS_API_URL": settings.api_url,
        "REPO_STATS_WAREHOUSE": settings.warehouse,
    }
    process = start(KILLED_BETWEEN, VARIABLES=variables)
    process.communicate()
    assert process.returncode == -9
    before = table(settings, "repo_history", ONE.full_name)
    assert len(before) == 1
    assert not (tmp_path / "warehouse" / "repo_statistics").exists()
    assert run(settings).success
    after = table(settings, "repo_history", ONE.full_name)
    pd.testing.assert_frame_equal(after, before)
    pd.testing.assert_frame_equal(table(settings, "repo_statistics", ONE.full_name), before)


def test_materialised_by_hand_a_history_gets_the_stored_statistics_if_they_are_missing(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name, "acme/never-read")
    run(settings)
    file = Path(settings.warehouse) / "repo_history" / "acme" / "two.parquet"
    file.unlink()
    result = by_hand(settings, instance, ["repo_history"], *settings.repos)
    assert result.success
    recorded = materialisations(result, "repo_history")
    for repo in (ONE.full_name, TWO.full_name):
        assert len(table(settings, "repo_history", repo)) == 1
        assert recorded[repo].metadata["dagster/partition_row_count"].value == 1
    assert by_hand(settings, instance, ["repo_history"], TWO.full_name).success
    assert len(table(settings, "repo_history", TWO.full_name)) == 1


def test_materialised_by_hand_before_any_refresh_it_says_what_to_do(
    settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    result = by_hand(settings_for(ONE.full_name), instance, ["repo_history"], ONE.full_name)
    assert failure(result) == (
        "repo_statistics of acme/one has not been materialised yet; refresh acme/one first."
    )


def test_a_repository_that_took_over_a_name_gets_rows_beside_the_old_ones(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(ONE)
    settings = settings_for(ONE.full_name, REPO_STATS_MAX_AGE="0")
    run(settings)
    old = table(settings, "repo_history", ONE.full_name)
    simulator.schedule(Mutation(MutationKind.TAKE_OVER, 1, ONE.full_name))
    run(settings)
    assert run(settings, force=True).success
    history = table(settings, "repo_history", ONE.full_name)
    assert history["repo_id"].nunique() == 2
    pd.testing.assert_frame_equal(history.head(len(old)), old)
    assert of_current_repository(history)["repo_id"].item() != old["repo_id"].item()
