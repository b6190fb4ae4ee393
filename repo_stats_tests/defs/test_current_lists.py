"""Definitions are loaded with what the watchlist's lists have now, or had last."""

import logging
from pathlib import Path

import pytest

from repo_stats.config.settings import load_settings, load_watchlist
from repo_stats.config.watchlist import Watchlist
from repo_stats.defs import current_lists
from repo_stats.defs.current_lists import has_old_lists, load_current, read_old_lists
from repo_stats.defs.resources import github_resource
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import WarehouseError
from repo_stats.watching.stored_lists import StoredLists
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import HastyGitHub, find_repository

LOG = logging.getLogger("load")

SHAPES = (Shape("acme/a", 0, 0, 0), Shape("acme/b", 0, 0, 0))


@pytest.fixture
def simulator(simulate: Simulate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """An organisation of two repositories, which the watchlist names."""
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", str(tmp_path / "warehouse"))
    (tmp_path / "watchlist.yaml").write_text("repos: [{org: acme}]")
    monkeypatch.setattr(
        "repo_stats.defs.resources.github_resource",
        lambda settings: HastyGitHub(**github_resource(settings).model_dump()),
    )
    return simulate(*SHAPES)


def test_a_list_is_read_when_it_is_too_old_and_only_then(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_current(LOG).repos == ("acme/a", "acme/b")
    assert load_current(LOG).repos == ("acme/a", "acme/b")
    assert len(simulator.log) == 1
    find_repository(simulator, "acme/b").object["archived"] = True
    assert load_current(LOG).repos == ("acme/a", "acme/b")
    monkeypatch.setenv("REPO_STATS_MAX_AGE", "0")
    assert load_current(LOG).repos == ("acme/a",)
    assert len(simulator.log) == 2


def test_a_command_can_be_told_to_read_no_list(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPO_STATS_READ_LISTS", "off")
    assert load_current(LOG).repos == ()
    assert simulator.log == []


def test_whether_a_list_is_old_is_known_without_a_request(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    watchlist = load_watchlist()
    assert has_old_lists(load_settings(), watchlist)
    load_current(LOG)
    assert not has_old_lists(load_settings(), watchlist)
    monkeypatch.setenv("REPO_STATS_MAX_AGE", "0")
    assert has_old_lists(load_settings(), watchlist)
    assert not has_old_lists(load_settings(), Watchlist(("x/y",)))
    assert len(simulator.log) == 1


def test_a_warehouse_that_cannot_be_written_is_said_and_what_is_stored_counts(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise WarehouseError("The disk is full.")

    load_current(LOG)
    monkeypatch.setenv("REPO_STATS_MAX_AGE", "0")
    monkeypatch.setattr(StoredLists, "write_lists", fail)
    assert load_current(LOG).repos == ("acme/a", "acme/b")
    assert caplog.messages == ["The disk is full."]


def test_all_lists_are_read_if_that_is_forced(simulator: Simulator) -> None:
    load_current(LOG)
    read_old_lists(load_settings(), load_watchlist(), LOG)
    assert len(simulator.log) == 1
    read_old_lists(load_settings(), load_watchlist(), LOG, force=True)
    assert len(simulator.log) == 2


def test_a_list_that_cannot_be_read_counts_as_it_was_and_its_age_is_told(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    load_current(LOG)
    monkeypatch.setenv("REPO_STATS_MAX_AGE", "0")
    simulator.world.repositories.clear()
    assert load_current(LOG).repos == ("acme/a", "acme/b")
    [said] = caplog.messages
    assert said.startswith("watchlist.yaml, line 1: ")
    assert "it was last read at 20" in said
    assert said.endswith("the 2 repositories that it has brought in before stay.")


def test_definitions_load_although_nothing_could_be_read(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.world.repositories.clear()
    assert load_current(LOG).repos == ()
    [said] = caplog.messages
    assert said.endswith("it was never read before; it brings in nothing.")


def test_a_list_that_takes_too_long_is_not_waited_for(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(current_lists, "MOST_SECONDS", 0.0)
    assert load_current(LOG).repos == ()
    assert "The organisation acme could not be read within 0 s" in caplog.text
