"""Whole responses over a real socket: their time, their size, and odd ones of all kinds."""

import asyncio
import re
import time
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import (
    PermanentError,
    TransientError,
    UnboundedResponseError,
)
from repo_stats.github.http.connection import TIMEOUT, Connection, ResponseLimits
from repo_stats.github.http.responses import ApiResponse
from repo_stats_tests.helpers.raw_server import RawServer, Reply, serve_raw

OK = b"HTTP/1.1 200 OK\r\nconnection: close\r\n"

MIB = 2**20


def always(*pieces: bytes) -> Reply:
    def reply(head: bytes) -> Iterator[bytes]:
        yield from pieces

    return reply


def drip(head: bytes) -> Iterator[bytes]:
    """A byte every now and then, so that no read takes long and the response never ends."""
    yield OK + b"content-length: 1000000\r\n\r\n"
    while True:
        yield b" "
        time.sleep(0.01)


def drip_redirect(head: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 301 Moved\r\nlocation: /x\r\ncontent-length: 1000000\r\n\r\n"
    while True:
        yield b" "
        time.sleep(0.01)


def drip_headers(head: bytes) -> Iterator[bytes]:
    yield OK + b"x: "
    while True:
        yield b"y"
        time.sleep(0.01)


def pack(head: bytes) -> Iterator[bytes]:
    """200 MiB of zeros in 200 kB."""
    yield OK + b"content-encoding: gzip\r\n\r\n"
    packer = zlib.compressobj(wbits=31)
    for _ in range(200):
        if piece := packer.compress(bytes(MIB)):
            yield piece
    yield packer.flush()


def ask(
    server: RawServer, limits: ResponseLimits | None = None, **options: Any
) -> tuple[ApiResponse | BaseException, GitHubClient]:
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    async def run() -> tuple[ApiResponse | BaseException, GitHubClient]:
        client = GitHubClient(
            server.url, sleep=sleep, limits=limits or ResponseLimits(10.0), **options
        )
        async with client:
            get = client.get(f"{server.url}/repos/a/b", repo="a/b", shape=dict)
            [outcome] = await asyncio.gather(get, return_exceptions=True)
            return outcome, client

    return asyncio.run(run())


def test_unless_told_otherwise_a_response_takes_a_minute_and_64_mib_at_most() -> None:
    assert ResponseLimits() == ResponseLimits(seconds=60.0, body=64 * MIB)
    assert httpx.Timeout(connect=5.0, read=30.0, write=30.0, pool=30.0) == TIMEOUT


@pytest.mark.parametrize("reply", [drip, drip_redirect, drip_headers])
def test_a_response_that_does_not_end_is_given_up_once(reply: Reply) -> None:
    with serve_raw(reply) as server:
        outcome, client = ask(server, ResponseLimits(seconds=0.3))
    assert isinstance(outcome, UnboundedResponseError)
    assert "response for a/b was not complete after 0 s" in str(outcome)
    assert client.usage.status_counts == {"0": 1}


def test_a_response_to_a_post_is_bounded_as_well() -> None:
    async def post(url: str) -> None:
        connection = Connection(url, user_agent="x", limits=ResponseLimits(0.3, MIB))
        try:
            await connection.send(f"{url}/x", {}, "a/b", b"")
        finally:
            await connection.close()

    for reply in (drip, pack):
        with serve_raw(reply) as server, pytest.raises(UnboundedResponseError):
            asyncio.run(post(server.url))


@pytest.mark.parametrize(
    "reply",
    [pack, always(OK + b"\r\n", *[bytes(MIB)] * 200)],
    ids=["compressed", "plain"],
)
def test_a_response_of_200_mib_is_not_read_to_its_end(reply: Reply) -> None:
    with serve_raw(reply) as server:
        outcome, client = ask(server, ResponseLimits(body=MIB))
    assert isinstance(outcome, UnboundedResponseError)
    assert "response for a/b is larger than 1 MiB" in str(outcome)
    assert len(server.heads) == 1
    assert server.sent < 20 * MIB
    assert client.usage.status_counts == {"0": 1}


def response(*headers: str, status: str = "200 OK", body: bytes = b'{"id": 1}') -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", "connection: close", *headers])
    return head.encode("latin-1") + b"\r\n\r\n" + body


NESTED = b"[" * 100_000

ODD_RESPONSES = {
    "a date of 30 digits": response(f"date: Mon, 23 Nov {'9' * 30} 12:00:00 GMT"),
    "an etag with other letters": response('etag: "\xe9"'),
    "a reset in the year 9999": response(
        "x-ratelimit-limit: 9", "x-ratelimit-remaining: 9", "x-ratelimit-reset: 253402300799"
    ),
    "limits of 5000 digits": response(
        *[f"x-ratelimit-{n}: {'9' * 5000}" for n in ("limit", "reset")]
    ),
    "a charset that is none": response("content-type: application/json; charset=hex"),
    "a next page nowhere": response('link: <http://[>; rel="next"'),
    "a redirect nowhere": response("location: http://[", status="301 Moved"),
    "a redirect to another port": response("location: http://127.0.0.1:1/x", status="301 Moved"),
    "an error in hex": response("content-type: x; charset=hex", status="403 No", body=b"zz"),
    "an error in idna": response("content-type: x; charset=idna", status="404 No", body=b"\xff"),
    "an error in base64": response("content-type: x; charset=base64", status="451 No", body=b"!"),
    "an error in rot13": response("content-type: x; charset=rot13", status="410 No", body=b"\xfe"),
    "a nested error": response(status="403 No", body=NESTED),
    "a nested answer": response(body=NESTED),
    "a wait of ages": response("retry-after: 999999999999999", status="403 No"),
    "an unknown compression": response("content-encoding: br"),
    "no http": b"\x00\x01\x02",
    "nothing": b"",
}


READ = {
    "a date of 30 digits",
    "an etag with other letters",
    "a reset in the year 9999",
    "limits of 5000 digits",
    "a charset that is none",
}

TRIED_AGAIN = {
    "a next page nowhere",
    "a redirect nowhere",
    "a nested answer",
    "an unknown compression",
    "no http",
    "nothing",
}


@pytest.mark.parametrize("name", sorted(READ))
def test_a_response_with_odd_headers_is_read(name: str) -> None:
    with serve_raw(always(ODD_RESPONSES[name])) as server:
        outcome, _ = ask(server)
    assert isinstance(outcome, ApiResponse)
    assert (outcome.body, outcome.etag, len(server.heads)) == ({"id": 1}, None, 1)


@pytest.mark.parametrize("name", [name for name in ODD_RESPONSES if name not in READ])
def test_an_odd_response_is_refused_in_one_sentence(name: str) -> None:
    with serve_raw(always(ODD_RESPONSES[name])) as server:
        outcome, _ = ask(server)
    kind, requests = (TransientError, 3) if name in TRIED_AGAIN else (PermanentError, 1)
    assert isinstance(outcome, kind)
    assert re.fullmatch(r"[^\n]*a/b[^\n]*\.", str(outcome))
    assert len(server.heads) == requests


@pytest.mark.parametrize("etag", ['"\xe9"', '"\U0001f41b"', '"\x1b"', "\r\nx: y", ""])
def test_a_stored_validator_that_cannot_be_sent_is_left_out(etag: str) -> None:
    with serve_raw(always(response('etag: "good"'))) as server:

        async def run() -> ApiResponse:
            async with GitHubClient(server.url) as client:
                return await client.get(f"{server.url}/x", repo="a/b", shape=dict, etag=etag)

        answer = asyncio.run(run())
    assert answer.etag == '"good"'
    assert b"if-none-match" not in server.heads[0].lower()


def test_the_token_goes_to_no_other_port() -> None:
    with serve_raw(always(response())) as other:
        location = f"location: {other.url}/x"
        with serve_raw(always(response(location, status="302 Found"))) as server:
            outcome, _ = ask(server, credentials="s3cret")
    assert "leads to another host" in str(outcome)
    assert b"Bearer s3cret" in server.heads[0]
    assert other.heads == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (response("content-encoding: br"), "an unknown compression"),
        (b"no http", "RemoteProtocolError"),
    ],
)
def test_a_response_that_is_not_complete_is_told_with_its_reason(body: bytes, reason: str) -> None:
    with serve_raw(always(body)) as server:
        outcome, _ = ask(server)
    assert str(outcome) == (
        f"The request for a/b got no complete response from {server.url} ({reason}); check the "
        "connection and REPO_STATS_API_URL if it happens again."
    )


def test_an_address_that_cannot_be_requested_is_a_request_without_a_response() -> None:
    async def send() -> None:
        connection = Connection("https://api.example", user_agent="x")
        await connection.send("https://api.example/\x07", {}, "a/b")

    with pytest.raises(TransientError, match=r"got no complete response .*InvalidURL"):
        asyncio.run(send())
