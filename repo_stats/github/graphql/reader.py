"""Reads the pulses of many repositories, a batch in each query.

Whatever GraphQL does not tell is no error here: the REST API is asked for that repository, and says
what is wrong with it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import (
    GitHubError,
    NotFoundError,
    TransientError,
    UnboundedResponseError,
    UnreachableError,
)
from repo_stats.github.graphql.answers import (
    Answer,
    OverloadedError,
    Reading,
    RefusedQueryError,
    read_answer,
)
from repo_stats.github.graphql.pace import MOST_SECONDS, BatchSize, ServerTime
from repo_stats.github.graphql.queries import (
    CONNECTIONS,
    FULL_CONNECTIONS,
    ask_by_id,
    ask_by_name,
    graphql_url,
)

MOST_AT_ONCE = 4
"""Queries in flight: more would soon use up the time that GitHub allows for a minute."""

_MOST_IN_VAIN = 2
"""After so many queries in a row that told of no repository, no more are sent."""

_LONGEST_PAUSE = 5.0
"""Seconds after which a reader that waits looks whether it is to go on."""

_SUBJECT = "the pulse"


@dataclass(frozen=True)
class KnownRepository:
    """A repository to ask for.

    Attributes:
        repo: its owner/name in the watchlist.
        repo_id: GitHub's number of it; None if it is not known yet.
        node_id: GitHub's global id of it; None if it is not known yet.
    """

    repo: str
    repo_id: int | None = None
    node_id: str | None = None


@dataclass
class PulseResult:
    """What was read.

    Attributes:
        readings: by repository.
        unread: why the REST API has to be asked for others.
        points: what the queries cost; 0 if the server has no limits.
    """

    readings: dict[str, Reading] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    points: int = 0


async def read_pulses(
    client: GitHubClient,
    known: Iterable[KnownRepository],
    *,
    full: bool,
    readers: int = 1,
    on_answer: Callable[[int], None] = lambda count: None,
    goes_on: Callable[[], bool] = lambda: True,
    clock: Callable[[], float] = time.monotonic,
) -> PulseResult:
    """Read the pulse of each repository, in order.

    Args:
        client: sends the queries; its quotas and limits are those of GraphQL.
        known: the repositories.
        full: whether to read the number of subscribers too, for which GitHub takes longer.
        readers: how many read at once, this one included. Each takes a part of GitHub's time, and
            has at least one query in flight.
        on_answer: called with the number of repositories that an answer told of.
        goes_on: whether to send another query; the repositories that are left then are neither
            read nor unread.
        clock: gives seconds that cannot be set.

    Raises:
        UnreachableError: there is no connection to the API.
    """
    queues = _sort(known)
    server_time = ServerTime(clock, MOST_SECONDS / readers)
    reader = _PulseReader(client, server_time, full=full, on_answer=on_answer, goes_on=goes_on)
    for queue in queues:
        width = max(1, min(MOST_AT_ONCE // readers, client.in_flight))
        await asyncio.gather(*(reader.work_through(queue) for _ in range(width)))
        reader.leave(queue)
    return reader.result


def _sort(known: Iterable[KnownRepository]) -> list[deque[KnownRepository]]:
    """Those to ask for by id, and those to ask for by name."""
    by_id: deque[KnownRepository] = deque()
    by_name: deque[KnownRepository] = deque()
    for one in known:
        (by_name if one.node_id is None else by_id).append(one)
    return [by_id, by_name]


class _PulseReader:
    def __init__(
        self,
        client: GitHubClient,
        server_time: ServerTime,
        *,
        full: bool,
        on_answer: Callable[[int], None],
        goes_on: Callable[[], bool],
    ) -> None:
        self.result = PulseResult()
        self._client = client
        self._url = graphql_url(client.api_url)
        self._full = full
        self._on_answer = on_answer
        self._goes_on = goes_on
        self._clock = server_time.clock
        self._batch = BatchSize(FULL_CONNECTIONS if full else CONNECTIONS)
        self._server_time = server_time
        self._in_vain = 0
        self._refusal: str | None = None

    async def work_through(self, queue: deque[KnownRepository]) -> None:
        """Ask for what is in a queue until it is empty, or GraphQL refuses."""
        while queue and self._refusal is None and self._goes_on():
            if (delay := self._pace()) > 0.0:
                self._client.usage.paced += delay
                await self._client.pause(delay)
                continue
            size = min(self._batch.size, len(queue))
            batch = [queue.popleft() for _ in range(size)]
            queue.extendleft(reversed(await self._ask(batch)))

    def leave(self, queue: deque[KnownRepository]) -> None:
        """Leave what GraphQL refused to the REST API."""
        if self._refusal is not None:
            self.result.unread.update({one.repo: self._refusal for one in queue})

    def _pace(self) -> float:
        """Seconds to wait until GitHub may have time for another query, a few at a time.

        A server without limits always has.
        """
        delay = 0.0 if self._client.usage.quota is None else self._server_time.delay()
        return min(delay, _LONGEST_PAUSE)

    async def _ask(self, batch: Sequence[KnownRepository]) -> Sequence[KnownRepository]:
        """Ask for a batch, and return what has to be asked for again."""
        started_at = self._clock()
        try:
            answer = await self._send(batch)
        except (OverloadedError, TransientError, UnboundedResponseError) as error:
            self._batch.record_overload(len(batch))
            self._server_time.record(self._clock() - started_at)
            return self._leave_single(batch, str(error))
        except UnreachableError:
            raise
        except NotFoundError:
            self._refusal = self._refusal or "the server has no GraphQL, or hides it from the token"
            return batch
        except (RefusedQueryError, GitHubError) as error:
            self._refusal = self._refusal or str(error)
            return batch
        seconds = self._clock() - started_at
        self._server_time.record(seconds)
        self._batch.record_answer(len(batch), seconds)
        return self._take(batch, answer)

    async def _send(self, batch: Sequence[KnownRepository]) -> Answer:
        node_ids = [one.node_id for one in batch if one.node_id is not None]
        if len(node_ids) == len(batch):
            content = ask_by_id(node_ids, full=self._full)
        else:
            content = ask_by_name([one.repo for one in batch], full=self._full)
        response = await self._client.query(self._url, content, repo=_SUBJECT)
        return read_answer(response, len(batch))

    def _take(self, batch: Sequence[KnownRepository], answer: Answer) -> Sequence[KnownRepository]:
        """Take what an answer tells, and return what has to be asked for again."""
        self.result.points += answer.points
        problems = dict(answer.problems)
        for position, reading in answer.readings.items():
            problem = _find_problem(batch[position], reading)
            if problem is None:
                self.result.readings[batch[position].repo] = reading
            else:
                problems[position] = problem
        self.result.unread.update({batch[at].repo: text for at, text in problems.items()})
        self._in_vain = 0 if answer.readings else self._in_vain + 1
        if self._in_vain >= _MOST_IN_VAIN and problems:
            self._refusal = next(iter(problems.values()))
        self._on_answer(len(answer.readings))
        if not answer.unanswered:
            return []
        self._batch.record_overload(len(batch))
        again = [one for at, one in enumerate(batch) if at in answer.unanswered]
        return again if len(again) < len(batch) else self._leave_single(again, "no time for it")

    def _leave_single(
        self, batch: Sequence[KnownRepository], reason: str
    ) -> Sequence[KnownRepository]:
        """Leave a repository to the REST API if GraphQL has no time even for it alone."""
        if len(batch) > 1:
            return batch
        self.result.unread.update({one.repo: reason for one in batch})
        return []


def _find_problem(asked: KnownRepository, reading: Reading) -> str | None:
    """Why the REST API has to say which repository this is: a name or a number is another one."""
    row: Mapping[str, object] = reading.row
    if str(row["full_name"]).lower() != asked.repo.lower():
        return f"it is called {row['full_name']} now"
    if asked.repo_id not in (None, row["repo_id"]):
        return "its name belongs to another repository now"
    return None
