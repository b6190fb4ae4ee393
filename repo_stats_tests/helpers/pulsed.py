"""Repositories of a simulator that are refreshed by queries, in this process."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from repo_stats.config.settings import Settings
from repo_stats.simulator.changes import close_issue
from repo_stats.simulator.exchanges import QUERY_PATHS
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import TABLES
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import NUMBERS, materialisations, messages
from repo_stats_tests.helpers.simulated_graphql import NAMES
from repo_stats_tests.helpers.star_requests import without_stars

ONE_BY_ONE = "Read one by one, not by a query: "


@dataclass
class Pulsed:
    """Repositories, and how to refresh them."""

    simulator: Simulator
    settings: Settings
    run: Run
    instance: dg.DagsterInstance

    def refresh(self, **options: Any) -> dg.ExecuteInProcessResult:
        """Refresh all numbers; what was requested before is forgotten."""
        self.simulator.log.clear()
        return self.run(self.settings, select=NUMBERS, **options)

    def close_one(self, repo: str) -> None:
        """Close an item of a repository, and so long ago that none has the same time later."""
        repository = find_repository(self.simulator, repo)
        number = next(item["number"] for item in repository.issues if item["state"] == "open")
        close_issue(repository, number, time.time() - 3600)

    def count(self) -> dict[str, int]:
        """The requests of the last refresh: queries, objects of repositories, and lists.

        Those for stars by day are left out.
        """
        targets = [request.target for request in without_stars(self.simulator.log)]
        queries = sum(target in QUERY_PATHS for target in targets)
        lists = sum("/issues" in target for target in targets)
        return {"queries": queries, "objects": len(targets) - queries - lists, "lists": lists}

    def left_to_rest(self, result: dg.ExecuteInProcessResult) -> list[str]:
        """What the log says of repositories that were read one by one."""
        said = messages(self.instance, result)
        return [line.removeprefix(ONE_BY_ONE) for line in said if line.startswith(ONE_BY_ONE)]

    def facts(self, result: dg.ExecuteInProcessResult) -> dict[str, Any]:
        """What a refresh shows with the rows of `repo_metadata`."""
        [shown, *_] = materialisations(result, "repo_metadata").values()
        return {key: value.value for key, value in shown.metadata.items()}

    def row(self, table: str, repo: str) -> Mapping[Any, Any]:
        """A repository's row of a table, as users see it."""
        [schema] = [schema for schema in TABLES if schema.name == table]
        frame = Tables(Files(self.settings.warehouse)).read(schema, [repo])
        [row] = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return row

    def require_true_tables(self) -> None:
        """The numbers of all repositories are GitHub's, and are said to be exact."""
        for repo in NAMES:
            repository = find_repository(self.simulator, repo)
            row = self.row("repo_statistics", repo)
            assert (row["open_items"], row["stars"], row["is_exact"]) == (
                *(len(repository.open_ids()), repository.object["stargazers_count"], True),
            )
