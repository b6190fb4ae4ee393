"""Faults to inject into responses: which fault, on which request, how often."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum


class FaultKind(Enum):
    """What goes wrong."""

    SERVER_ERROR = "server_error"
    """500 with a JSON body."""
    BAD_GATEWAY = "bad_gateway"
    """502 with an HTML body that claims to be JSON."""
    RESET = "reset"
    """The connection is reset before a response."""
    TRUNCATED = "truncated"
    """The connection ends in the middle of the body."""
    NOT_JSON = "not_json"
    """200 with HTML."""
    WRONG_SHAPE = "wrong_shape"
    """200 with an object in place of a list, or a list in place of an object."""
    EMPTY_LIST = "empty_list"
    """200 with an empty list."""
    EXHAUSTED = "exhausted"
    """403 of the primary rate limit: nothing remains until the reset."""
    SECONDARY = "secondary"
    """403 of a secondary rate limit, without a header that says how long to wait."""
    RETRY_AFTER = "retry_after"
    """429 of a secondary rate limit, with Retry-After: 1."""
    TIMEOUT = "timeout"
    """For GraphQL: 200 with an error in place of data, since the query took too long."""
    PARTIAL = "partial"
    """For GraphQL: every second repository is null, with an error beside the data."""
    RATE_LIMITED = "rate_limited"
    """For GraphQL: 200 with an error, since no points remain until the reset."""
    RATE_LIMIT = "rate_limit"
    """For GraphQL: the same with the type and the message of another version of GitHub."""


REFUSALS = frozenset(
    {
        *(FaultKind.EXHAUSTED, FaultKind.SECONDARY, FaultKind.RETRY_AFTER),
        *(FaultKind.RATE_LIMITED, FaultKind.RATE_LIMIT),
    }
)
"""The faults in which GitHub does not even begin to answer."""

CUTS = frozenset({FaultKind.RESET, FaultKind.TRUNCATED})
"""The faults that cut the connection."""


@dataclass(frozen=True)
class Fault:
    """A fault on the n-th and following requests whose path contains a text.

    Attributes:
        kind: what goes wrong.
        nth: the first matching request that it hits, counted from 1.
        times: how many matching requests in a row it hits.
        path: a text in the path and query of matching requests.
    """

    kind: FaultKind
    nth: int
    times: int = 1
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """Read `KIND@N` or `KIND@NxTIMES`, each with an optional `:PATH` after it.

        Raises:
            ValueError: the text describes no fault.
        """
        what, _, path = text.partition(":")
        kind, at, when = what.partition("@")
        nth, _, times = when.partition("x")
        try:
            fault = cls(FaultKind(kind), int(nth), int(times or 1), path)
        except ValueError:
            fault = None
        if fault is None or not at or fault.nth < 1 or fault.times < 1:
            kinds = ", ".join(kind.value for kind in FaultKind)
            raise ValueError(
                f"{text!r} is no fault; write KIND@N, KIND@NxTIMES or KIND@N:PATH, where KIND is "
                f"one of {kinds}."
            )
        return fault


@dataclass
class FaultPlan:
    """The faults of a simulation, and how many matching requests each has had."""

    faults: Sequence[Fault] = ()
    _seen: dict[Fault, int] = field(default_factory=dict)

    def take(self, target: str) -> FaultKind | None:
        """Count a request to a path and query, and return the fault that hits it, if any."""
        hit: FaultKind | None = None
        for fault in self.faults:
            if fault.path in target:
                seen = self._seen[fault] = self._seen.get(fault, 0) + 1
                if hit is None and fault.nth <= seen < fault.nth + fault.times:
                    hit = fault.kind
        return hit
