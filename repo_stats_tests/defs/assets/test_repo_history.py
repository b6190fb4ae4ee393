"""The asset `repo_history`: which rows refreshes and runs by hand add, and that none is lost."""

import os
import signal
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dagster as dg
import pandas as pd

from repo_stats.config.settings import Settings
from repo_stats.metrics.history import of_current_repository
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.stars import star
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS, TableSchema
from repo_stats.warehouse.states.repo_state import StoredFile
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import by_hand, failure, materialisations, table

ONE, TWO = Shape("acme/one", 30, 4), Shape("acme/two", 8, 2)


def test_refreshes_add_the_rows_and_record_only_those(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name, REPO_STATS_MAX_AGE="0")
    first = first_run(settings)
    assert first.success
    recorded = materialisations(first, "repo_history")
    assert set(recorded) == {"acme/one", "acme/two"}
    event = recorded["acme/one"]
    assert event.metadata["dagster/partition_row_count"].value == 1
    assert event.tags is not None
    assert event.tags["dagster/data_version"] == event.metadata["content_hash"].value
    star(find_repository(simulator, ONE.full_name), simulator.clock())
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
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name, REPO_STATS_MAX_AGE="0")
    assert first_run(settings).success
    file = Path(settings.warehouse) / "repo_history" / "acme" / "one.parquet"
    file.write_bytes(b"damaged")
    for name in settings.repos:
        star(find_repository(simulator, name), simulator.clock())
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


def refresh_and_die(run: Run, settings: Settings) -> None:
    """Refresh, and be killed when the statistics are to be written. For a process of its own."""
    write = Tables.write

    def write_or_die(tables: Tables, schema: TableSchema, *arguments: Any) -> StoredFile:
        if schema is REPO_STATISTICS:
            os.kill(os.getpid(), signal.SIGKILL)
        return write(tables, schema, *arguments)

    with patch.object(Tables, "write", write_or_die):
        run(settings, partition_key=ONE.full_name)


def test_what_a_run_killed_between_history_and_statistics_leaves_is_healed_by_the_next(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate(ONE)
    settings = settings_for(ONE.full_name)
    process = get_context("fork").Process(target=refresh_and_die, args=(run, settings))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    before = table(settings, "repo_history", ONE.full_name)
    assert len(before) == 1
    assert not (Path(settings.warehouse) / "repo_statistics").exists()
    assert run(settings).success
    after = table(settings, "repo_history", ONE.full_name)
    pd.testing.assert_frame_equal(after, before)
    pd.testing.assert_frame_equal(table(settings, "repo_statistics", ONE.full_name), before)


def test_materialised_by_hand_a_history_gets_the_stored_statistics_if_they_are_missing(
    first_run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name, "acme/never-read")
    first_run(settings)
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
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(ONE)
    settings = settings_for(ONE.full_name, REPO_STATS_MAX_AGE="0")
    first_run(settings)
    old = table(settings, "repo_history", ONE.full_name)
    simulator.schedule(Mutation(MutationKind.TAKE_OVER, 1, ONE.full_name))
    run(settings)
    assert run(settings, force=True).success
    history = table(settings, "repo_history", ONE.full_name)
    assert history["repo_id"].nunique() == 2
    pd.testing.assert_frame_equal(history.head(len(old)), old)
    [current] = of_current_repository(to_arrow(REPO_HISTORY, history))["repo_id"].to_pylist()
    assert current != old["repo_id"].item()
