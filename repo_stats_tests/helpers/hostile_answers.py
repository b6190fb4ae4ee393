"""What a hostile server answers: each entry spoils the answers about one repository."""

import functools
import gzip
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Headers = tuple[tuple[str, bytes], ...]

DEEP = b"[" * 100_000 + b"]" * 100_000

NOT_ASCII = 'W/"schön"'.encode()

_MARK = "value-to-replace"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whose headers and body may be anything."""

    status: int = 200
    headers: Headers = ()
    body: bytes = b"{}"


@dataclass(frozen=True)
class Question:
    """A request: its path and query, the Authorization header that came with it, and its method."""

    target: str
    authorization: str = ""
    method: str = "GET"


Spoil = Callable[[Answer, Question], Answer]
"""Makes a hostile answer of the one that GitHub would give."""


@dataclass(frozen=True)
class Hostility:
    """What a server does to one repository.

    Attributes:
        name: the repository's name.
        spoil: spoils an answer.
        in_list: whether that is an answer with issues; otherwise it is the repository's object.
        is_harmless: whether the repository's numbers have to be right nevertheless.
        items: how many open items the repository has.
    """

    name: str
    spoil: Spoil = field(repr=False)
    in_list: bool = False
    is_harmless: bool = False
    items: int = 3

    @property
    def repo(self) -> str:
        """The repository's owner/name."""
        return f"hostile/{self.name}"


def put(path: str, value: str) -> Spoil:
    """Replace a field by any text; in a list, that of the first item.

    Args:
        path: the names that lead to the field, with dots between them.
        value: the text, which need not be JSON.
    """

    def spoil(answer: Answer, question: Question) -> Answer:
        body = json.loads(answer.body)
        target: Any = body[0] if isinstance(body, list) else body
        *outer, last = path.split(".")
        for name in outer:
            target = target[name]
        target[last] = _MARK
        text = json.dumps(body).replace(f'"{_MARK}"', value)
        return replace(answer, body=text.encode("utf-8", "surrogatepass"))

    return spoil


