"""Reading the list of a simulated repository into real page files, as several runs would."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timezone

import httpx

from repo_stats.github.client import GitHubClient
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import (
    PageReader,
    PageResult,
    with_outcomes_of,
)
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.planning import plan_list
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.issues.windows import find_ends
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import JsonObject
from repo_stats.warehouse.pages import PageFolder
from repo_stats_tests.helpers.github import API_URL


@dataclass
class Scanner:
    """Scans the only repository of a simulator, as several runs would."""

    simulator: Simulator
    folder: PageFolder
    per_page: int = 100
    counter: int = 0

    def __post_init__(self) -> None:
        [self.repository] = self.simulator.world.repositories.values()

    @property
    def issue_list(self) -> IssueList:
        return IssueList(
            self.repository.full_name,
            self.repository.id,
            API_URL,
            self.per_page,
            counter=self.counter,
        )

    def issues(self, state: str) -> list[JsonObject]:
        """The issues in a state, in the order they were created."""
        chosen = [issue for issue in self.repository.issues if issue["state"] == state]
        return sorted(chosen, key=lambda issue: issue["created_at"])

    def open_ids(self) -> set[int]:
        return {issue["id"] for issue in self.issues("open")}

    def stored_ids(self, results: list[PageResult]) -> list[int]:
        heads = {result.key: result.head for result in results}
        ids: list[int] = self.folder.read_items(heads, find_ends(heads))["id"].to_pylist()
        return ids

    def scan(
        self,
        count: int = 0,
        *,
        max_age: int = 0,
        force: bool = False,
        token: str | None = "tok",
        walk_only: bool = False,
    ) -> list[PageResult]:
        """Plan, read and finish; gives the pages with how each came to be up to date."""

        async def run() -> list[PageResult]:
            async with GitHubClient(
                API_URL,
                token,
                transport=httpx.ASGITransport(app=self.simulator.app),
                sleep=lambda seconds: asyncio.sleep(0),
            ) as client:
                now = datetime.now(timezone.utc)
                freshness = Freshness.of_run(now, max_age, force=force)
                self.counter = count
                index = PageIndex(self.folder)
                reader = ListReader(PageReader(client, index, freshness), self.issue_list)
                heads = index.heads(self.issue_list.repo)
                plan = plan_list(self.issue_list, heads, freshness, now)
                read: list[PageResult] = []
                if not walk_only:
                    parts = await reader.pages.gather(plan.work, reader.read)
                    read = [result for part in parts for result in part]
                return with_outcomes_of(read, await reader.read_to_end())

        return asyncio.run(run())


def outcomes(results: list[PageResult]) -> list[str]:
    return [result.outcome.value for result in results]
