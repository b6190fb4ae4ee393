"""No connection: how often it is tried, when it is given up, and what is said of it."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import UnreachableError
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.http.responses import ApiResponse
from repo_stats_tests.helpers.client import API, URL
from repo_stats_tests.helpers.fake_time import NOON, FakeTime


class Network:
    """A network that is down at times."""

    def __init__(self, *downtimes: tuple[float, float]) -> None:
        self.time = FakeTime()
        self.downtimes = downtimes
        self.requests = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        now = self.time.now - NOON
        if any(start <= now < end for start, end in self.downtimes):
            raise httpx.ConnectError("All connection attempts failed")
        return httpx.Response(200, json={})

    def ask(self, *pauses: float, times: int = 1, **options: Any) -> list[Any]:
        """Send requests at once, and again after each pause."""

        async def run() -> list[Any]:
            outcomes: list[Any] = []
            transport = httpx.MockTransport(self)
            async with GitHubClient(
                API, transport=transport, sleep=self.time.sleep, clock=self.time, **options
            ) as client:
                for pause in (0.0, *pauses):
                    self.time.now += pause
                    requests = [client.get(URL, repo="a/b", shape=dict) for _ in range(times)]
                    outcomes += await asyncio.gather(*requests, return_exceptions=True)
                return outcomes

        return asyncio.run(run())


@pytest.mark.parametrize("times", [1, 100])
def test_without_a_network_all_requests_give_up_together_within_seconds(times: int) -> None:
    network = Network((0, 1e9))
    errors = network.ask(5.0, times=times)
    assert len({str(error) for error in errors}) == 1
    assert [type(error) for error in errors] == [UnreachableError] * (2 * times)
    assert str(errors[0]) == (
        f"{API} cannot be reached: ConnectError; check the connection and REPO_STATS_API_URL."
    )
    assert network.time.slept == [0.5, 1.0, 2.0]
    assert network.requests <= 10 * 10


@pytest.mark.parametrize("times", [1, 100])
@pytest.mark.parametrize("downtime", [(0, 3), (100, 130)])
def test_a_short_outage_is_survived_and_a_longer_one_after_responses(
    times: int, downtime: tuple[float, float]
) -> None:
    network = Network(downtime)
    responses = network.ask(100.0, 100.0, times=times)
    assert [response.body for response in responses] == [{}] * (3 * times)
    assert 1 <= sum(network.time.slept) / (downtime[1] - downtime[0]) < 1.2


def test_an_outage_that_lasts_is_given_up_in_the_middle_of_a_run_too() -> None:
    network = Network((100, 1e9))
    told: list[float] = []
    first, second, third = network.ask(
        100.0, 1.0, on_wait=lambda error, seconds: told.append(seconds)
    )
    assert told == [4.0]
    assert isinstance(first, ApiResponse)
    assert isinstance(second, UnreachableError)
    assert third is second
    assert 30 <= sum(network.time.slept) <= 60


def test_a_step_in_the_middle_of_a_run_survives_an_outage_as_well() -> None:
    network = Network((0, 30))
    [response] = network.ask(sliding_window=SlidingWindow(100, [NOON - 9]))
    assert response.body == {}
    assert network.time.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def ask(url: str) -> Exception:
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    async def run() -> Exception:
        async with GitHubClient(url, sleep=sleep) as client:
            get = client.get(f"{url}/repos/a/b", repo="a/b", shape=dict)
            [error] = await asyncio.gather(get, return_exceptions=True)
            assert isinstance(error, Exception)
            return error

    return asyncio.run(run())


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_refused_connection_says_so(closed_port: int) -> None:
    url = f"http://127.0.0.1:{closed_port}"
    assert f"{url} cannot be reached: it refuses the connection; check" in str(ask(url))


def test_a_name_that_is_not_known_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert "cannot be reached: its name cannot be resolved" in str(ask("http://api.example"))


def test_a_dead_proxy_is_named(closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://me:s3cret@127.0.0.1:{closed_port}")
    error = str(ask("http://api.example"))
    assert "http://api.example cannot be reached through the proxy of http_proxy" in error
    assert "s3cret" not in error


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("http_proxy", "http://proxy:99999"),
        ("ALL_PROXY", "socks4://proxy"),
        ("SSL_CERT_FILE", "/missing.pem"),
    ],
)
def test_a_wrong_setting_is_one_sentence_at_once(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    error = ask("http://api.example")
    assert isinstance(error, UnreachableError)
    assert str(error).startswith(f"{variable} is {value!r}, ")


@pytest.mark.parametrize("no_proxy", ["[::1]", "fe80::/10", "http://[", "\x1b"])
def test_any_list_of_exceptions_leaves_other_addresses_reachable(
    no_proxy: str, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert "refuses the connection" in str(ask(f"http://127.0.0.1:{closed_port}"))
