"""The simulated API as a Starlette application."""

import asyncio
import gzip
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from repo_stats.simulator.faults import Fault, FaultKind, FaultPlan
from repo_stats.simulator.limits import LimitRules, Limits, Quota
from repo_stats.simulator.listing import ListError, list_issues
from repo_stats.simulator.server import cut_connection
from repo_stats.simulator.world import Repository, World

_JSON_TYPE = "application/json; charset=utf-8"
_DOCS = "https://docs.github.com/rest"
_ENTERPRISE_PATH = "/api/v3"
_COUNTERS = {
    *("open_issues_count", "open_issues", "stargazers_count", "watchers_count", "watchers"),
    *("subscribers_count", "forks_count", "forks", "network_count"),
}
_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)


@dataclass(frozen=True)
class LoggedRequest:
    """A request that was answered, or not.

    Attributes:
        target: its path and query.
        status: the status it was answered with; 0 if the connection was cut.
        charged: whether it counts against the primary rate limit.
        token: the token it was authorized with.
        headers: its headers, in lower case.
    """

    target: str
    status: int
    charged: bool
    token: str | None
    headers: dict[str, str]


@dataclass
class Simulator:
    """A simulated GitHub.

    Attributes:
        world: what it holds.
        latency: seconds before each answer.
        page_cap: the last row that page numbers reach, or None.
        rules: the rate limits.
        faults: what goes wrong, and when.
        tokens: the tokens that are accepted, or None for any.
        log: the requests so far.
        most_in_flight: the most requests that were under way at once.
    """

    world: World
    latency: float = 0.0
    page_cap: int | None = 1_000
    rules: LimitRules = field(default_factory=LimitRules)
    faults: Sequence[Fault] = ()
    tokens: frozenset[str] | None = None
    log: list[LoggedRequest] = field(default_factory=list)
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        self.limits = Limits(self.rules)
        self._plan = FaultPlan(self.faults)
        routes = [
            Route("/repos/{owner}/{name}", self._answer),
            Route("/repos/{owner}/{name}/issues", self._answer),
            Route("/repositories/{number:int}", self._answer),
            Route("/repositories/{number:int}/issues", self._answer),
            Route("/rate_limit", self._answer),
            Route("/{anything:path}", self._answer),
        ]
        self.app = Starlette(routes=[Mount(_ENTERPRISE_PATH, routes=routes), *routes])

    async def _answer(self, request: Request) -> Response:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        caller = token if scheme.lower() in ("bearer", "token") and token else None
        self.limits.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.limits.in_flight)
        too_much = self.limits.is_too_much_at_once()
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            fault = self._plan.take(target)
            response = self._respond(request, caller, target, fault, too_much=too_much)
        finally:
            self.limits.in_flight -= 1
        charged = not _asks_for_limits(target) and _is_charged(response.status_code, caller)
        quota = self.limits.quota(caller)
        if charged:
            quota.used += 1
        if self.rules.enabled:
            for key, value in quota.headers.items():
                response.headers.setdefault(key, value)
        is_cut = fault in (FaultKind.RESET, FaultKind.TRUNCATED)
        self._log(request, target, 0 if is_cut else response.status_code, charged, caller)
        if is_cut:
            body = bytes(response.body)
            await cut_connection(request, body, mid_body=fault is FaultKind.TRUNCATED)
        return response

    def _log(
        self, request: Request, target: str, status: int, charged: bool, token: str | None
    ) -> None:
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.log.append(LoggedRequest(target, status, charged, token, headers))

    def _respond(
        self,
        request: Request,
        caller: str | None,
        target: str,
        fault: FaultKind | None,
        *,
        too_much: bool,
    ) -> Response:
        """The answer, if nothing forbids it: the checks come in GitHub's order."""
        quota = self.limits.quota(caller)
        if not request.headers.get("user-agent"):
            return _error(403, "Request forbidden by administrative rules.")
        if caller is not None and self.tokens is not None and caller not in self.tokens:
            return _error(401, "Bad credentials")
        if _asks_for_limits(target):
            return self._rate_limit(quota)
        if self.rules.enabled and too_much:
            return _error(403, _SECONDARY)
        if self.rules.enabled and quota.remaining == 0:
            return _error(403, "API rate limit exceeded.")
        response = self._find(request, caller)
        return response if fault is None else _spoil(response, fault)

    def _find(self, request: Request, caller: str | None) -> Response:
        parameters = request.path_params
        repository: Repository | None = None
        if "number" in parameters:
            repository = self.world.repositories.get(parameters["number"])
        elif "owner" in parameters:
            full_name = f"{parameters['owner']}/{parameters['name']}"
            repository = self.world.find(full_name)
            former = self.world.former_names.get(full_name.lower())
            if repository is None and former is not None:
                return self._moved(request, former)
        if repository is None:
            return _error(404, "Not Found")
        if request.url.path.endswith("/issues"):
            return self._list(request, repository, caller)
        body = repository.describe()
        validated = {key: value for key, value in body.items() if key not in _COUNTERS}
        return _conditional(request, caller, _dump(body), validated=_dump(validated))

    def _list(self, request: Request, repository: Repository, caller: str | None) -> Response:
        query = dict(request.query_params)
        try:
            page = list_issues(repository.issues, query, self.page_cap)
        except ListError as error:
            return _error(422, str(error), f"{_DOCS}/issues/issues#list-repository-issues")
        base = f"{_base(request)}/repositories/{repository.id}/issues"
        links = [f'<{base}?{text}>; rel="{rel}"' for rel, text in page.links.items()]
        text = _dump(page.items)
        response = _conditional(request, caller, text, validated=text)
        if links:
            response.headers["link"] = ", ".join(links)
        return response

    def _moved(self, request: Request, number: int) -> Response:
        suffix = "/issues" if request.url.path.endswith("/issues") else ""
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"{_base(request)}/repositories/{number}{suffix}{query}"
        body = {"message": "Moved Permanently", "url": url, "documentation_url": _DOCS}
        return _json(body, 301, {"location": url})

    def _rate_limit(self, quota: Quota) -> Response:
        if not self.rules.enabled:
            return _error(404, "Rate limiting is not enabled.")
        core = {
            "limit": quota.limit,
            "used": quota.used,
            "remaining": quota.remaining,
            "reset": quota.resets_at,
        }
        search = {"limit": 30, "used": 0, "remaining": 30, "reset": quota.resets_at}
        return _json({"resources": {"core": core, "search": search}, "rate": core})


