"""A list that changes around the pulses that are taken of it, in a time that we move on."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

import httpx
import time_machine
from starlette.types import ASGIApp, Receive, Scope, Send

from repo_stats.github.client import GitHubClient
from repo_stats.github.graphql.pulse import Pulse
from repo_stats.github.graphql.reader import KnownRepository, read_pulses
from repo_stats.github.issues.vouching import LAG, ScanSummary, Voucher, is_unchanged, vouch
from repo_stats.simulator.mutations import Mutation, mutate
from repo_stats.simulator.truth import OpenHistory
from repo_stats.simulator.world import Repository, is_open
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.restless_list import REPO, RestlessList

Rows: TypeAlias = dict[int, str]
"""When each open item was updated, by its number."""

MOST_CHANGES = 60


def rows_of(repository: Repository) -> Rows:
    """The rows that a repository's list has now."""
    items = filter(is_open, repository.listed_issues())
    return {item["number"]: item["updated_at"] for item in items}


@dataclass
class RowHistory(OpenHistory):
    """The rows of a repository's list after each of its changes, and the times of these."""

    repository: Repository | None = None
    states: list[Rows] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def record(self, responses: int, at: float, open_ids: frozenset[int]) -> None:
        super().record(responses, at, open_ids)
        assert self.repository is not None
        self.states.append(rows_of(self.repository))
        self.times.append(at)


@dataclass(frozen=True)
class Round:
    """What happens in one refresh.

    Attributes:
        changes: before it.
        pause: seconds between these changes and the refresh.
        in_pulse: changes after fields of the pulse.
        in_scan: changes after responses with pages of the list.
        graphql_lag: by how many changes the machine lags that answers the query.
        rest_lag: the same for the pages.
    """

    changes: Sequence[Mutation] = ()
    pause: float = 60.0
    in_pulse: Sequence[Mutation] = ()
    in_scan: Sequence[Mutation] = ()
    graphql_lag: int = 0
    rest_lag: int = 0


@dataclass(frozen=True)
class _Paced:
    """A server whose requests take time."""

    app: ASGIApp
    now: time_machine.Traveller
    pace: timedelta

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
        self.now.shift(self.pace)


class PulsedList:
    """A repository that is refreshed by its pulse, and what is known of its list.

    Args:
        now: moves the time on.
        items: how many items are open at first.
        counter: what GitHub's counter says, which decides how the list is read.
        pace: seconds that a request takes.
    """

    def __init__(
        self, now: time_machine.Traveller, items: int, counter: int = 1, pace: float = 0.5
    ) -> None:
        self._now = now
        self._list = RestlessList(items, counter=counter)
        self.repository, self.simulator = self._list.repository, self._list.simulator
        self.simulator.world.kept_states = MOST_CHANGES
        self.history = RowHistory(repository=self.repository)
        self.simulator.truth[self.repository.id] = self.history
        self.simulator.app.add_middleware(_Paced, now=now, pace=timedelta(seconds=pace))
        self.voucher: Voucher | None = None

    def refresh(self, what: Round) -> tuple[bool, Rows, list[Rows]]:
        """Take a pulse, and read the list unless the pulse shows that it is unchanged.

        Gives whether it was unchanged, the rows that are stored then, and those that were true
        while the pulse was taken, or that a lagging machine may still have shown.
        """
        self._change(what.changes)
        self._now.shift(timedelta(seconds=what.pause))
        self.simulator.graphql_lag = self._bound(what.graphql_lag)
        self.simulator.rest_lag = self._bound(what.rest_lag)
        self.simulator.schedule(*what.in_pulse)
        pulse, true = self._take_pulse()
        is_quiet = is_unchanged(self.voucher, pulse)
        if not is_quiet:
            self.simulator.schedule(*what.in_scan)
            self.voucher = vouch(pulse, self._scan(pulse), self.voucher)
        return is_quiet, self._stored(), true

    def _change(self, changes: Iterable[Mutation]) -> None:
        for change in changes:
            mutate(self.simulator.world, change, self.repository, time.time())
            self.simulator.record_truth()

    def _bound(self, lag: int) -> int:
        """A lag in changes, as far as no machine lags longer than it can."""
        earliest = time.time() - LAG.total_seconds() + 600
        return min(lag, sum(at > earliest for at in self.history.times))

    def _take_pulse(self) -> tuple[Pulse, list[Rows]]:
        lags = range(self.simulator.graphql_lag + 1)
        true = [rows_of(self.repository.as_of(lag)) for lag in lags]
        recorded = len(self.history.states)
        node_id = self.repository.object["node_id"]
        known = KnownRepository(REPO, self.repository.id, node_id)

        async def ask() -> Pulse:
            transport = httpx.ASGITransport(app=self.simulator.app)
            async with GitHubClient(API_URL, "tok", transport=transport) as client:
                result = await read_pulses(client, [known], full=False)
                return result.readings[REPO].pulse

        return asyncio.run(ask()), [*true, *self.history.states[recorded:]]

    def _scan(self, pulse: Pulse) -> ScanSummary:
        snapshot, _, _ = self._list.read()
        rows = self._list.warehouse.tables.read(OPEN_ISSUES, [REPO])
        pull_requests = int(rows["is_pull_request"].sum())
        named = rows[rows["number"].isin([item.number for item in pulse.newest])]
        return ScanSummary(
            began_at=snapshot.started_at,
            is_exact=snapshot.is_exact,
            open_issues=len(rows) - pull_requests,
            open_pull_requests=pull_requests,
            updates=dict(zip(named["number"], named["updated_at"], strict=True)),
        )

    def _stored(self) -> Rows:
        rows = self._list.warehouse.tables.read(OPEN_ISSUES, [REPO])
        times = rows["updated_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        return dict(zip(rows["number"], times, strict=True))
