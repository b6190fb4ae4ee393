"""Whole runs under random faults and changes: tables are correct, or stay as they were.

With a token, what changed is found by queries; without one, all is requested.

The environment variable `REPO_STATS_EXAMPLES` sets how many random schedules are tried. Without it,
there are only two known ones, after whose first run the tables are not right yet.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from repo_stats.config.settings import Settings, load_settings
from repo_stats.definitions import build_defs
from repo_stats.defs.picking import complete_tags
from repo_stats.defs.resources import github_resource
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.limits import LimitRules
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import Repository, World
from repo_stats_tests.helpers.github import API_URL, TOKEN, HastyGitHub, simulators
from repo_stats_tests.helpers.instances import ephemeral_instance
from repo_stats_tests.helpers.mutations import ITEM_KINDS

EXAMPLES = int(os.environ.get("REPO_STATS_EXAMPLES", "0"))

SHAPES = [Shape("acme/one", 7, 3, 20), Shape("acme/some", 35, 5, 20), Shape("acme/none", 0, 0, 20)]

REPOS = [shape.full_name for shape in SHAPES]

LATEST = 25
"""The last fault begins and the last change happens at this request, at the latest."""

ENOUGH_RUNS = 8

MOST_RUNS = ENOUGH_RUNS + LATEST
"""Each run sends a request at least. So the last change was long ago by then."""

OF_THE_SOCKET = {FaultKind.RESET, FaultKind.TRUNCATED}
"""These can happen only on a real connection; other tests have one."""

faults = st.builds(
    Fault,
    kind=st.sampled_from([k for k in FaultKind if k not in {*OF_THE_SOCKET, FaultKind.EMPTY_LIST}]),
    nth=st.integers(1, LATEST),
    times=st.integers(1, 4),
    path=st.sampled_from(["", "/graphql", "/repos/acme", "/issues"]),
)

empty_answers = st.builds(
    Fault, kind=st.just(FaultKind.EMPTY_LIST), nth=st.integers(1, LATEST), path=st.just("/issues")
)

mutations = st.builds(
    Mutation,
    kind=st.sampled_from(ITEM_KINDS),
    after=st.integers(1, LATEST),
    repo=st.sampled_from(REPOS),
    index=st.integers(0, 40),
)


class HastyClock:
    """A clock by which a wait is over at once."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def time(self) -> float:
        return time.time() + self._ahead

    def sleep(self, seconds: float) -> None:
        self._ahead += seconds


@pytest.fixture(scope="module", autouse=True)
def _hasty_retries() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dagster._core.execution.plan.active.time", HastyClock())
        yield