def _base(request: Request) -> str:
    prefix = _ENTERPRISE_PATH if request.url.path.startswith(f"{_ENTERPRISE_PATH}/") else ""
    parts = urlsplit(str(request.url))
    return f"{parts.scheme}://{parts.netloc}{prefix}"


def _conditional(
    request: Request, caller: str | None, body: bytes, *, validated: bytes
) -> Response:
    """A good answer, or the 304 to a request that sent its validator.

    The validator is made of what it vouches for and of the token; it is weak, as GitHub's are
    when it compresses.
    """
    etag = f'"{hashlib.sha256(f"{caller} ".encode() + validated).hexdigest()}"'
    headers = {
        **_common_headers(),
        "etag": f"W/{etag}",
        "cache-control": f"{'private' if caller else 'public'}, max-age=60, s-maxage=60",
        "vary": "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding",
    }
    sent = request.headers.get("if-none-match", "").split(",")
    if etag in [tag.strip().removeprefix("W/") for tag in sent]:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        body = gzip.compress(body, compresslevel=1)
    return Response(body, 200, headers, _JSON_TYPE)


def _common_headers() -> dict[str, str]:
    return {"date": formatdate(usegmt=True), "x-github-media-type": "github.v3; format=json"}


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(_dump(body), status, {**_common_headers(), **(headers or {})}, _JSON_TYPE)


def _dump(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _is_list(response: Response) -> bool:
    body = bytes(response.body)
    if response.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return body.startswith(b"[")


def _error(
    status: int,
    message: str,
    documentation_url: str = _DOCS,
    headers: dict[str, str] | None = None,
) -> Response:
    body = {"message": message, "documentation_url": documentation_url, "status": str(status)}
    return _json(body, status, headers)


def _asks_for_limits(target: str) -> bool:
    """Whether a request is for the limits themselves, which GitHub answers free of charge."""
    return target.removeprefix(_ENTERPRISE_PATH) == "/rate_limit"


def _is_charged(status: int, caller: str | None) -> bool:
    """GitHub charges all answers but a 401, the 304 to a token, errors and refusals of its own."""
    if status == 304:
        return caller is None
    return status != 401 and status not in (403, 429) and status < 500


def _spoil(response: Response, fault: FaultKind) -> Response:
    """The answer that a fault makes of a good one; cut connections are cut by the caller."""
    html = "<html><body><h1>Unicorn!</h1></body></html>"
    match fault:
        case FaultKind.SERVER_ERROR:
            return _error(500, "Server Error")
        case FaultKind.BAD_GATEWAY | FaultKind.NOT_JSON:
            status = 502 if fault is FaultKind.BAD_GATEWAY else 200
            return Response(html, status, _common_headers(), _JSON_TYPE)
        case FaultKind.WRONG_SHAPE:
            return _json({"unexpected": "shape"}) if _is_list(response) else _json([])
        case FaultKind.EMPTY_LIST:
            return _json([])
        case FaultKind.EXHAUSTED:
            reset = str(int(time.time()) + 1)
            exhausted = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
            return _error(403, "API rate limit exceeded.", headers=exhausted)
        case FaultKind.SECONDARY:
            return _error(403, _SECONDARY)
        case FaultKind.RETRY_AFTER:
            return _error(429, _SECONDARY, headers={"retry-after": "1"})
        case FaultKind.RESET | FaultKind.TRUNCATED:
            return response
