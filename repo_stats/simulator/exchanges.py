"""Requests and their responses: who sent what, what it costs, and what the log keeps of both."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from repo_stats.simulator.responses import ENTERPRISE_PATH
from repo_stats.simulator.world import Repository

QUERY_PATHS = ("/graphql", "/api/graphql")
"""Where queries of GraphQL are sent, at github.com and on Enterprise Server."""


@dataclass(frozen=True)
class LoggedRequest:
    """A request, and what became of it.

    Attributes:
        number: the number of its response, from 1; `truth` counts by it.
        target: its path and query.
        status: the status of the response; 0 if the connection was cut.
        charged: whether it counts against the primary rate limit of requests.
        token: the token it was sent with, if any.
        headers: its headers, in lower case.
        at: when it arrived, in epoch seconds.
        answered_at: when its response was computed, in epoch seconds.
        points: the points that it cost, if it is a query of GraphQL.
        body: its body.
    """

    number: int
    target: str
    status: int
    charged: bool
    token: str | None
    headers: dict[str, str]
    at: float
    answered_at: float
    points: int = 0
    body: bytes = b""

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of a query of GraphQL; none if it has none, or is no query."""
        try:
            posted = json.loads(self.body)
        except ValueError:
            return {}
        return (posted.get("variables") or {}) if isinstance(posted, dict) else {}


@dataclass(frozen=True)
class SentRequest:
    """A request that has arrived.

    Attributes:
        request: the request.
        body: its body.
        at: when it arrived, in epoch seconds.
    """

    request: Request
    body: bytes
    at: float

    @property
    def target(self) -> str:
        """Its path and query."""
        url = self.request.url
        return url.path + (f"?{url.query}" if url.query else "")

    @property
    def headers(self) -> Headers:
        """Its headers."""
        return self.request.headers

    @property
    def caller(self) -> str | None:
        """The token that it was sent with, if any."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() in ("bearer", "token") and token else None

    @property
    def is_query(self) -> bool:
        """Whether it is a query of GraphQL."""
        return is_query(self.request)

    @property
    def asks_for_limits(self) -> bool:
        """Whether it asks for the rate limits, which is free of charge."""
        return self.request.url.path.removeprefix(ENTERPRISE_PATH) == "/rate_limit"

    @property
    def creates_token(self) -> bool:
        """Whether it asks for a token of an App's installation, which is free of charge."""
        return "installation" in self.request.path_params

    def log(
        self, number: int, status: int, answered_at: float, *, charged: bool, points: int
    ) -> LoggedRequest:
        """What the log keeps of it, once it is answered."""
        headers = {key.lower(): value for key, value in self.headers.items()}
        about = (number, self.target, status, charged, self.caller, headers)
        return LoggedRequest(*about, self.at, answered_at, points, self.body)


@dataclass(frozen=True)
class Answer:
    """A response, and what it is about.

    Attributes:
        response: the response.
        points: the points that it costs, if it is to a query of GraphQL.
        repository: the repository that the request named, or the first that a query found.
    """

    response: Response
    points: int = 0
    repository: Repository | None = None


def is_query(request: Request) -> bool:
    """Whether a request is a query of GraphQL, which costs points and no request."""
    return request.method == "POST" and request.url.path in QUERY_PATHS


def is_charged(sent: SentRequest, status: int) -> bool:
    """Whether a response counts against the limit of requests.

    GitHub charges every response except a 304 to a token, 401, 403, 429 and server errors.
    """
    if sent.is_query or sent.asks_for_limits or sent.creates_token:
        return False
    if status == 304:
        return sent.caller is None
    return status != 401 and status not in (403, 429) and status < 500
