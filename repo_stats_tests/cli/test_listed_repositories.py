"""Commands over what the watchlist's lists bring in, from nothing and again."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from repo_stats.cli.errors import JobError
from repo_stats.cli.listed_repositories import read_lists, take_lists_as_stored
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.chart_scripts import store_chart_script
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.preloaded import Command

SHAPES = (Shape("acme/a", 3, 2), Shape("acme/b", 3, 2, is_fork=True), Shape("ada/x", 3, 2))


@pytest.fixture
def simulator(
    tmp_path: Path, serve: Callable[[Simulator], str], monkeypatch: pytest.MonkeyPatch
) -> Simulator:
    """A GitHub on a socket, and a watchlist of one of its organisations."""
    simulator = Simulator(World.of(map(generated, SHAPES)))
    monkeypatch.setenv("REPO_STATS_API_URL", serve(simulator))
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", str(tmp_path / "warehouse"))
    monkeypatch.setenv("REPO_STATS_READ_LISTS", "on")  # commands switch it off
    watch(tmp_path, "{org: acme}")
    return simulator


def watch(folder: Path, *entries: str) -> None:
    (folder / "watchlist.yaml").write_text(f"repos: [{', '.join(entries)}]")


def test_one_run_of_the_job_refreshes_an_organisation_from_nothing(
    tmp_path: Path, simulator: Simulator
) -> None:
    store_chart_script(tmp_path / "warehouse")
    job = ("job", "execute", "-m", "repo_stats.definitions", "-j", "refresh_watchlist")
    with Command(tmp_path, "-m", "dagster", *job) as command:
        _, errors = command.communicate()
        assert command.returncode == 0, errors
    assert Tables(Files(str(tmp_path / "warehouse"))).repos(REPO_STATISTICS) == ["acme/a"]


def test_lists_are_read_before_a_refresh_if_they_are_old_or_it_is_forced(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_lists(force=False).repos == ("acme/a",)
    monkeypatch.setenv("REPO_STATS_READ_LISTS", "on")
    assert read_lists(force=False).repos == ("acme/a",)
    assert len(simulator.log) == 1
    monkeypatch.setenv("REPO_STATS_READ_LISTS", "on")
    assert read_lists(force=True).repos == ("acme/a",)
    assert len(simulator.log) == 2
    assert os.environ["REPO_STATS_READ_LISTS"] == "off"


def test_a_command_without_requests_takes_lists_as_they_are_stored(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPO_STATS_MAX_AGE", "0")
    take_lists_as_stored()
    with pytest.raises(JobError, match=r"The list of org: acme was not read"):
        read_lists(force=True)
    assert simulator.log == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{org: nobody}", "GitHub does not know the organisation nobody"),
        ("{org: acme, min_stars: 900}", "brings in none of its repositories"),
        ("{installation: true}", "There is no GitHub App whose installation has repositories"),
    ],
)
def test_an_entry_that_brings_in_nothing_is_named_with_its_line(
    tmp_path: Path,
    simulator: Simulator,
    entry: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    watch(tmp_path, entry)
    with pytest.raises(JobError, match=r"^Nothing is watched: watchlist.yaml, line 1: "):
        read_lists(force=False)
    warned = " ".join(capsys.readouterr().err.split())
    assert warned.startswith("Warning: watchlist.yaml, line 1: ")
    assert said in warned


def test_an_odd_entry_is_warned_of_beside_what_is_watched(
    tmp_path: Path, simulator: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    watch(tmp_path, "x/y", "{org: nobody}")
    unread: list[str] = []
    assert read_lists(force=False, unread=unread).repos == ("x/y",)
    [sentence] = unread
    assert sentence.startswith("watchlist.yaml, line 1: GitHub does not know the organisation")
    assert "does not know the organisation nobody" in " ".join(capsys.readouterr().err.split())


def test_an_odd_entry_whose_list_could_be_read_does_not_count_as_unread(
    tmp_path: Path, simulator: Simulator
) -> None:
    watch(tmp_path, "x/y", "{org: acme, min_stars: 900}")
    unread: list[str] = []
    assert read_lists(force=False, unread=unread).repos == ("x/y",)
    assert unread == []


def test_without_lists_nothing_is_read(tmp_path: Path, simulator: Simulator) -> None:
    watch(tmp_path, "x/y")
    assert read_lists(force=True).repos == ("x/y",)
    assert simulator.log == []
    assert os.environ["REPO_STATS_READ_LISTS"] == "on"
