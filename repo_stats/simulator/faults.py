"""Faults to inject into answers: which, on which request, how often."""

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
    """The connection is reset before an answer."""
    TRUNCATED = "truncated"
    """The connection ends in the middle of the body."""
    NOT_JSON = "not_json"
    """200 with HTML."""
    WRONG_SHAPE = "wrong_shape"
    """200 with an object where a list is due, and the other way round."""
    EMPTY_LIST = "empty_list"
    """200 with an empty list."""
    EXHAUSTED = "exhausted"
    """403 of the primary rate limit: nothing remains until the reset."""
    SECONDARY = "secondary"
    """403 of a secondary rate limit, without a word about how long."""
    RETRY_AFTER = "retry_after"
    """429 of a secondary rate limit, with Retry-After: 1."""


@dataclass(frozen=True)
class Fault:
    """A fault on the n-th and following requests whose path holds a text.

    Attributes:
        kind: what goes wrong.
        nth: the first matching request it happens to, from 1.
        times: to how many matching requests in a row.
        path: a part of the path and query of the requests that match.
    """

    kind: FaultKind
    nth: int
    times: int = 1
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """Read `KIND@N`, `KIND@NxTIMES` or either with `:PATH` after it.

        Raises:
            ValueError: the text is no fault.
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
    """The faults of a simulation, and how many matching requests each has seen."""

    faults: Sequence[Fault] = ()
    _seen: dict[Fault, int] = field(default_factory=dict)

    def take(self, target: str) -> FaultKind | None:
        """The fault that a request to a path and query meets, if any; counts the request."""
        met: FaultKind | None = None
        for fault in self.faults:
            if fault.path in target:
                seen = self._seen[fault] = self._seen.get(fault, 0) + 1
                if met is None and fault.nth <= seen < fault.nth + fault.times:
                    met = fault.kind
        return met
