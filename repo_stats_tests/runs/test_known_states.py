"""What is known between refreshes: users see it, and nothing is lost or wrong without it."""

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
import time_machine
from click.testing import CliRunner

import repo_stats
from repo_stats.cli.commands import main
from repo_stats.report.data import read_report
from repo_stats.simulator.stars import star
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.states.listed_files import adopt_files
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.pulsed import Pulsed
from repo_stats_tests.helpers.runs import failure, table
from repo_stats_tests.helpers.simulated_graphql import NAMES, SHAPES

TABLES = ("repo_metadata", "open_issues", "issues_per_user", "repo_statistics")


@pytest.fixture
def pulsed(
    simulate: Simulate,
    settings_for: SettingsFor,
    run: Run,
    first_run: Run,
    instance: dg.DagsterInstance,
) -> Pulsed:
    """Four repositories that were read once."""
    settings = settings_for(*NAMES, REPO_STATS_MAX_AGE="0", REPO_STATS_PULSE="on")
    pulsed = Pulsed(simulate(*SHAPES), settings, run, instance)
    assert first_run(pulsed.settings).success
    return pulsed


def stored(pulsed: Pulsed) -> dict[str, bytes]:
    """The files of all tables of repositories."""
    root = Path(pulsed.settings.warehouse)
    return {str(f): f.read_bytes() for name in TABLES for f in (root / name).rglob("*.parquet")}


def test_users_see_until_when_unchanged_numbers_are_known_to_hold_although_no_file_is_written(
    pulsed: Pulsed,
) -> None:
    first = pulsed.row("repo_statistics", "acme/b")["snapshot_at"]
    before = stored(pulsed)
    with time_machine.travel(first + timedelta(minutes=50)):
        assert pulsed.refresh().success
        assert pulsed.count() == {"queries": 1, "objects": 0, "lists": 0}
    assert stored(pulsed) == before
    seen = pulsed.row("repo_statistics", "acme/b")["snapshot_at"]
    assert timedelta(minutes=50) <= seen - first < timedelta(minutes=51)
    assert pulsed.row("repo_metadata", "acme/b")["validated_at"] == seen
    warehouse = pulsed.settings.warehouse
    with repo_stats.connect(warehouse) as connection:
        for name, column in (("repo_statistics", "snapshot_at"), ("repo_metadata", "validated_at")):
            query = f"SELECT {column} FROM {name} WHERE repo = 'acme/b'"  # noqa: S608 - our names
            assert connection.sql(query).fetchall() == [(seen,)]
    report = read_report(Tables(Files(warehouse)), "acme/b", None, seen)
    assert report.numbers["snapshot_at"] == seen
    assert table(pulsed.settings, "repo_statistics", "acme/b")["snapshot_at"].item() == first


def states_of(pulsed: Pulsed) -> Path:
    """The only file of what is known."""
    [file] = Path(pulsed.settings.warehouse, "repo_states").glob("*.parquet")
    return file


def lose(pulsed: Pulsed) -> None:
    states_of(pulsed).unlink()


def damage(pulsed: Pulsed) -> None:
    file = states_of(pulsed)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)


@pytest.mark.parametrize("spoil", [long(lose), damage])
def test_what_is_known_is_made_again_from_the_tables_if_it_is_lost(
    pulsed: Pulsed, spoil: Callable[[Pulsed], None]
) -> None:
    spoil(pulsed)
    assert pulsed.row("repo_statistics", "acme/b")["open_items"] == 6
    pulsed.close_one("acme/b")
    assert pulsed.refresh().success
    pulsed.require_true_tables()
    assert pulsed.refresh().success
    assert pulsed.count() == {"queries": 1, "objects": 0, "lists": 0}
    states = StateIndex(Files(pulsed.settings.warehouse)).read()
    assert list(states) == NAMES
    assert states["acme/b"].snapshot_at == pulsed.row("repo_statistics", "acme/b")["snapshot_at"]


def remove(file: Path, old: bytes) -> None:
    file.unlink()


def put_back(file: Path, old: bytes) -> None:
    """Put a copy back, with the time at which it was made."""
    file.write_bytes(old)
    os.utime(file, (1, 1))


def touch(file: Path, old: bytes) -> None:
    os.utime(file)


