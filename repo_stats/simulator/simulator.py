"""The simulated API as a Starlette application."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from repo_stats.simulator.contents import (
    ENTERPRISE_PATH,
    Contents,
    in_version,
    requested_repository,
)
from repo_stats.simulator.faults import Fault, FaultKind, FaultPlan
from repo_stats.simulator.installations import Installations
from repo_stats.simulator.limits import LimitRules, Limits, Quota
from repo_stats.simulator.mutations import Mutation, MutationPlan, mutate
from repo_stats.simulator.responses import error, json_response
from repo_stats.simulator.server import cut_connection
from repo_stats.simulator.spoiling import EXHAUSTED, SECONDARY, spoil
from repo_stats.simulator.truth import OpenHistory
from repo_stats.simulator.world import World


@dataclass(frozen=True)
class LoggedRequest:
    """A request, and what became of it.

    Attributes:
        number: the number of its response, from 1; `truth` counts by it.
        target: its path and query.
        status: the status of the response; 0 if the connection was cut.
        charged: whether it counts against the primary rate limit.
        token: the token it was sent with, if any.
        headers: its headers, in lower case.
        at: when it arrived, in epoch seconds.
        answered_at: when its response was computed, in epoch seconds.
    """

    number: int
    target: str
    status: int
    charged: bool
    token: str | None
    headers: dict[str, str]
    at: float
    answered_at: float


@dataclass
class Simulator:
    """A simulated GitHub.

    Attributes:
        world: its repositories.
        latency: seconds before each response.
        page_cap: the last row that page numbers reach, or None for no cap.
        rules: the rate limits.
        faults: what goes wrong, and when.
        mutations: what changes while it is read, and when.
        tokens: the tokens that are accepted beside those of installations, or None for any.
        installations: the installations of its GitHub App, or None for any.
        clock: gives the time in epoch seconds.
        log: the requests so far.
        most_in_flight: the largest number of requests at once so far.
        responses: how many responses have been computed.
        truth: how the open items of each repository changed, by its number; recorded once there
            are mutations, or `record_truth` was called.
    """

    world: World
    latency: float = 0.0
    page_cap: int | None = 1_000
    rules: LimitRules = field(default_factory=LimitRules)
    faults: Sequence[Fault] = ()
    mutations: Sequence[Mutation] = ()
    tokens: frozenset[str] | None = None
    installations: frozenset[int] | None = None
    clock: Callable[[], float] = time.time
    log: list[LoggedRequest] = field(default_factory=list)
    most_in_flight: int = 0
    responses: int = 0
    truth: dict[int, OpenHistory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.limits = Limits(self.rules, self.clock)
        self._fault_plan = FaultPlan(self.faults)
        self._mutation_plan = MutationPlan()
        self._apps = Installations(self.installations, self.clock)
        self._contents = Contents()
        self.schedule(*self.mutations)
        routes = [
            Route("/repos/{owner}/{name}", self._handle),
            Route("/repos/{owner}/{name}/issues", self._handle),
            Route("/repositories/{number:int}", self._handle),
            Route("/repositories/{number:int}/issues", self._handle),
            Route("/rate_limit", self._handle),
            Route(
                "/app/installations/{installation:int}/access_tokens",
                self._handle,
                methods=["POST"],
            ),
            Route("/{anything:path}", self._handle),
        ]
        self.app = Starlette(routes=[Mount(ENTERPRISE_PATH, routes=routes), *routes])

    def schedule(self, *mutations: Mutation) -> None:
        """Add mutations; responses are counted from now on."""
        if mutations:
            self.record_truth()
        for mutation in mutations:
            self._mutation_plan.add(mutation)

    def record_truth(self) -> None:
        """Record which items are open now; needed after changes that no mutation makes."""
        self._record_truth(self.clock())

    def _record_truth(self, at: float) -> None:
        for repository in self.world.repositories.values():
            history = self.truth.setdefault(repository.id, OpenHistory())
            history.record(self.responses, at, repository.open_ids())

    async def _handle(self, request: Request) -> Response:
        at = self.clock()
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        self.limits.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.limits.in_flight)
        too_much = self.limits.is_too_much_at_once()
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
        finally:
            self.limits.in_flight -= 1
        fault = self._fault_plan.take(target)
        response = self._compute(request, target, at, fault, too_much=too_much)
        if fault in (FaultKind.RESET, FaultKind.TRUNCATED):
            body = bytes(response.body)
            await cut_connection(request, body, mid_body=fault is FaultKind.TRUNCATED)
        return response

    def _compute(
        self, request: Request, target: str, at: float, fault: FaultKind | None, *, too_much: bool
    ) -> Response:
        """Compute, charge and log the response; then make the changes that follow it."""
        now = self.clock()
        caller = _caller(request)
        response = self._respond(request, caller, fault, now, too_much=too_much)
        charged = _can_cost(request) and _is_charged(response.status_code, caller)
        quota = self.limits.quota(self._payer(caller))
        if charged:
            quota.used += 1
        if self.rules.enabled and fault is not FaultKind.SECONDARY:
            for key, value in quota.headers.items():
                response.headers.setdefault(key, value)
        response.headers["date"] = formatdate(int(now), usegmt=True)
        self.responses += 1
        is_cut = fault in (FaultKind.RESET, FaultKind.TRUNCATED)
        status = 0 if is_cut else response.status_code
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.log.append(
            LoggedRequest(self.responses, target, status, charged, caller, headers, at, now)
        )
        self._mutate(request, target, now)
        return response

    def _mutate(self, request: Request, target: str, now: float) -> None:
        for mutation in self._mutation_plan.take(target):
            mutate(self.world, mutation, requested_repository(request, self.world), now)
            self._record_truth(now)

    def _payer(self, caller: str | None) -> str | None:
        return None if caller is None else self._apps.payer(caller)

    def _respond(
        self,
        request: Request,
        caller: str | None,
        fault: FaultKind | None,
        now: float,
        *,
        too_much: bool,
    ) -> Response:
        """The response, after checks in the order of GitHub's."""
        if not request.headers.get("user-agent"):
            return error(403, "Request forbidden by administrative rules.")
        if "installation" in request.path_params:
            authorization = request.headers.get("authorization", "")
            response = self._apps.create_token(request.path_params["installation"], authorization)
            return response if fault is None else spoil(response, fault, now)
        if caller is not None and not self._accepts(caller):
            return error(401, "Bad credentials")
        quota = self.limits.quota(self._payer(caller))
        if _asks_for_limits(request):
            return self._rate_limit(request, quota)
        if self.rules.enabled and too_much:
            return error(403, SECONDARY)
        if self.rules.enabled and quota.remaining == 0:
            return error(403, EXHAUSTED)
        response = self._contents.respond(request, caller, self.world, self.page_cap)
        return response if fault is None else spoil(response, fault, now)

    def _accepts(self, token: str) -> bool:
        is_valid = self._apps.accepts(token)
        return is_valid if is_valid is not None else self.tokens is None or token in self.tokens

    def _rate_limit(self, request: Request, quota: Quota) -> Response:
        if not self.rules.enabled:
            return error(404, "Rate limiting is not enabled.")
        core = {
            "limit": quota.limit,
            "used": quota.used,
            "remaining": quota.remaining,
            "reset": quota.resets_at,
        }
        search = {"limit": 30, "used": 0, "remaining": 30, "reset": quota.resets_at}
        body = {"resources": {"core": core, "search": search}, "rate": core}
        return json_response(in_version(request, body))


def _caller(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() in ("bearer", "token") and token else None


def _asks_for_limits(request: Request) -> bool:
    """Whether a request asks for the rate limits, which is free of charge."""
    return request.url.path.removeprefix(ENTERPRISE_PATH) == "/rate_limit"


def _can_cost(request: Request) -> bool:
    return not _asks_for_limits(request) and "installation" not in request.path_params


def _is_charged(status: int, caller: str | None) -> bool:
    """GitHub charges every response except a 304 to a token, 401, 403, 429 and server errors."""
    if status == 304:
        return caller is None
    return status != 401 and status not in (403, 429) and status < 500
