"""Random changes around pulses: a changed list is never taken for unchanged.

`REPO_STATS_EXAMPLES` in the environment makes them many more than usual.
"""

import os

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from repo_stats.simulator.generator import LATEST
from repo_stats.simulator.mutations import ANY_FIELD, Mutation, MutationKind
from repo_stats_tests.helpers.mutations import ITEM_KINDS
from repo_stats_tests.helpers.pulsed_list import PulsedList, Round
from repo_stats_tests.helpers.restless_list import LONG

_IS_SEARCH = "REPO_STATS_EXAMPLES" in os.environ

EXAMPLES = int(os.environ.get("REPO_STATS_EXAMPLES", "6"))

BEGIN = LATEST.replace(month=9, day=3)

FIELDS = 24
"""About as many fields as an answer has."""

kinds, indexes = st.sampled_from(ITEM_KINDS), st.integers(-3, 3)

changes = st.builds(Mutation, kind=kinds, after=st.just(1), index=indexes)

in_pulses = st.builds(
    Mutation,
    kind=kinds,
    after=st.integers(1, FIELDS),
    index=indexes,
    path=st.just("/graphql"),
    field=st.just(ANY_FIELD),
)

in_scans = st.builds(
    Mutation, kind=kinds, after=st.integers(1, 6), index=indexes, path=st.just("/issues")
)

rounds = st.builds(
    Round,
    changes=st.lists(changes, max_size=3),
    pause=st.sampled_from([0.0, 1.0, 9.0, 11.0, 60.0, 4_000.0]),
    in_pulse=st.lists(in_pulses, max_size=2),
    in_scan=st.lists(in_scans, max_size=2),
    graphql_lag=st.integers(0, 3),
    rest_lag=st.integers(0, 3),
)

QUIET = [Round(pause=4_000.0)] * 2


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not _IS_SEARCH,
    phases=(Phase.explicit, Phase.generate),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    items=st.integers(0, 15),
    counter=st.sampled_from([1, LONG]),
    pace=st.sampled_from([0.1, 0.5, 3.0]),
    schedule=st.lists(rounds, min_size=1, max_size=4),
)
def test_a_changed_list_is_never_taken_for_unchanged(
    items: int, counter: int, pace: float, schedule: list[Round]
) -> None:
    with time_machine.travel(BEGIN, tick=False) as now:
        scene = PulsedList(now, items, counter, pace)
        for what in [*schedule, *QUIET]:
            is_unchanged, stored, true = scene.refresh(what)
            assert not is_unchanged or stored in true


@pytest.mark.parametrize("counter", [1, LONG])
@pytest.mark.parametrize("items", [0, 12])
def test_a_list_is_read_after_a_change_and_then_known_to_be_unchanged(
    items: int, counter: int
) -> None:
    changed = Round([Mutation(MutationKind.OPEN, 1), Mutation(MutationKind.CLOSE, 1)])
    refreshes = [Round(), *QUIET, changed, *QUIET]
    with time_machine.travel(BEGIN, tick=False) as now:
        scene = PulsedList(now, items, counter)
        outcomes = [scene.refresh(what) for what in refreshes]
    assert [is_unchanged for is_unchanged, _, _ in outcomes] == [False, True, True] * 2
    assert all(stored == true[-1] for _, stored, true in outcomes)


def test_a_list_that_was_read_between_two_changes_of_one_second_is_read_again() -> None:
    changes = [Mutation(MutationKind.TOUCH, 1, index=index) for index in range(-1, -12, -1)]
    with time_machine.travel(BEGIN, tick=False) as now:
        scene = PulsedList(now, 12)
        outcomes = [scene.refresh(what)[0] for what in [Round(changes, rest_lag=1), Round()]]
        outcomes += [scene.refresh(what)[0] for what in QUIET]
    assert outcomes == [False, False, False, True]


@pytest.mark.parametrize("gone", [2, 3])
@pytest.mark.parametrize("field", ["openPullRequests", "newestIssue"])
def test_a_newcomer_that_goes_while_github_answers_makes_up_for_no_other_item(
    gone: int, field: str
) -> None:
    delete = MutationKind.DELETE
    leaves = Mutation(delete, 1, index=-1, path="/graphql", field=field)
    changes = [Mutation(delete, 1, index=gone), Mutation(MutationKind.OPEN, 1)]
    with time_machine.travel(BEGIN, tick=False) as now:
        scene = PulsedList(now, 12)
        for what in [Round(), Round(), Round(changes, in_pulse=[leaves])]:
            is_unchanged, _, _ = scene.refresh(what)
    assert not is_unchanged