def reply(status: int = 200, body: bytes = b"{}", **headers: bytes) -> Spoil:
    """Send something else altogether; underscores in the names of headers stand for hyphens."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return lambda answer, question: Answer(status, named, body)


def with_header(name: str, value: bytes) -> Spoil:
    """Give a header another value."""

    def spoil(answer: Answer, question: Question) -> Answer:
        kept = [pair for pair in answer.headers if pair[0].lower() != name]
        return replace(answer, headers=(*kept, (name, value)))

    return spoil


def change_list(change: Callable[[list[Any]], object]) -> Spoil:
    """Change the decoded list, and send what the change returns."""
    return lambda answer, question: replace(
        answer, body=json.dumps(change(json.loads(answer.body))).encode()
    )


def repeat_header(answer: Answer, question: Question) -> Answer:
    """Repeat the Authorization header in a refusal."""
    message = f"You sent \x1b[31m{question.authorization}\x07"
    return Answer(403, (), json.dumps({"message": message}).encode())


def repeat_in_object(answer: Answer, question: Question) -> Answer:
    """Repeat the Authorization header in what is to be stored."""
    return put("description", json.dumps(question.authorization))(answer, question)


@functools.cache
def make_bomb() -> bytes:
    """A hundred kilobytes that become 100 MiB."""
    return gzip.compress(bytes(100 * 2**20))


def never_end(answer: Answer, question: Question) -> Answer:
    """Link from each page to itself."""
    path = question.target.partition("?")[0]
    return with_header("link", f'<{path}?page=2>; rel="next"'.encode())(answer, question)


_numbers = itertools.count(10**6)

_invented_from: dict[str, Any] = {}


def invent_items(answer: Answer, question: Question) -> Answer:
    """Fill each page with items that nobody has seen before, and link to a next one."""
    listed = json.loads(answer.body)
    if isinstance(listed, list) and listed:
        _invented_from.update(listed[0])
    made = [{**_invented_from, "id": next(_numbers), "number": next(_numbers)} for _ in range(100)]
    path = question.target.partition("?")[0]
    return Answer(
        headers=(("link", f'<{path}?after={next(_numbers)}>; rel="next"'.encode()),),
        body=json.dumps(made).encode(),
    )


def elsewhere(url: str, status: int) -> Spoil:
    """Lead to another port of the same host, by a redirect or by the address of the next page."""
    if status == 200:
        return with_header("link", f'<{url}/next>; rel="next"'.encode())
    return reply(status, location=f"{url}/moved".encode())


OF_OBJECTS: Mapping[str, Spoil] = {
    "counter-too-large": put("stargazers_count", str(2**63)),
    "counter-negative": put("forks_count", "-1"),
    "counter-infinite": put("stargazers_count", "1e400"),
    "counter-no-number": put("open_issues_count", "NaN"),
    "counter-text": put("stargazers_count", '"12"'),
    "counter-boolean": put("stargazers_count", "true"),
    "id-too-large": put("id", str(2**64)),
    "id-text": put("id", '"17"'),
    "name-half-a-surrogate": put("full_name", '"hostile/\\ud83d"'),
    "name-missing": put("full_name", "null"),
    "name-with-escapes": put("full_name", '"\\u001b[31mhostile/red\\u0007"'),
    "time-without-zone": put("created_at", '"2026-01-02T03:04:05"'),
    "time-number": put("pushed_at", "17"),
    "nested": reply(body=DEEP),
    "nested-error": reply(403, DEEP),
    "empty": reply(body=b""),
    "text": reply(body=b"<html>"),
    "list": reply(body=b"[]"),
    "not-utf-8": reply(body=b'{"id": "\xff\xfe"}'),
    "not-gzip": reply(body=b"{}", content_encoding=b"gzip"),
    "bomb": lambda *_: Answer(200, (("content-encoding", b"gzip"),), make_bomb()),
    "no-content": reply(204, b""),
    "not-modified": reply(304, b""),
    "server-error": reply(500, b"<html>\x1b[2J</html>"),
    "unknown-status": reply(799, b""),
    "missing": reply(404, b'{"message": "Not Found"}'),
    "blocked": reply(451, b'{"message": "Repository access blocked"}'),
    "long-message": reply(403, json.dumps({"message": "no " * 10**5}).encode()),
    "repeats-the-token": repeat_header,
    "stores-the-token": repeat_in_object,
    "charset-hex": reply(403, b"no", content_type=b"text/plain; charset=hex"),
    "charset-idna": reply(403, b"no\xff", content_type=b"text/plain; charset=idna"),
    "charset-rot13": reply(403, b"no", content_type=b"text/plain; charset=rot13"),
    "charset-base64": reply(403, b"no", content_type=b"text/plain; charset=base64"),
    "location-broken": reply(301, location=b"http://["),
    "location-loop": reply(302, location=b"/repos/hostile/location-loop"),
    "retry-after-huge": reply(403, b"{}", retry_after=b"999999999999999"),
    "limit-of-an-hour": reply(429, b"{}", retry_after=b"3600"),
}
"""What spoils the object of a repository."""

OF_LISTS: Mapping[str, Spoil] = {
    "item-id-too-large": put("id", str(2**63)),
    "item-id-text": put("id", '"17"'),
    "item-number-negative": put("number", "-4"),
    "item-comments-infinite": put("comments", "1e400"),
    "item-state-half-a-surrogate": put("state", '"\\udc00"'),
    "item-state-unknown": put("state", '"ajar"'),
    "item-time-without-zone": put("updated_at", '"2026-01-02T03:04:05"'),
    "item-labels-number": put("labels", "5"),
    "item-user-text": put("user", '"me"'),
    "item-three-times": change_list(lambda items: [items[0], items[0], *items]),
    "item-null": change_list(lambda items: [None, *items]),
    "item-nested": reply(body=DEEP),
    "list-object": change_list(lambda items: {"items": items}),
    "list-endless": never_end,
    "list-invented": invent_items,
    "list-gone": reply(410, b'{"message": "Issues are disabled"}'),
    "list-server-error": reply(502, b""),
    "list-limit-of-an-hour": reply(429, b"{}", retry_after=b"3600"),
}
"""What spoils the list of its issues."""

HARMLESS: Mapping[str, Spoil] = {
    "etag-not-ascii": with_header("etag", NOT_ASCII),
    "etag-control": with_header("etag", b'"a\x07b"'),
    "date-in-ages": with_header("date", b"Mon, 23 Nov " + b"9" * 30 + b" 12:00:00 GMT"),
    "date-text": with_header("date", b"yesterday"),
    "reset-in-ages": with_header("x-ratelimit-reset", b"253402300799"),
    "remaining-text": with_header("x-ratelimit-remaining", b"many"),
}
"""What spoils neither."""


def hostilities(other_url: str) -> Sequence[Hostility]:
    """All of them.

    Args:
        other_url: the address of another server, which must not see the token.
    """
    of_objects = {**OF_OBJECTS, "location-elsewhere": elsewhere(other_url, 301)}
    of_lists = {**OF_LISTS, "link-elsewhere": elsewhere(other_url, 200)}
    return [
        *(Hostility(name, spoil) for name, spoil in of_objects.items()),
        *(Hostility(name, spoil, in_list=True) for name, spoil in of_lists.items()),
        *(Hostility(name, spoil, is_harmless=True) for name, spoil in HARMLESS.items()),
        *(
            Hostility(f"list-{name}", spoil, in_list=True, is_harmless=True)
            for name, spoil in HARMLESS.items()
        ),
    ]
