"""A repository whose lists hold what a test says, request by request, and readers of them."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

import httpx

from repo_stats.github.client import GitHubClient
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.walk import ListReader
from repo_stats_tests.helpers.pages import NOW, MemoryStore

API = "https://api.example"

_Result = TypeVar("_Result")


def at(second: float) -> datetime:
    """So many seconds after noon."""
    return NOW + timedelta(seconds=second)


def item(number: int, second: int, state: str = "open") -> dict[str, Any]:
    """An item that was updated so many seconds after noon."""
    stamp = at(second).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": number,
        "number": number,
        "state": state,
        "created_at": stamp,
        "updated_at": stamp,
    }


@dataclass
class ScriptedLists:
    """Answers as GitHub does, from items that a test may change before any answer.

    Attributes:
        listed: when each item was updated, in seconds after noon, by its id.
        changes: what each reading of the list of changes gives, if that is not the truth; the last
            one is given again and again.
        before: called before each answer with its number, from 1.
        per_page: items on a page.
        asked: the addresses that were requested, in order.
        statuses: the status of each answer.
        paused: seconds that the client slept.
        places: how often an item was asked for by its place.
        store: the stored pages.
    """

    listed: dict[int, int]
    changes: list[list[dict[str, Any]]] = field(default_factory=list)
    before: Callable[[int], None] = lambda number: None
    per_page: int = 2
    asked: list[httpx.URL] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    paused: list[float] = field(default_factory=list)
    places: int = 0
    store: MemoryStore = field(default_factory=lambda: MemoryStore({}))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.params["sort"] == "updated" and request.url.params["per_page"] == "1":
            self.places += 1
            return httpx.Response(200, json=[])  # no item stands so far from an end of a short list
        self.asked.append(request.url)
        self.before(len(self.asked))
        items, number = self._find(request.url.params), int(request.url.params.get("page", 1))
        page = items[(number - 1) * self.per_page : number * self.per_page]
        headers = {"etag": f'"{zlib.crc32(repr(page).encode())}"'}
        if len(items) > number * self.per_page:
            following = request.url.copy_set_param("page", number + 1)
            headers["link"] = f'<{following}>; rel="next"'
        is_known = request.headers.get("if-none-match") == headers["etag"]
        self.statuses.append(304 if is_known else 200)
        return httpx.Response(self.statuses[-1], json=None if is_known else page, headers=headers)

    def _find(self, params: httpx.QueryParams) -> list[dict[str, Any]]:
        if params["direction"] == "desc":
            return [item(number, second) for number, second in list(self.listed.items())[-1:]]
        if params["state"] == "all" and self.changes:
            is_read_on = "page" in params or len(self.changes) == 1
            return self.changes[0] if is_read_on else self.changes.pop(0)
        since = datetime.fromisoformat(params.get("since", "0001-01-01T00:00:00Z")[:-1] + "+00:00")
        found = [item(*each) for each in self.listed.items() if at(each[1]) >= since]
        return sorted(found, key=lambda each: (each["updated_at"], each["id"]))

    def asked_for(self, name: str) -> list[str | None]:
        """The value of a parameter in each request."""
        return [url.params.get(name) for url in self.asked]

    def read(
        self,
        work: Callable[[ListReader], Awaitable[_Result]],
        *,
        freshness: Freshness | None = None,
        **options: Any,
    ) -> _Result:
        """Work with a reader of the lists.

        Args:
            work: what to do.
            freshness: which stored pages need no request; those of this reading by default.
            options: attributes of the list.
        """

        async def sleep(seconds: float) -> None:
            self.paused.append(seconds)

        async def run() -> _Result:
            async with GitHubClient(
                API, "tok", transport=httpx.MockTransport(self), sleep=sleep
            ) as client:
                issue_list = IssueList("a/b", 7, API, self.per_page, **options)
                fresh = freshness or Freshness(datetime.now(timezone.utc), revalidate=True)
                pages = PageReader(client, PageIndex(self.store), fresh)
                return await work(ListReader(pages, issue_list))

        return asyncio.run(run())
