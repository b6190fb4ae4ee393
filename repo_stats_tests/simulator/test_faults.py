"""Faults: what each makes of a response, and on which request it happens."""

from collections.abc import Callable

import httpx
import pytest

from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.simulated_api import ISSUES, URL, get, numbers


@pytest.mark.parametrize(
    ("kind", "status", "holds"),
    [
        (FaultKind.SERVER_ERROR, 500, "Server Error"),
        (FaultKind.BAD_GATEWAY, 502, "Unicorn"),
        (FaultKind.NOT_JSON, 200, "Unicorn"),
        (FaultKind.WRONG_SHAPE, 200, "unexpected"),
        (FaultKind.EMPTY_LIST, 200, "[]"),
        (FaultKind.EXHAUSTED, 403, "API rate limit exceeded"),
        (FaultKind.SECONDARY, 403, "secondary rate limit"),
        (FaultKind.RETRY_AFTER, 429, "secondary rate limit"),
    ],
)
def test_a_fault_happens_on_the_nth_matching_request_only(
    rocket: Simulate, kind: FaultKind, status: int, holds: str
) -> None:
    simulator = rocket(faults=[Fault(kind, 2, path="/issues")])
    before, elsewhere, spoilt, after = get(simulator, ISSUES, URL, ISSUES, ISSUES)
    assert (spoilt.status_code, holds in spoilt.text) == (status, True)
    assert [r.status_code for r in (before, elsewhere, after)] == [200, 200, 200]
    assert numbers(before) == numbers(after)


def test_a_part_of_nothing_is_nothing(rocket: Simulate) -> None:
    simulator = rocket(faults=[Fault(FaultKind.PARTIAL, 2)])
    [first] = get(simulator, ISSUES)
    [unchanged] = get(simulator, ISSUES, **{"if-none-match": first.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


@pytest.mark.parametrize(
    ("kind", "error"),
    [(FaultKind.RESET, httpx.ReadError), (FaultKind.TRUNCATED, httpx.RemoteProtocolError)],
)
def test_a_cut_connection_is_cut_on_a_real_socket(
    rocket: Simulate,
    serve: Callable[[Simulator], str],
    kind: FaultKind,
    error: type[Exception],
) -> None:
    simulator = rocket(faults=[Fault(kind, 1)])
    url = serve(simulator) + URL
    with httpx.Client() as client:
        with pytest.raises(error):
            client.get(url)
        assert client.get(url).json()["full_name"] == "acme/rocket"
    assert [request.status for request in simulator.log] == [0, 200]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("reset@3", Fault(FaultKind.RESET, 3)),
        ("secondary@1x2", Fault(FaultKind.SECONDARY, 1, 2)),
        ("not_json@2:/issues", Fault(FaultKind.NOT_JSON, 2, 1, "/issues")),
    ],
)
def test_a_fault_can_be_written_as_text(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault


@pytest.mark.parametrize("text", ["", "reset", "reset@", "reset@0", "boom@1", "reset@1x0"])
def test_what_is_no_fault_is_refused_with_the_kinds(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no fault; .* server_error, bad_gateway"):
        Fault.parse(text)
