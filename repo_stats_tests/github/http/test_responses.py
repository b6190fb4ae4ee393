"""Responses: which are usable, for which request, and what is said of the others."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from repo_stats.github.auth.credentials import Token
from repo_stats.github.errors import GitHubError, NotFoundError, TransientError
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.responses import ApiRequest, ApiResponse, RawResponse, read_response

API = "https://api.example"

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

TOKEN, OTHER = Token("one", "token 1 of GITHUB_TOKENS"), Token("two")


def request(
    etag: str | None = None, etag_owner: str | None = None, shape: type[Any] = dict
) -> ApiRequest:
    return ApiRequest(f"{API}/repos/a/b/issues?page=1", "a/b", shape, etag, etag_owner)


def read(
    status: int = 200,
    body: bytes = b"{}",
    headers: dict[str, str] | None = None,
    *,
    asked: ApiRequest | None = None,
    token: Token | None = TOKEN,
) -> ApiResponse:
    return read_response(
        RawResponse(status, headers or {}, body),
        asked or request(),
        token,
        api_url=API,
        asked_at=NOON,
        answered_at=NOON + timedelta(seconds=1),
    )


@pytest.mark.parametrize(
    ("etag", "owner", "token", "sent"),
    [
        (None, None, TOKEN, None),
        ('"1"', None, TOKEN, '"1"'),
        ('"1"', None, None, '"1"'),
        ('"1"', TOKEN.id, TOKEN, '"1"'),
        ('"1"', TOKEN.id, OTHER, None),
        ('"1"', TOKEN.id, None, None),
        ("\n", None, TOKEN, None),
    ],
)
def test_an_etag_is_sent_only_with_the_token_that_it_can_match(
    etag: str | None, owner: str | None, token: Token | None, sent: str | None
) -> None:
    assert request(etag, owner).etag_for(token) == sent


@pytest.mark.parametrize("status", [200, 201, 299])
def test_a_success_is_read_whole(status: int) -> None:
    headers = {
        "date": "Mon, 23 Nov 2026 12:00:09 GMT",
        "etag": 'W/"2"',
        "link": f'<{API}/repos/a/b/issues?page=2>; rel="next"',
        "x-ratelimit-limit": "60",
        "x-ratelimit-remaining": "59",
        "x-ratelimit-reset": "1795435200",
    }
    assert read(status, b'{"a": 1}', headers) == ApiResponse(
        asked_at=NOON,
        answered_at=NOON + timedelta(seconds=1),
        server_date=NOON + timedelta(seconds=9),
        etag='W/"2"',
        token_id=TOKEN.id,
        next_url=f"{API}/repos/a/b/issues?page=2",
        quota=Quota(60, 59, NOON),
        body={"a": 1},
    )


@pytest.mark.parametrize("status", [100, 199, 300, 304, 404, 500])
def test_what_is_no_success_has_no_body_that_could_be_stored(status: int) -> None:
    with pytest.raises(GitHubError, match="a/b"):
        read(status)


def test_an_unchanged_answer_has_no_body_whatever_was_sent_with_it() -> None:
    for body in (b"", b'{"a": 1}', b"garbage"):
        assert read(304, body, asked=request('"1"', TOKEN.id)).body is None


@pytest.mark.parametrize(
    ("asked", "token"),
    [(request(), TOKEN), (request('"1"', TOKEN.id), OTHER), (request('"1"', TOKEN.id), None)],
)
def test_unchanged_is_no_answer_to_a_request_that_sent_no_etag(
    asked: ApiRequest, token: Token | None
) -> None:
    with pytest.raises(TransientError) as raised:
        read(304, b"", asked=asked, token=token)
    assert str(raised.value) == (
        "GitHub answered 304 for a/b to an unconditional request; try again later."
    )


def test_a_refusal_names_the_token_of_the_request_if_there_was_one() -> None:
    with pytest.raises(NotFoundError, match=r"or token 1 of GITHUB_TOKENS may not read it"):
        read(404)
    with pytest.raises(NotFoundError, match="no public repository a/b"):
        read(404, token=None)
    assert read(token=None).token_id is None


@pytest.mark.parametrize(
    ("body", "shape", "sentence"),
    [
        (b"{", dict, "GitHub's response for a/b is cut off or not JSON; try again later."),
        (b"[]", dict, "GitHub's response for a/b is a list instead of a dict; try again later."),
        (b"{}", list, "GitHub's response for a/b is a dict instead of a list; try again later."),
    ],
)
def test_a_body_of_another_shape_is_worth_asking_for_again(
    body: bytes, shape: type[Any], sentence: str
) -> None:
    with pytest.raises(TransientError) as raised:
        read(200, body, asked=request(shape=shape))
    assert str(raised.value) == sentence
