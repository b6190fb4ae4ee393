"""What a refresh by pulses costs, counted in requests, files and events."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dagster as dg
import pytest

from repo_stats.cli.stored_numbers import compare_numbers, find_numbers
from repo_stats.config.settings import Settings
from repo_stats.defs.steps import refresh_scope
from repo_stats.simulator.changes import close_issue, find_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats.simulator.world import is_open
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.runs.test_costs import count_events


@dataclass
class Used:
    """The files that were read and written, by the folder that they are in."""

    read: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)


@contextmanager
def counted() -> Iterator[Used]:
    used, patch = Used(), pytest.MonkeyPatch()
    read, write = Files.read, Files.write

    def count_read(self: Files, path: str) -> bytes | None:
        content = read(self, path)
        used.read[path.partition("/")[0]] += content is not None
        return content

    def count_write(self: Files, path: str, content: bytes) -> str:
        used.written[path.partition("/")[0]] += 1
        return write(self, path, content)

    patch.setattr(Files, "read", count_read)
    patch.setattr(Files, "write", count_write)
    try:
        yield used
    finally:
        patch.undo()


class Watched:
    """Repositories that were refreshed by pulses, and can be again."""

    def __init__(
        self, simulate: Simulate, settings_for: SettingsFor, run: Run, first_run: Run, count: int
    ) -> None:
        shapes = [Shape(f"acme/r{number:02d}", 3, 2) for number in range(count)]
        self.names = [shape.full_name for shape in shapes]
        self.simulator: Simulator = simulate(*shapes)
        limits = {"REPO_STATS_MAX_AGE": "0", "REPO_STATS_FETCH_STEPS": "1"}
        self.settings: Settings = settings_for(*self.names, REPO_STATS_PULSE="on", **limits)
        self.files = Files(self.settings.warehouse)
        self._run = run
        assert first_run(self.settings).success

    def refresh(self) -> dg.ExecuteInProcessResult:
        self.simulator.log.clear()
        return self._run(self.settings)

    def close_one(self, name: str) -> None:
        """Close an item of a repository."""
        repository = self.simulator.world.find(name)
        assert repository is not None
        number = next(issue["number"] for issue in repository.issues if is_open(issue))
        assert find_issue(repository, number)
        close_issue(repository, number, self.simulator.clock())

    @property
    def asked(self) -> Counter[str]:
        """How many queries were sent, and how many requests to the REST API."""
        return Counter("query" if r.points else "request" for r in self.simulator.log)


@pytest.fixture
def watched(simulate: Simulate, settings_for: SettingsFor, run: Run, first_run: Run) -> Watched:
    """A dozen repositories: of so many, not each is shown in a quiet refresh."""
    return Watched(simulate, settings_for, run, first_run, 12)


def test_a_dozen_quiet_repositories_cost_one_query_and_no_file_and_no_event_of_their_own(
    watched: Watched, instance: dg.DagsterInstance
) -> None:
    with counted() as used:
        result = watched.refresh()
    assert watched.asked == Counter(query=1)
    assert sum(request.points for request in watched.simulator.log) == 1
    assert set(used.written) == {"repo_states"}
    # Of the tables, only the rows of the one repository whose turn it is to be recorded.
    assert {folder: n for folder, n in used.read.items() if folder != "repo_states"} == {
        "repo_metadata": 3,
        "open_issues": 2,
        "issues_per_user": 1,
        "repo_history": 1,
    }
    events = count_events(instance, result.run_id)
    assert events["ASSET_MATERIALIZATION"] == 4
    assert events["ASSET_OBSERVATION"] == 0


def test_a_refresh_asks_and_writes_and_compares_only_the_repository_that_changed(
    watched: Watched,
) -> None:
    with counted() as used:
        before = find_numbers(watched.files, watched.names)
    assert set(used.read) <= {"repo_states"}  # it is read again only if somebody wrote it
    watched.close_one("acme/r04")
    with counted() as used:
        assert watched.refresh().success
    assert watched.asked["query"] == 1
    assert watched.asked["request"] <= 2
    assert used.written["open_issues"] == used.written["repo_statistics"] == 1
    assert used.written["repo_history"] == 1
    with counted() as used:
        compared = compare_numbers(watched.files, before, watched.names)
    assert used.read["repo_statistics"] == used.read["repo_history"] == 1
    rows = compared.rows_before["acme/r04"], compared.rows_now["acme/r04"]
    assert [row["open_items"] for row in rows] == [3, 2]
    fates = Counter(compared.find_fate(repo, failed=False).value for repo in watched.names)
    assert fates == Counter(unchanged=11, changed=1)


def test_a_repository_that_could_not_be_read_and_is_quiet_now_is_no_longer_stale(
    simulate: Simulate, settings_for: SettingsFor, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_scope, "choose_in_turn", lambda *_: set[str]())
    watched = Watched(simulate, settings_for, run, run, 2)
    repository = watched.simulator.world.find("acme/r01")
    assert repository is not None
    repository.trouble = Trouble.BLOCKED
    watched.refresh()
    failures = RefreshFailures(watched.files)
    assert list(failures.find_all(watched.names)) == ["acme/r01"]
    repository.trouble = Trouble.FINE
    assert watched.refresh().success
    assert watched.asked == Counter(query=1)
    assert failures.find_all(watched.names) == {}
