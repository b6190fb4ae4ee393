"""A list that changes while it is read, and the record of what was true meanwhile."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timezone
from unittest.mock import patch

import httpx

from repo_stats.defs.steps.snapshot_tables import join_items
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.github.client import GitHubClient
from repo_stats.github.issues import probing, windows
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.planning import plan_list
from repo_stats.github.issues.requests import MOST_NUMBERED, IssueList
from repo_stats.github.issues.snapshot import ListSnapshot, read_list
from repo_stats.simulator.faults import Fault
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.github import API_URL

REPO = "acme/restless"


@dataclass
class RestlessList:
    """A repository that changes while it is read, and the warehouse it is read into.

    Page numbers may reach less far than usual, so that a short list is cut as a long one is.
    """

    items: int
    mutations: list[Mutation] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    per_page: int = 10
    counter: int = 1
    reach: int = MOST_NUMBERED
    root: str = field(default_factory=tempfile.mkdtemp)

    def __post_init__(self) -> None:
        shape = Shape(REPO, self.items, min(self.items, 5), closed_items=20)
        self.repository = generated(shape, slim=True)
        self.simulator = Simulator(World.of([self.repository]), faults=self.faults)
        self.simulator.record_truth()
        self.simulator.schedule(*self.mutations)
        self.warehouse = WarehouseResource(root=self.root)

    def read(self, max_age: int = 0) -> tuple[ListSnapshot, set[int], list[frozenset[int]]]:
        """Read the list as a run does; gives also its ids, and the sets that were true then."""
        first = len(self.simulator.log) + 1
        with (
            patch.object(probing, "MOST_NUMBERED", self.reach),
            patch.object(windows, "MOST_NUMBERED", self.reach),
        ):
            snapshot = asyncio.run(self._read(max_age))
        items = join_items(self.warehouse.pages, {REPO: snapshot}, {}, ())
        self.warehouse.tables.write(OPEN_ISSUES, REPO, items.frame, items.scans[REPO])
        assert items.frame["id"].is_unique
        assert set(items.frame["state"]) <= {"open"}
        for key in set(self.warehouse.pages.keys(REPO)) - {r.key for r in snapshot.results}:
            self.warehouse.pages.delete(key)
        truths = self.simulator.truth[self.repository.id]
        return snapshot, set(items.frame["id"]), truths.between(first, len(self.simulator.log))

    async def _read(self, max_age: int) -> ListSnapshot:
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
            freshness = Freshness.of_run(now, max_age, force=False)
            pages = PageReader(client, index, freshness)
            plan = plan_list(issue_list, index.heads(REPO), pages.freshness, now)
            return await read_list(pages, plan)


LONG = MOST_NUMBERED + 1
