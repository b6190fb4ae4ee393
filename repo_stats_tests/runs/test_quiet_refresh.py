"""A refresh in which nothing happened: how many requests it sends, and how many files it reads."""

from collections import Counter
from pathlib import PurePosixPath
from typing import BinaryIO

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.github.issues import probing, windows
from repo_stats.simulator.generator import Shape
from repo_stats.warehouse.files import Files
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.runs import messages

MOST_READS = 25

MOST_READS_OF_STATES = 17
"""A few in each step, however many repositories there are."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The files of the warehouse that are read, whole or in part, and how often each."""
    files: Counter[str] = Counter()
    read, open_ = Files.read, Files.open

    def count_read(self: Files, path: str) -> bytes | None:
        files[path] += 1
        return read(self, path)

    def count_open(self: Files, path: str) -> BinaryIO | None:
        files[path] += 1
        return open_(self, path)

    monkeypatch.setattr(Files, "read", count_read)
    monkeypatch.setattr(Files, "open", count_open)
    return files


def settings_of(shape: Shape, settings_for: SettingsFor, steps: int) -> Settings:
    limits = {
        "REPO_STATS_MAX_AGE": "0",
        "REPO_STATS_FETCH_STEPS": str(steps),
        "REPO_STATS_PER_PAGE": "10",
    }
    return settings_for(shape.full_name, **limits)


@pytest.mark.parametrize("steps", [1, long(4)])
def test_a_quiet_refresh_opens_each_of_six_pages_at_most_twice_and_few_files_in_all(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    opened: Counter[str],
    steps: int,
) -> None:
    shape = Shape("acme/rocket", 55, 4)
    simulator = simulate(shape)
    settings = settings_of(shape, settings_for, steps)
    assert first_run(settings_of(shape, settings_for, 4)).success
    opened.clear()
    simulator.log.clear()
    assert run(settings).success
    assert Counter(request.status for request in simulator.log) == {200: 1, 304: 6}
    pages = {path: n for path, n in opened.items() if path.startswith("issue_pages/")}
    assert [PurePosixPath(path).stem for path in sorted(pages)] == [
        f"{number:04d}" for number in range(1, 7)
    ]
    assert max(pages.values()) <= 2
    states = sum(n for path, n in opened.items() if path.startswith("repo_states/"))
    passed_on = sum(n for path, n in opened.items() if "/open_issues." in path)
    assert passed_on == 2
    assert opened.total() - states - passed_on <= MOST_READS
    assert states <= MOST_READS_OF_STATES


@pytest.mark.parametrize(
    ("pages", "steps"), [long(1, 1), long(10, 1), long(1, 4), (6, 4), long(7, 4), long(10, 4)]
)
def test_a_list_that_was_read_before_costs_a_request_a_page_and_one_more(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    pages: int,
    steps: int,
) -> None:
    shape = Shape("acme/rocket", 10 * pages - 5, 4)
    simulator = simulate(shape)
    settings = settings_of(shape, settings_for, steps)
    assert first_run(settings_of(shape, settings_for, 4)).success
    simulator.log.clear()
    assert run(settings).success
    assert Counter(request.status for request in simulator.log) == {200: 1, 304: pages}


@pytest.mark.parametrize("steps", [long(1), 4])
def test_a_list_too_long_for_page_numbers_costs_a_request_a_window_and_one_more(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    opened: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
    steps: int,
) -> None:
    for module in (probing, windows):
        monkeypatch.setattr(module, "MOST_NUMBERED", 100)
    shape = Shape("acme/long", 145, 40)
    simulator = simulate(shape)
    settings = settings_of(shape, settings_for, steps)
    assert first_run(settings_of(shape, settings_for, 4)).success
    simulator.log.clear()
    opened.clear()
    assert run(settings).success
    pages = {path: n for path, n in opened.items() if path.startswith("issue_pages/")}
    assert Counter(request.status for request in simulator.log) == {200: 1, 304: len(pages)}
    assert max(pages.values()) <= 2


def test_the_log_of_a_quiet_refresh_has_no_line_about_a_single_repository(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    shapes = [Shape(f"acme/r{number}", 3, 2) for number in range(11)]
    simulate(*shapes)
    names = [shape.full_name for shape in shapes]
    settings = settings_for(*names, REPO_STATS_MAX_AGE="0")
    filled, quiet = run(settings), run(settings)
    assert filled.success
    assert quiet.success
    said = "\n".join(messages(instance, filled))
    assert "acme/r0: 1 pages, 0 fresh, 0 unchanged, 1 fetched" in said
    infos = [
        entry.user_message
        for entry in instance.all_logs(quiet.run_id)
        if entry.dagster_event is None
    ]
    assert [line for text in infos for line in text.splitlines() if "acme/" in line] == []
    assert "Lists without any change: 11" in infos
    assert "Repositories: 11, of which 0 got a row in their history" in infos
