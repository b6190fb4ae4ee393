"""A GitHub with several accounts, each with a token and a quota."""

import asyncio
from email.utils import formatdate
from typing import Any

import httpx

from repo_stats.github.auth.credentials import Credentials, Token
from repo_stats.github.client import GitHubClient
from repo_stats_tests.helpers.client import API, URL
from repo_stats_tests.helpers.fake_time import NOON, FakeTime

TEXTS = ("s3cret-one", "s3cret-two", "s3cret-three")

IDS = [Token(text).id for text in TEXTS]


class Accounts:
    """A GitHub that keeps a quota for each token, and refuses some tokens with a 401."""

    def __init__(
        self, time: FakeTime, remaining: dict[str, int], refused: tuple[str, ...] = ()
    ) -> None:
        self.time = time
        self.remaining = dict(remaining)
        self.refused = refused
        self.resets_in = dict.fromkeys(remaining, 600.0)
        self.requests: list[httpx.Request] = []

    @property
    def tokens(self) -> list[str]:
        return [request.headers["authorization"].split()[1] for request in self.requests]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        token = self.tokens[-1]
        if token in self.refused:
            return httpx.Response(401, json={"message": "Bad credentials"})
        if self.time.now >= NOON + self.resets_in[token]:
            self.remaining[token] = 5000
        is_used_up = self.remaining[token] == 0
        self.remaining[token] -= not is_used_up
        headers = {
            "x-ratelimit-limit": "5000",
            "x-ratelimit-remaining": str(self.remaining[token]),
            "x-ratelimit-reset": str(int(NOON + self.resets_in[token])),
            "date": http_date(self.time.now),
            "etag": f'W/"{token[-3:]}"',
        }
        if is_used_up:
            return httpx.Response(403, headers=headers, json={"message": "API rate limit exceeded"})
        return httpx.Response(200, headers=headers, json={})


def http_date(now: float) -> str:
    return formatdate(now, usegmt=True)


def send(
    accounts: Accounts,
    times: int = 1,
    *,
    in_flight: int = 1,
    texts: tuple[str, ...] = TEXTS,
    etag: str | None = None,
    etag_owner: str | None = None,
    **options: Any,
) -> tuple[list[Any], GitHubClient]:
    """Send requests at once; gives the outcomes and the client."""

    async def run() -> tuple[list[Any], GitHubClient]:
        async with GitHubClient(
            API,
            Credentials.of(*texts),
            in_flight=in_flight,
            **{"transport": httpx.MockTransport(accounts), **options},
            sleep=accounts.time.sleep,
            clock=accounts.time,
        ) as client:
            requests = [
                client.get(URL, repo="a/b", shape=dict, etag=etag, etag_owner=etag_owner)
                for _ in range(times)
            ]
            return await asyncio.gather(*requests, return_exceptions=True), client

    return asyncio.run(run())


def accounts(*remaining: int, refused: tuple[str, ...] = ()) -> Accounts:
    return Accounts(FakeTime(), dict(zip(TEXTS, remaining, strict=True)), refused)
