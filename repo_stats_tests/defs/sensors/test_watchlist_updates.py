"""The sensor `watchlist_updates` reads lists in time, and reloads what has changed."""

import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs.sensors import watchlist_updates
from repo_stats.defs.sensors.new_repositories import read_attempts
from repo_stats.defs.sensors.watchlist_updates import describe_changes, find_failed
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.loading import load_watched
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import find_repository

NAME = "watchlist_updates"

NOTHING_NEW = (
    "The watchlist has not changed, and its lists are being read, or were within the hour."
)

Deploy = Callable[[], Deployment]


@pytest.fixture
def simulator(simulate: Simulate) -> Simulator:
    """An organisation of two repositories."""
    return simulate(Shape("acme/a", 0, 0, 0), Shape("acme/b", 0, 0, 0))


@pytest.fixture
def reloads(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The reloads that the sensor has asked for."""
    asked: list[object] = []

    def reload(context: object) -> bool:
        asked.append(context)
        return True

    monkeypatch.setattr(watchlist_updates, "reload_definitions", reload)
    return asked


@pytest.fixture
def deploy(instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deploy:
    """Load a deployment of the watchlist file as it is now."""
    monkeypatch.delenv("REPO_STATS_REPOS")
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", str(tmp_path / "warehouse"))
    monkeypatch.setenv("REPO_STATS_PULSE", "off")
    write(tmp_path, "[{org: acme}]")
    return lambda: Deployment(load_watched(), instance)


def write(folder: Path, repos: str) -> None:
    (folder / "watchlist.yaml").write_text(f"repos: {repos}")


def test_new_repositories_enter_and_others_leave_without_a_hand(
    simulator: Simulator, deploy: Deploy, reloads: list[object]
) -> None:
    first = deploy()
    [read] = first.run(first.tick(NAME))
    assert read.success
    assert first.tick(NAME) == (
        "The watchlist has changed (acme/a, acme/b added): the definitions were loaded anew."
    )
    assert len(reloads) == 1
    assert [key.partition(" ")[0] for key in first.done] == ["lists"]
    second = deploy()
    assert second.settings.repos == ("acme/a", "acme/b")
    assert second.tick(NAME) == NOTHING_NEW
    [refreshed] = second.run(second.tick("new_repositories"))
    assert refreshed.success
    find_repository(simulator, "acme/b").object["archived"] = True
    second.clock = lambda: datetime.now(timezone.utc).timestamp() + 3601
    third = Deployment(second.settings, second.instance, second.clock)
    third.run(third.tick(NAME))
    assert third.tick(NAME) == (
        "The watchlist has changed (acme/b removed): the definitions were loaded anew."
    )


def test_a_changed_file_is_taken_over_and_a_broken_one_is_not(
    simulator: Simulator, deploy: Deploy, reloads: list[object], tmp_path: Path
) -> None:
    write(tmp_path, "[x/y]")
    deployment = deploy()
    assert deployment.tick(NAME) == "The watchlist has not changed, and names no list."
    write(tmp_path, "[x/y, no repository]")
    assert "'no repository' is not a repository name" in str(deployment.tick(NAME))
    assert reloads == []
    write(tmp_path, "[{repo: x/y, history: true}]")
    assert deployment.tick(NAME) == (
        "The watchlist has changed (its order or its marks): the definitions were loaded anew."
    )
    assert len(reloads) == 1
    assert simulator.log == []


def test_where_nobody_can_reload_it_says_what_to_do(
    simulator: Simulator, deploy: Deploy, tmp_path: Path
) -> None:
    write(tmp_path, "[x/y]")
    deployment = deploy()
    write(tmp_path, "[x/z]")
    assert deployment.tick(NAME) == (
        "The watchlist has changed (x/z added, x/y removed): the daemon takes it over within a "
        "minute. Where the UI does not show it, reload the definitions with the button on the page "
        "Deployment."
    )


@pytest.mark.parametrize(("max_age", "min_refresh"), [("100", "600"), ("600", "100")])
def test_lists_are_read_when_they_are_older_than_both_settings(
    simulator: Simulator,
    deploy: Deploy,
    reloads: list[object],
    monkeypatch: pytest.MonkeyPatch,
    max_age: str,
    min_refresh: str,
) -> None:
    monkeypatch.setenv("REPO_STATS_MAX_AGE", max_age)
    monkeypatch.setenv("REPO_STATS_MIN_REFRESH", min_refresh)
    first = deploy()
    first.run(first.tick(NAME))
    now = datetime.now(timezone.utc).timestamp()

    def tick_after(seconds: float) -> list[dg.RunRequest] | str:
        return Deployment(load_watched(), first.instance, lambda: now + seconds).tick(NAME)

    assert tick_after(590) == NOTHING_NEW
    assert isinstance(tick_after(610), list)


def test_a_setting_that_is_wrong_now_is_said(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deploy()
    monkeypatch.setenv("REPO_STATS_MAX_AGE", "soon")
    assert "REPO_STATS_MAX_AGE is 'soon'" in str(deployment.tick(NAME))


def test_a_list_is_not_read_twice_at_once(simulator: Simulator, deploy: Deploy) -> None:
    deployment = deploy()
    job = deployment.defs.resolve_job_def("resolve_watchlist")
    deployment.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert deployment.tick(NAME) == NOTHING_NEW


def test_a_list_that_cannot_be_read_is_tried_less_and_less_often(
    simulator: Simulator, deploy: Deploy
) -> None:
    simulator.world.repositories.clear()
    deployment = deploy()
    [result] = deployment.run(deployment.tick(NAME))
    assert not result.success
    assert deployment.tick(NAME) == "A list could not be read, and will be tried again."
    [(count, at)] = read_attempts(deployment.cursors[NAME]).values()
    assert count == 1
    deployment.cursors[NAME] = json.dumps({"lists": [1, at - 121]})
    requests = deployment.tick(NAME)
    assert isinstance(requests, list)
    [request] = requests
    assert (request.job_name, request.tags["repo_stats/reason"]) == (
        "resolve_watchlist",
        "lists of the watchlist",
    )
    assert [count for count, _ in read_attempts(deployment.cursors[NAME]).values()] == [2]


def test_an_attempt_counts_as_failed_only_if_a_list_is_older_than_it() -> None:
    tried = {"lists": (3, 1000.0)}
    before, after = (datetime.fromtimestamp(at, timezone.utc) for at in (999, 1000))
    assert find_failed(tried, [after]) == {}
    assert find_failed(tried, []) == {}
    assert find_failed(tried, [after, before]) == tried
    assert find_failed(tried, [None]) == tried
    assert find_failed({}, [None]) == {}


def test_a_warehouse_that_cannot_be_read_is_said(
    simulator: Simulator, deploy: Deploy, reloads: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise WarehouseError("The disk is broken.")

    deployment = deploy()
    monkeypatch.setattr(Tables, "find_kept_rows", fail)
    assert deployment.tick(NAME) == "The disk is broken."
    assert reloads == []


@pytest.mark.parametrize(
    ("repos", "histories", "changes"),
    [
        (("a/a", "b/b"), (), None),
        (("a/a", "b/b", "c/c"), (), "c/c added"),
        (("b/b",), (), "a/a removed"),
        (("c/c",), (), "c/c added, a/a, b/b removed"),
        (("b/b", "a/a"), (), "its order or its marks"),
        (("a/a", "b/b"), ("a/a",), "its order or its marks"),
    ],
)
def test_what_has_changed_is_named(
    repos: tuple[str, ...],
    histories: tuple[str, ...],
    changes: str | None,
    settings_for: Callable[..., Settings],
) -> None:
    loaded = settings_for("a/a", "b/b")
    current = loaded.model_copy(update={"repos": repos, "history_repos": histories})
    assert describe_changes(loaded, current) == changes


def test_a_changed_list_of_bots_is_taken_over_too(settings_for: Callable[..., Settings]) -> None:
    loaded, current = settings_for("a/a"), settings_for("a/a", REPO_STATS_BOTS="acme-*")
    assert describe_changes(loaded, current) == "its bots"
    more = current.model_copy(update={"repos": ("a/a", "b/b")})
    assert describe_changes(loaded, more) == "b/b added"
