"""Lists that change while they are read: what counts as exact was true at one moment.

`REPO_STATS_EXAMPLES` in the environment makes the random schedules many more than usual.
"""

import asyncio
import os
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timezone

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.steps.snapshot_tables import join_items
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import GitHubError
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.planning import plan_list
from repo_stats.github.issues.requests import MOST_NUMBERED, IssueList
from repo_stats.github.issues.snapshot import ListSnapshot, read_list
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.mutations import ITEM_KINDS

EXAMPLES = int(os.environ.get("REPO_STATS_EXAMPLES", "50"))


REPO = "acme/restless"


@dataclass
class Scene:
    """A repository that changes while it is read, and the warehouse it is read into."""

    items: int
    mutations: list[Mutation] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    per_page: int = 10
    counter: int = 1
    root: str = field(default_factory=tempfile.mkdtemp)

    def __post_init__(self) -> None:
        shape = Shape(REPO, self.items, min(self.items, 5), closed_items=20)
        self.repository = generate_repository(shape)
        self.simulator = Simulator(World.of([self.repository]), faults=self.faults)
        self.simulator.record_truth()
        self.simulator.schedule(*self.mutations)
        self.warehouse = WarehouseResource(root=self.root)

    def read(self) -> tuple[ListSnapshot, set[int], list[frozenset[int]]]:
        """Read the list as a run does; gives also its ids, and the sets that were true then."""
        first = len(self.simulator.log) + 1
        snapshot = asyncio.run(self._read())
        items = join_items(self.warehouse.pages, {REPO: snapshot}, {})
        self.warehouse.tables.write(OPEN_ISSUES, REPO, items.frame, items.scans[REPO])
        assert items.frame["id"].is_unique
        assert set(items.frame["state"]) <= {"open"}
        for key in set(self.warehouse.pages.keys(REPO)) - {r.key for r in snapshot.results}:
            self.warehouse.pages.delete(key)
        truths = self.simulator.truth[self.repository.id]
        return snapshot, set(items.frame["id"]), truths.between(first, len(self.simulator.log))

    async def _read(self) -> ListSnapshot:
        issue_list = IssueList(
            REPO, self.repository.id, API_URL, self.per_page, counter=self.counter
        )
        async with GitHubClient(
            API_URL,
            "tok",
            in_flight=3,
            max_wait=1e6,
            transport=httpx.ASGITransport(app=self.simulator.app),
            sleep=lambda seconds: asyncio.sleep(0),
        ) as client:
            now = datetime.now(timezone.utc)
            index = PageIndex(self.warehouse.pages)
            pages = PageReader(client, index, Freshness(now, revalidate=True))
            plan = plan_list(issue_list, index.heads(REPO), pages.freshness)
            return await read_list(pages, plan)


LONG = MOST_NUMBERED + 1


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
    counter=st.sampled_from([1, LONG]),
)
def test_what_is_exact_was_true_at_one_moment_whatever_happened_meanwhile(
    items: int,
    changes: list[Mutation],
    mishaps: list[Fault],
    empty: list[Fault],
    counter: int,
) -> None:
    scene = Scene(items, changes, [*mishaps, *empty], counter=counter)
    is_quiet = False
    for _ in range(20):
        try:
            snapshot, ids, truths = scene.read()
        except GitHubError:
            continue
        if snapshot.is_exact:
            assert ids in truths
        is_quiet = snapshot.is_exact and snapshot.rounds == 0
        if is_quiet:
            break
    assert is_quiet


@pytest.mark.parametrize("counter", [1, LONG])
@pytest.mark.parametrize("kind", ITEM_KINDS)
@pytest.mark.parametrize("after", range(1, 9))
def test_a_single_change_at_any_point_leaves_an_exact_list(
    kind: MutationKind, after: int, counter: int
) -> None:
    scene = Scene(45, [Mutation(kind, after, index=7)], counter=counter)
    snapshot, ids, truths = scene.read()
    assert snapshot.is_exact
    assert ids in truths


@pytest.mark.parametrize("counter", [1, LONG])
def test_an_unchanged_list_is_exact_again_for_nothing_but_free_answers(counter: int) -> None:
    scene = Scene(45, counter=counter)
    scene.read()
    before = len(scene.simulator.log)
    snapshot, _, _ = scene.read()
    assert snapshot.is_exact
    assert snapshot.rounds == 0
    asked = scene.simulator.log[before:]
    assert {request.status for request in asked} == {304}
    assert len(asked) == len(snapshot.results)


def test_a_list_longer_than_page_numbers_reach_meets_no_cap() -> None:
    scene = Scene(LONG + 100, per_page=100, counter=LONG + 100)
    snapshot, ids, truths = scene.read()
    assert snapshot.is_exact
    assert ids in truths
    assert {request.status for request in scene.simulator.log} <= {200, 304}


def test_a_long_list_is_proved_by_counting_and_not_by_reading_it_again() -> None:
    scene = Scene(2 * LONG, per_page=100, counter=2 * LONG)
    snapshot, ids, truths = scene.read()
    assert snapshot.is_exact
    assert ids in truths
    targets = [request.target for request in scene.simulator.log]
    read_again = len(targets) - len(set(targets))
    assert read_again <= 1
    assert sum("&page=" in target for target in targets) <= 3


def test_a_list_that_meets_the_cap_unexpectedly_is_read_as_windows_from_then_on() -> None:
    scene = Scene(45, counter=1)
    scene.simulator.page_cap = 20
    _, ids, truths = scene.read()
    assert ids in truths
    assert [r.status for r in scene.simulator.log].count(422) == 1
    scene.read()
    assert [r.status for r in scene.simulator.log].count(422) == 1


def _crowd(scene: Scene, count: int) -> None:
    for issue in scene.repository.issues[:count]:
        issue["updated_at"] = "2026-08-01T00:00:00Z"


@pytest.mark.parametrize("crowd", [9, 10, 11, 35])
def test_more_items_than_fit_a_page_may_have_been_updated_in_one_second(crowd: int) -> None:
    scene = Scene(45, counter=LONG)
    _crowd(scene, crowd + 20)
    for _ in range(2):
        snapshot, ids, truths = scene.read()
        assert snapshot.is_exact
        assert ids in truths