@dataclass
class Scene:
    """Repositories that change while they are refreshed by requests that may fail."""

    mutations: list[Mutation] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    token: str = TOKEN
    root: str = field(default_factory=tempfile.mkdtemp)

    def __post_init__(self) -> None:
        self.repositories = [generate_repository(shape) for shape in SHAPES]
        world = World.of(self.repositories)
        # Without a token as many requests are allowed: this is not about waiting for the next hour.
        self.simulator = Simulator(world, rules=LimitRules(anonymous=5_000), faults=self.faults)
        self.simulator.record_truth()
        self.simulator.schedule(*self.mutations)
        simulators[API_URL] = self.simulator

    @cached_property
    def settings(self) -> Settings:
        """By which all repositories are refreshed, however fresh they are."""
        return load_settings(
            {
                "REPO_STATS_REPOS": ",".join(REPOS),
                "REPO_STATS_API_URL": API_URL,
                "REPO_STATS_WAREHOUSE": self.root,
                "REPO_STATS_MAX_AGE": "0",
                "REPO_STATS_PER_PAGE": "10",
                "REPO_STATS_IN_FLIGHT": "3",
                "REPO_STATS_MAX_WAIT": "100",
            }
        )

    @cached_property
    def job(self) -> dg.JobDefinition:
        """The refresh of all of them."""
        github = HastyGitHub(**github_resource(self.settings).model_dump())
        defs = build_defs(self.settings, github=github, executor=dg.in_process_executor)
        return defs.resolve_job_def("refresh_watchlist")

    def run(self, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
        """Refresh all repositories."""
        tags = complete_tags(self.job.name, {}, self.settings)
        with patch.dict(os.environ, GITHUB_TOKEN=self.token):
            return self.job.execute_in_process(instance=instance, raise_on_error=False, tags=tags)

    def table(self, name: str, repo: str) -> pd.DataFrame | None:
        path = Path(self.root) / name / f"{repo}.parquet"
        return pd.read_parquet(path) if path.exists() else None

    def require_correct_or_old(self, repository: Repository, old: pd.DataFrame | None) -> None:
        """The items are those of one moment, or the same as before the run."""
        items = self.table("open_issues", repository.full_name)
        if items is None:
            assert old is None
            return
        if old is not None and items.equals(old):
            return
        row = self.table("repo_statistics", repository.full_name)
        if row is None or row["is_exact"].item():
            truths = self.simulator.truth[repository.id].between(1, len(self.simulator.log))
            assert set(items["id"]) in truths
        assert items["id"].is_unique

    def is_correct_now(self, repository: Repository) -> bool:
        """Whether the tables hold what the repository holds now, and are marked as exact."""
        items = self.table("open_issues", repository.full_name)
        row = self.table("repo_statistics", repository.full_name)
        if items is None or row is None or set(items["id"]) != repository.open_ids():
            return False
        return bool(row["open_items"].item() == len(items) and row["is_exact"].item())


def reasons(result: dg.ExecuteInProcessResult) -> list[str]:
    """Why steps of a run failed."""
    failures = [event for event in result.all_events if event.is_step_failure]
    return [
        str(event.step_failure_data.user_failure_data.description)
        for event in failures
        if event.step_failure_data.user_failure_data
    ]


@settings(
    max_examples=EXAMPLES or 1,
    phases=[*Phase] if EXAMPLES else [Phase.explicit],
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    changes=st.lists(mutations, min_size=1, max_size=6),
    mishaps=st.lists(faults, min_size=1, max_size=4),
    empty=st.lists(empty_answers, max_size=1),
    token=st.sampled_from([TOKEN, ""]),
)
@example(
    changes=[
        Mutation(MutationKind.OPEN, 16, "acme/some", index=34),
        Mutation(MutationKind.CLOSE, 18, "acme/one", index=10),
        Mutation(MutationKind.DELETE, 5, "acme/some", index=4),
    ],
    mishaps=[
        Fault(FaultKind.BAD_GATEWAY, 6, 3, "/repos/acme"),
        Fault(FaultKind.PARTIAL, 8, 2, "/issues"),
        Fault(FaultKind.TIMEOUT, 8, 3, "/issues"),
    ],
    empty=[Fault(FaultKind.EMPTY_LIST, 9, path="/issues")],
    token=TOKEN,
)
@example(
    changes=[
        Mutation(MutationKind.REOPEN, 5, "acme/some", index=20),
        Mutation(MutationKind.CLOSE, 13, "acme/one", index=4),
        Mutation(MutationKind.TRANSFER, 15, "acme/some", index=37),
        Mutation(MutationKind.CLOSE, 23, "acme/none", index=32),
        Mutation(MutationKind.DELETE, 2, "acme/none", index=29),
    ],
    mishaps=[Fault(FaultKind.WRONG_SHAPE, 22, 2)],
    empty=[],
    token="",
)
def test_runs_end_with_correct_tables_or_fail_with_a_reason_and_leave_the_old_ones(
    changes: list[Mutation], mishaps: list[Fault], empty: list[Fault], token: str
) -> None:
    scene = Scene(changes, [*mishaps, *empty], token)
    is_correct = False
    with ephemeral_instance() as instance:
        for number in range(MOST_RUNS):
            before = {repo: scene.table("open_issues", repo) for repo in REPOS}
            result = scene.run(instance)
            if not result.success:
                assert reasons(result)
            for repository in scene.repositories:
                scene.require_correct_or_old(repository, before[repository.full_name])
            is_correct = result.success and all(map(scene.is_correct_now, scene.repositories))
            is_over = number >= ENOUGH_RUNS or scene.simulator.responses > LATEST
            if is_correct and is_over:
                break
    assert is_correct
