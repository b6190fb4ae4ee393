"""The simulated API as a Starlette application."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from repo_stats.simulator.accounts import Access, Caller, visible_world
from repo_stats.simulator.contents import Contents, Viewer, requested_repository
from repo_stats.simulator.exchanges import (
    Answer,
    LoggedRequest,
    SentRequest,
    is_charged,
    is_query,
)
from repo_stats.simulator.faults import CUTS, REFUSALS, Fault, FaultKind, FaultPlan
from repo_stats.simulator.installations import Installations
from repo_stats.simulator.limits import LimitRules, Limits
from repo_stats.simulator.mutations import Mutation, MutationPlan, mutate
from repo_stats.simulator.repository_lists import is_list_of_repositories, list_repositories
from repo_stats.simulator.responses import error, in_version, json_response
from repo_stats.simulator.routing import build_app
from repo_stats.simulator.server import cut_connection
from repo_stats.simulator.spoiling import EXHAUSTED, SECONDARY, spoil
from repo_stats.simulator.star_lists import Circumstances
from repo_stats.simulator.truth import OpenHistory
from repo_stats.simulator.world import Repository, World

if TYPE_CHECKING:
    from repo_stats.simulator.graphql.endpoint import Endpoint


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
        access: who sees which repositories that are not public.
        clock: gives the time in epoch seconds.
        log: the requests so far.
        most_in_flight: the largest number of requests at once so far.
        responses: how many responses have been computed.
        truth: how the open items of each repository changed, by its number; recorded once there
            are mutations, or `record_truth` was called.
        serves_graphql: whether it has a GraphQL API.
        graphql_forbidden: the tokens that may not use that.
        graphql_batch: how many repositories a query can name before it is a 502; None for any.
        graphql_lag: of how many mutations ago queries are shown each repository. States are kept
            for the largest lag so far, as it was when the simulator was made or a request came.
        rest_lag: the same for lists of issues.
        serves_stars: whether it tells stars by day; Enterprise Server before 3.23 does not.
    """

    world: World
    latency: float = 0.0
    page_cap: int | None = 1_000
    rules: LimitRules = field(default_factory=LimitRules)
    faults: Sequence[Fault] = ()
    mutations: Sequence[Mutation] = ()
    tokens: frozenset[str] | None = None
    installations: frozenset[int] | None = None
    access: Access = field(default_factory=Access)
    clock: Callable[[], float] = time.time
    log: list[LoggedRequest] = field(default_factory=list)
    most_in_flight: int = 0
    responses: int = 0
    truth: dict[int, OpenHistory] = field(default_factory=dict)
    serves_graphql: bool = True
    graphql_forbidden: frozenset[str] = frozenset()
    graphql_batch: int | None = None
    graphql_lag: int = 0
    rest_lag: int = 0
    serves_stars: bool = True

    def __post_init__(self) -> None:
        self.limits = Limits(self.rules, self.clock)
        self._fault_plan = FaultPlan(self.faults)
        self._mutation_plan = MutationPlan()
        self._apps = Installations(self.installations, self.clock)
        self._contents = Contents()
        self._endpoint: Endpoint | None = None
        self._keep_states()
        self.schedule(*self.mutations)
        self.app = build_app(self._handle)

    def inject(self, *faults: Fault) -> None:
        """Replace all faults; requests are counted from now on."""
        self.faults = faults
        self._fault_plan = FaultPlan(faults)

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
        self.limits.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.limits.in_flight)
        too_much = self.limits.is_too_much(is_query=is_query(request))
        try:
            sent = SentRequest(request, await request.body(), at)
            if self.latency:
                await asyncio.sleep(self.latency)
        finally:
            self.limits.in_flight -= 1
        fault = self._fault_plan.take(sent.target)
        response = self._compute(sent, fault, too_much=too_much)
        if fault in CUTS:
            packed = bytes(response.body)
            await cut_connection(request, packed, mid_body=fault is FaultKind.TRUNCATED)
        return response

    def _compute(self, sent: SentRequest, fault: FaultKind | None, *, too_much: bool) -> Response:
        """Compute, charge and log the response; then make the changes that follow it."""
        now = self.clock()
        self._keep_states()
        answer = self._respond(sent, fault, now, too_much=too_much)
        response = answer.response
        charged = is_charged(sent, response.status_code)
        payer = self._payer(sent.caller)
        quota = self.limits.points(payer) if sent.is_query else self.limits.quota(payer)
        if charged:
            quota.used += 1
        if self.rules.enabled and fault is not FaultKind.SECONDARY:
            for key, value in quota.headers.items():
                response.headers.setdefault(key, value)
        response.headers["date"] = formatdate(int(now), usegmt=True)
        self.responses += 1
        status = 0 if fault in CUTS else response.status_code
        logged = sent.log(self.responses, status, now, charged=charged, points=answer.points)
        self.log.append(logged)
        for mutation in self._mutation_plan.take(sent.target):
            read = answer.repository or requested_repository(sent.request, self.world)
            self._mutate(mutation, read, now)
        return response

    def _mutate(self, mutation: Mutation, read: Repository | None, now: float) -> None:
        mutate(self.world, mutation, read, now)
        self._record_truth(now)

    def _keep_states(self) -> None:
        self.world.kept_states = max(self.world.kept_states, self.graphql_lag, self.rest_lag)

    def _payer(self, caller: str | None) -> str | None:
        return None if caller is None else self._apps.payer(caller)

    def _respond(
        self, sent: SentRequest, fault: FaultKind | None, now: float, *, too_much: bool
    ) -> Answer:
        """The response, after checks in the order of GitHub's."""
        refusal = self._refuse(sent, too_much=too_much)
        if refusal is not None:
            return Answer(refusal)
        if sent.asks_for_limits:
            return Answer(self._rate_limit(sent))
        if fault in REFUSALS:
            return Answer(spoil(Response(), fault, now))
        answer = self._answer_query(sent, now) if sent.is_query else Answer(self._answer(sent))
        if fault is None:
            return answer
        return replace(answer, response=spoil(answer.response, fault, now))

    def _refuse(self, sent: SentRequest, *, too_much: bool) -> Response | None:
        """The response to a request that is not allowed."""
        if not sent.headers.get("user-agent"):
            return error(403, "Request forbidden by administrative rules.")
        if sent.creates_token:
            return None
        if sent.is_query and not self.serves_graphql:
            return error(404, "Not Found")
        if sent.is_query and sent.caller is None:
            return error(401, "This endpoint requires you to be authenticated.")
        if sent.caller is not None and not self._accepts(sent.caller):
            return error(401, "Bad credentials")
        if not self.rules.enabled or sent.asks_for_limits:
            return None
        if too_much:
            return error(403, SECONDARY)
        if not sent.is_query and self.limits.quota(self._payer(sent.caller)).remaining == 0:
            return error(403, EXHAUSTED)
        return None

    def _accepts(self, token: str) -> bool:
        is_valid = self._apps.accepts(token)
        return is_valid if is_valid is not None else self.tokens is None or token in self.tokens

    def _answer(self, sent: SentRequest) -> Response:
        if sent.creates_token:
            installation = sent.request.path_params["installation"]
            return self._apps.create_token(installation, sent.headers.get("authorization", ""))
        caller = self._identify(sent.caller)
        world = visible_world(self.world, caller, self.access)
        if is_list_of_repositories(sent.request):
            return list_repositories(sent.request, caller, self.access, world)
        about = Circumstances(self.page_cap, self.rest_lag, sent.at, self.serves_stars)
        return self._contents.respond(sent.request, Viewer(caller, self.access), world, about)

    def _identify(self, token: str | None) -> Caller:
        return Caller(token, None if token is None else self._apps.installation_of(token))

    def _answer_query(self, sent: SentRequest, now: float) -> Answer:
        from repo_stats.simulator.graphql.endpoint import Circumstances, Endpoint

        def change(name: str, read: Repository | None) -> None:
            for mutation in self._mutation_plan.take(sent.target, name):
                self._mutate(mutation, read, now)

        self._endpoint = self._endpoint or Endpoint()
        circumstances = Circumstances(
            visible_world(self.world, self._identify(sent.caller), self.access),
            self.limits,
            self._payer(sent.caller) or "",
            is_forbidden=sent.caller in self.graphql_forbidden,
            batch=self.graphql_batch,
            lag=self.graphql_lag,
            after_field=change if self._mutation_plan.counts_fields else None,
        )
        return self._endpoint.respond(sent.request, sent.body, circumstances)

    def _rate_limit(self, sent: SentRequest) -> Response:
        if not self.rules.enabled:
            return error(404, "Rate limiting is not enabled.")
        overview = self.limits.overview(self._payer(sent.caller))
        return json_response(in_version(sent.request, overview))
