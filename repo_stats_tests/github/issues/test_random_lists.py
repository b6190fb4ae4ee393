"""Random schedules of changes and faults: what counts as exact was true at one moment.

`REPO_STATS_EXAMPLES` in the environment makes them many more than usual.
"""

import os

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from repo_stats.github.errors import GitHubError
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats_tests.helpers.mutations import ITEM_KINDS
from repo_stats_tests.helpers.restless_list import LONG, RestlessList

EXAMPLES = int(os.environ.get("REPO_STATS_EXAMPLES", "8"))

CUT = 0
"""Stands for a true counter, and for page numbers that reach no more than a few items."""

mutations = st.builds(
    Mutation,
    kind=st.sampled_from(ITEM_KINDS),
    after=st.integers(1, 25),
    index=st.integers(0, 60),
)

PASSING = [
    *(FaultKind.SERVER_ERROR, FaultKind.BAD_GATEWAY, FaultKind.NOT_JSON, FaultKind.WRONG_SHAPE),
    *(FaultKind.SECONDARY, FaultKind.RETRY_AFTER),
]

faults = st.builds(
    Fault, kind=st.sampled_from(PASSING), nth=st.integers(1, 25), times=st.integers(1, 3)
)

empty_answers = st.builds(
    Fault, kind=st.just(FaultKind.EMPTY_LIST), nth=st.integers(1, 25), times=st.just(1)
)
"""One at a time: an answer that is empty twice, with a pause between, is believed."""


@example(
    items=10,
    changes=[Mutation(MutationKind.OPEN, 5), Mutation(MutationKind.CLOSE, 6)],
    mishaps=[Fault(FaultKind.SERVER_ERROR, 1)],
    empty=[],
    counter=1,
)
@example(
    items=11,
    changes=[Mutation(MutationKind.TOUCH, 10, index=1)],
    mishaps=[],
    empty=[Fault(FaultKind.EMPTY_LIST, 2)],
    counter=LONG,
)
@example(
    items=30,
    changes=[Mutation(MutationKind.OPEN, 4)],
    mishaps=[],
    empty=[Fault(FaultKind.EMPTY_LIST, 8)],
    counter=1,
)
@example(
    items=19,
    changes=[],
    mishaps=[],
    empty=[Fault(FaultKind.EMPTY_LIST, 16)],
    counter=LONG,
)
@example(
    items=26,
    changes=[
        Mutation(MutationKind.OPEN, 21),
        Mutation(MutationKind.CLOSE, 1),
        Mutation(MutationKind.CLOSE, 21, index=14),
    ],
    mishaps=[],
    empty=[Fault(FaultKind.EMPTY_LIST, 19)],
    counter=LONG,
)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="REPO_STATS_EXAMPLES" not in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    items=st.integers(0, 60),
    changes=st.lists(mutations, max_size=8),
    mishaps=st.lists(faults, max_size=3),
    empty=st.lists(empty_answers, max_size=1),
    counter=st.sampled_from([1, LONG, CUT]),
)
def test_what_is_exact_was_true_at_one_moment_whatever_happened_meanwhile(
    items: int,
    changes: list[Mutation],
    mishaps: list[Fault],
    empty: list[Fault],
    counter: int,
) -> None:
    happening = [*mishaps, *empty]
    if counter == CUT:
        scene = RestlessList(items, changes, happening, counter=items, reach=20, per_page=3)
    else:
        scene = RestlessList(items, changes, happening, counter=counter)
    is_quiet = False
    for _ in range(20):
        try:
            snapshot, ids, truths = scene.read()
        except GitHubError:
            continue
        if snapshot.is_exact:
            assert ids in truths
        # Pages of a few items may each hold a single second: then every reading counts them.
        is_quiet = snapshot.is_exact and (snapshot.rounds == 0 or counter == CUT)
        if is_quiet:
            break
    assert is_quiet
