"""The record of which items were open at which time."""

from repo_stats.simulator.changes import close_issue
from repo_stats.simulator.mutations import MutationKind
from repo_stats.simulator.truth import OpenHistory
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import URL, get
from repo_stats_tests.helpers.simulated_changes import NOW, after, in_state, only_repository


def test_the_truth_has_the_sets_that_were_open_between_two_responses(
    still_rocket: Simulate,
) -> None:
    simulator = still_rocket(
        after(MutationKind.CLOSE),
        after(MutationKind.TOUCH, 2),
        after(MutationKind.OPEN, 3),
        after(MutationKind.REOPEN, 4),
    )
    repository = only_repository(simulator)
    start = repository.open_ids()
    oldest = in_state(repository, "open")[0]["id"]
    get(simulator, *[URL] * 5)
    truth = simulator.truth[repository.id]
    assert truth.between(1, 1) == [start]
    assert truth.between(1, 2) == [start, start - {oldest}]
    assert truth.between(2, 3) == [start - {oldest}]
    assert [len(ids) for ids in truth.between(3, 5)] == [44, 45, 46]
    assert truth.between(5, 5) == [repository.open_ids()]
    assert [request.number for request in simulator.log] == [1, 2, 3, 4, 5]
    assert truth.between_times(NOW, NOW)[0] == start
    assert truth.between_times(NOW + 1, NOW + 2) == [repository.open_ids()]


def test_the_truth_is_recorded_only_when_something_will_change(still_rocket: Simulate) -> None:
    simulator = still_rocket()
    get(simulator, URL)
    assert simulator.truth == {}
    simulator.record_truth()
    repository = only_repository(simulator)
    close_issue(repository, in_state(repository, "open")[0]["number"], NOW)
    simulator.record_truth()
    assert [len(ids) for ids in simulator.truth[repository.id].between(1, 2)] == [45, 44]
    assert [len(ids) for ids in simulator.truth[repository.id].between(2, 2)] == [44]
    assert [len(ids) for _, ids in simulator.truth[repository.id].sets()] == [45, 44]


def test_a_history_keeps_what_changed_and_gives_whole_sets() -> None:
    history = OpenHistory()
    for responses, ids in enumerate([{1, 2}, {1, 2}, {2, 3}, set()]):
        history.record(responses, float(responses), frozenset(ids))
    assert [change.responses for change in history.changes] == [0, 2, 3]
    assert [set(ids) for _, ids in history.sets()] == [{1, 2}, {2, 3}, set()]