@pytest.mark.parametrize("change", [long(remove), put_back, long(touch)])
def test_a_file_that_others_removed_or_replaced_is_noticed_and_made_again(
    pulsed: Pulsed, change: Callable[[Path, bytes], None]
) -> None:
    root = Path(pulsed.settings.warehouse)
    files = [root / name / f"{repo}.parquet" for name, repo in zip(TABLES, NAMES, strict=True)]
    old = [file.read_bytes() for file in files]
    for repo in NAMES:
        star(find_repository(pulsed.simulator, repo), pulsed.simulator.clock())
        pulsed.close_one(repo)
    assert pulsed.refresh().success
    for file, content in zip(files, old, strict=True):
        change(file, content)
    assert pulsed.refresh().success
    pulsed.require_true_tables()
    for repo in NAMES:
        assert len(table(pulsed.settings, "open_issues", repo)) == 5
        assert table(pulsed.settings, "issues_per_user", repo)["open_items"].sum() == 5
    assert pulsed.refresh().success
    assert pulsed.count() == {"queries": 1, "objects": 0, "lists": 0}


def copy_all(pulsed: Pulsed) -> None:
    """Replace every file by a copy of it, as a restored warehouse has them."""
    for file in Path(pulsed.settings.warehouse).rglob("*.parquet"):
        content = file.read_bytes()
        file.unlink()
        (file.parent / "beside").touch()  # so that the copy gets another place on the disk
        file.write_bytes(content)
        (file.parent / "beside").unlink()


def test_a_copied_warehouse_costs_no_more_than_the_original_once_its_files_are_adopted(
    pulsed: Pulsed,
) -> None:
    copy_all(pulsed)
    result = CliRunner().invoke(
        main, ["adopt"], env={"REPO_STATS_WAREHOUSE": pulsed.settings.warehouse}
    )
    assert result.output == "The files of 4 repositories are known again.\n"
    pulsed.close_one("acme/b")
    assert pulsed.refresh().success
    assert pulsed.count() == {"queries": 1, "objects": 0, "lists": 1}
    pulsed.require_true_tables()


def test_a_file_of_another_content_is_not_adopted(pulsed: Pulsed) -> None:
    root = Path(pulsed.settings.warehouse)
    file = root / "open_issues" / "acme" / "b.parquet"
    old = file.read_bytes()
    pulsed.close_one("acme/b")
    assert pulsed.refresh().success
    copy_all(pulsed)
    file.write_bytes(old)
    assert len(adopt_files(Tables(Files(str(root))))) == 4  # the other files of acme/b, too
    assert pulsed.refresh().success
    assert pulsed.count()["lists"] > 0
    pulsed.require_true_tables()
    assert adopt_files(Tables(Files(str(root)))) == []


@pytest.mark.parametrize("failing", [*map(long, range(len(TABLES) - 1)), len(TABLES) - 1])
def test_a_run_that_ends_between_the_files_of_a_step_and_what_is_known_of_them_loses_nothing(
    pulsed: Pulsed, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    update, steps = StateIndex.update, iter(range(failing, -1, -1))

    def end(index: StateIndex, states: Mapping[str, RepoState]) -> None:
        if next(steps) == 0:
            raise WarehouseError("The disk is full.")
        update(index, states)

    pulsed.close_one("acme/b")
    with monkeypatch.context() as patch:
        patch.setattr(StateIndex, "update", end)
        assert failure(pulsed.refresh()) == "The disk is full."
    assert pulsed.refresh().success
    pulsed.require_true_tables()
    assert len(table(pulsed.settings, "open_issues", "acme/b")) == 5
    assert pulsed.refresh().success
    assert pulsed.count() == {"queries": 1, "objects": 0, "lists": 0}


def test_a_list_that_was_read_while_the_clock_was_ahead_is_read_again(pulsed: Pulsed) -> None:
    now = pulsed.row("repo_statistics", "acme/b")["snapshot_at"]
    with time_machine.travel(now + timedelta(days=30)):
        assert pulsed.refresh().success
    pulsed.close_one("acme/b")
    with time_machine.travel(now + timedelta(minutes=5)):
        assert pulsed.refresh().success
        assert pulsed.count()["lists"] >= 1
        pulsed.require_true_tables()
        assert pulsed.row("repo_statistics", "acme/b")["snapshot_at"] < now + timedelta(minutes=6)
        assert pulsed.refresh().success
        assert pulsed.count() == {"queries": 1, "objects": 0, "lists": 0}
