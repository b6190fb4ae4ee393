"""The parts of a tick of `repo_activity`: what it looks at, what it polls, and what it keeps."""

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from repo_stats.defs.resources import GitHubResource, github_resource
from repo_stats.defs.sensors import repo_activity
from repo_stats.defs.sensors.repo_activity import Found, Tick
from repo_stats.github import activity
from repo_stats.github.activity import ActivityState
from repo_stats.github.errors import RateLimitedError
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_METADATA
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.sensors.watched import REPOS
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.github import HastyGitHub, find_repository
from repo_stats_tests.helpers.pulse_reader import known_to, read
from repo_stats_tests.helpers.rows import NOW, metadata
from repo_stats_tests.helpers.states import state_of, voucher_of
from repo_stats_tests.helpers.step_context import KeptLog

AT = NOW.timestamp()

QUIET = ActivityState("7 2026-09-01T12:00:00Z", "e", "t", 1.0)

CHANGED = replace(QUIET, changed_at=1.0)

RESTS = replace(QUIET, rests_until=0.5)

UNVOUCHED = replace(QUIET, newest="")


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(Files(str(tmp_path / "w")))


class Connected(HastyGitHub):
    """A GitHub that keeps how many connections to it were closed."""

    def transport(self) -> httpx.AsyncBaseTransport:
        inner = super().transport()

        class Transport(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                return await inner.handle_async_request(request)

            async def aclose(self) -> None:
                closed.append("a connection")

        return Transport()


closed: list[str] = []


def tick_of(
    settings_for: SettingsFor, tables: Any, *watchlist: str, pulse: str = "on", log: Any = None
) -> Tick:
    settings = settings_for(*REPOS, REPO_STATS_PULSE=pulse, REPO_STATS_IN_FLIGHT="1")
    github: GitHubResource = Connected(**github_resource(settings).model_dump())
    log = log or logging.getLogger()
    return Tick(log, github, tables, watchlist or REPOS, lambda: AT, AT)


def store_states(simulator: Simulator, tables: Tables, *repos: str) -> dict[str, RepoState]:
    """Store what a refresh by pulses leaves of some repositories, an hour ago."""
    pulses, _ = read(simulator, known_to(simulator))
    long_ago = NOW - timedelta(hours=1)
    states = {}
    for repo in repos:
        found = find_repository(simulator, repo)
        pulse = replace(pulses.readings[repo].pulse, asked_at=long_ago)
        states[repo] = state_of(
            repo,
            repo_id=found.id,
            node_id=found.object["node_id"],
            pulse=pulse,
            voucher=voucher_of(pulse),
            read_at=long_ago,
        )
    StateIndex(tables.files).update(states)
    simulator.log.clear()
    return states


def store_rows(simulator: Simulator, tables: Tables, *repos: str) -> None:
    for repo in repos:
        row = metadata(repo, repo_id=find_repository(simulator, repo).id)
        tables.write(REPO_METADATA, repo, row)


def test_a_look_leaves_to_be_polled_what_no_pulse_tells_of(
    simulator: Simulator, tables: Tables, settings_for: SettingsFor
) -> None:
    states = store_states(simulator, tables, *REPOS[:3])
    changes = {
        "acme/r1": replace(states["acme/r1"], node_id="R_of_none"),
        "acme/r2": replace(states["acme/r2"], pulse=None),
    }
    StateIndex(tables.files).update(changes)
    found = tick_of(settings_for, tables).look({}, ())
    assert found == Found({}, {}, {"acme/r0"}, quiet=1)
    [sent] = simulator.log
    assert len(sent.variables["ids"]) == 2


def test_what_is_being_refreshed_is_neither_looked_at_nor_polled(
    simulator: Simulator, tables: Tables, settings_for: SettingsFor
) -> None:
    store_states(simulator, tables, *REPOS)
    found = tick_of(settings_for, tables).look({}, REPOS[1:])
    assert found == Found({}, {}, set(REPOS), quiet=1)
    assert [len(sent.variables["ids"]) for sent in simulator.log] == [1]


@pytest.mark.parametrize("pulse", ["on", "off"])
def test_what_left_the_watchlist_is_forgotten(
    simulator: Simulator, tables: Tables, settings_for: SettingsFor, pulse: str
) -> None:
    store_states(simulator, tables, "acme/r0")
    known = {"acme/r3": CHANGED, "a/left": CHANGED, "b/ahead": replace(CHANGED, polled_at=AT * 2)}
    tick = tick_of(settings_for, tables, "acme/r3", "b/ahead", pulse=pulse)
    kept = {"acme/r3": CHANGED, "b/ahead": replace(CHANGED, polled_at=0.0)}
    assert tick.look(known, ()) == Found(kept, kept)
    assert simulator.log == []


def test_without_pulses_all_are_left_to_be_polled(
    simulator: Simulator, tables: Tables, settings_for: SettingsFor
) -> None:
    store_states(simulator, tables, *REPOS)
    found = tick_of(settings_for, tables, pulse="off").look({"acme/r0": QUIET}, ())
    assert found == Found({"acme/r0": QUIET}, {"acme/r0": QUIET})
    assert simulator.log == []


@pytest.mark.parametrize(
    ("state", "is_kept"),
    [(QUIET, False), (CHANGED, True), (RESTS, True), (UNVOUCHED, True)],
)
def test_a_cursor_keeps_nothing_of_a_quiet_repository_that_pulses_tell_of(
    simulator: Simulator,
    tables: Tables,
    settings_for: SettingsFor,
    state: ActivityState,
    is_kept: bool,
) -> None:
    states = store_states(simulator, tables, *REPOS)
    StateIndex(tables.files).update({"acme/r1": replace(states["acme/r1"], pulse=None)})
    tick = tick_of(settings_for, tables)
    found = tick.look({"acme/r0": state, "acme/r1": state}, ["acme/r0"])
    assert ("acme/r0" in found.states) is is_kept
    assert "acme/r1" in found.states, "it is polled, and so compared with what was known"


def test_a_limit_is_never_waited_for_in_a_tick(
    simulator: Simulator, tables: Tables, settings_for: SettingsFor
) -> None:
    store_states(simulator, tables, *REPOS)
    store_rows(simulator, tables, *REPOS)
    simulator.inject(Fault(FaultKind.RETRY_AFTER, 1))
    tick = tick_of(settings_for, tables)
    closed.clear()
    found = tick.look({}, ())
    assert (set(found.read), len(simulator.log)) == (set(), 1)
    simulator.inject(Fault(FaultKind.RETRY_AFTER, 1))
    polled, after = tick.poll(found)
    assert type(polled.refusal) is RateLimitedError
    assert (after.states, len(simulator.log)) == ({}, 2)
    assert closed == ["a connection"] * 2


def test_after_a_refusal_nothing_is_polled_and_nothing_is_forgotten(
    simulator: Simulator, tables: Tables, settings_for: SettingsFor
) -> None:
    store_rows(simulator, tables, *REPOS)
    refusal = RateLimitedError("Wait.", seconds=9)
    found = Found({"a/b": CHANGED}, {"a/b": CHANGED}, refusal=refusal)
    polled, after = tick_of(settings_for, tables).poll(found)
    assert (polled.refusal, polled.states, polled.errors) == (refusal, {}, {})
    assert (after, simulator.log) == (found, [])


def test_only_what_was_refreshed_before_takes_a_place_among_the_polls(
    simulator: Simulator,
    tables: Tables,
    settings_for: SettingsFor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repo_activity, "MOST_POLLS", 1)
    store_rows(simulator, tables, "acme/r1", "acme/r2")
    known = {"acme/r0": QUIET, "acme/r1": replace(QUIET, polled_at=3.0)}
    found = Found({**known, "acme/r2": QUIET}, {}, ["acme/r2"])
    _, after = tick_of(settings_for, tables).poll(found)
    assert [request.target.split("?")[0] for request in simulator.log] == [
        f"/repositories/{find_repository(simulator, 'acme/r1').id}/issues"
    ]
    assert after.known == found.states
    assert after.states["acme/r1"].changed_at == AT
    assert after.states["acme/r0"] == QUIET


def test_where_pulses_tell_of_all_no_folder_is_listed(
    simulator: Simulator, settings_for: SettingsFor
) -> None:
    unread: Any = SimpleNamespace()  # it has nothing to list
    found = Found({}, {}, REPOS, quiet=4)
    polled, after = tick_of(settings_for, unread).poll(found)
    assert (polled.states, after, simulator.log) == ({}, found, [])


def test_the_cause_of_an_unforeseen_error_is_in_the_log(
    simulator: Simulator,
    tables: Tables,
    settings_for: SettingsFor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setattr(activity, "_describe_newest", fail)
    store_rows(simulator, tables, "acme/r1")
    log = KeptLog()
    polled, _ = tick_of(settings_for, tables, log=log).poll(Found({}, {}))
    assert list(polled.errors) == ["acme/r1"]
    [cause] = log.of("debug")
    assert "ZeroDivisionError: nobody thought of this" in cause
