"""Reads lists of repositories: of an organisation, of a user, of an App's installation.

A list is cut into pages by number. While it is read, a repository that leaves it moves all later
ones forward, and one that nobody touched is missed between two pages. So a list of several pages
is read until two readings in a row name the same repositories; what was stored by the last reading
counts as one. Each page is requested with its ETag: one that did not change costs nothing with a
token.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import EndlessListError, NotFoundError, TransientError
from repo_stats.github.fields import (
    FieldError,
    read_flag,
    read_name,
    read_names,
    read_number,
    read_optional_text,
    read_optional_time,
)

Kind = Literal["org", "user", "installation"]
"""Whose list it is."""

PER_PAGE = 100

MOST_PAGES = 100
"""Pages of a list that are read: 10,000 repositories."""

MOST_WALKS = 5
"""Readings of a list until it counts as one that changes too fast."""

_OLDEST_FIRST = "sort=created&direction=asc"
"""The order in which a new repository moves no other one."""

_PATHS: Mapping[Kind, str] = {
    "org": f"/orgs/{{name}}/repos?type=all&{_OLDEST_FIRST}&",
    "user": f"/users/{{name}}/repos?type=owner&{_OLDEST_FIRST}&",
    "installation": "/installation/repositories?",
}


@dataclass(frozen=True)
class ListedRepository:
    """A repository as a list shows it.

    Attributes:
        repo: its owner/name, in GitHub's spelling.
        repo_id: GitHub's number of it.
        node_id: its name in GraphQL; empty if the server does not tell.
        stars: users who starred it.
        is_archived: whether it is archived.
        is_fork: whether it is a fork.
        visibility: `public`, `private` or `internal`.
        topics: its topics.
        pushed_at: when something was last pushed to it.
    """

    repo: str
    repo_id: int
    node_id: str = ""
    stars: int = 0
    is_archived: bool = False
    is_fork: bool = False
    visibility: str = "public"
    topics: tuple[str, ...] = ()
    pushed_at: datetime | None = None


@dataclass(frozen=True)
class ListingPage:
    """A page of a list, as it was last received.

    Attributes:
        rows: the repositories on it.
        etag: its validator, if it has one.
        token_id: fingerprint of the token that the validator belongs to.
        has_next: whether the response named a next page.
    """

    rows: tuple[ListedRepository, ...]
    etag: str | None
    token_id: str | None
    has_next: bool


@dataclass(frozen=True)
class Listing:
    """A list that was read.

    Attributes:
        pages: its pages.
        is_settled: whether it is known to miss no repository. If not, it changed each time that it
            was read.
    """

    pages: tuple[ListingPage, ...]
    is_settled: bool = True

    @property
    def rows(self) -> tuple[ListedRepository, ...]:
        """The repositories, each once."""
        return tuple({row.repo_id: row for page in self.pages for row in page.rows}.values())


async def read_list(
    client: GitHubClient, kind: Kind, name: str, stored: Sequence[ListingPage] = ()
) -> Listing:
    """Read the list of an organisation or user, or of the installation of the client's App.

    Args:
        client: the API. For an installation it must have no credentials but the App's.
        kind: whose list it is.
        name: the organisation or user; empty for an installation.
        stored: the pages as they were read last, for conditional requests.

    Raises:
        NotFoundError: GitHub knows no such organisation or user.
        EndlessListError: the list has more repositories than are read.
        GitHubError: the list cannot be read; see `GitHubClient.get`.
    """
    before, pages = _ids(stored), tuple(stored)
    for _ in range(MOST_WALKS):
        pages = await _walk(client, kind, name, pages)
        after = _ids(pages)
        if len(pages) == 1 or after == before:
            return Listing(pages)
        before = after
    return Listing(pages, is_settled=False)


def describe_list(kind: Kind, name: str) -> str:
    """What a list is called in messages: `the organisation dagster-io`."""
    if kind == "installation":
        return "the installation of the GitHub App"
    return f"the {'organisation' if kind == 'org' else 'user'} {name}"


def _ids(pages: Iterable[ListingPage]) -> set[int]:
    return {row.repo_id for page in pages for row in page.rows}


async def _walk(
    client: GitHubClient, kind: Kind, name: str, stored: Sequence[ListingPage]
) -> tuple[ListingPage, ...]:
    """Read all pages once, from the first to the last."""
    pages: list[ListingPage] = []
    # A full page may be the last one of its ETag only: a 304 does not tell of a new next page.
    while not pages or pages[-1].has_next or len(pages[-1].rows) >= PER_PAGE:
        if len(pages) >= MOST_PAGES:
            raise EndlessListError(
                f"GitHub lists more than {PER_PAGE * MOST_PAGES:,} repositories of "
                f"{describe_list(kind, name)}, which is more than is read; write out those to "
                "watch as owner/name."
            )
        known = stored[len(pages)] if len(pages) < len(stored) else None
        pages.append(await _read_page(client, kind, name, len(pages) + 1, known))
    return tuple(pages)


async def _read_page(
    client: GitHubClient, kind: Kind, name: str, number: int, known: ListingPage | None
) -> ListingPage:
    what = describe_list(kind, name)
    path = _PATHS[kind].format(name=name)
    try:
        response = await client.get(
            f"{client.api_url}{path}per_page={PER_PAGE}&page={number}",
            repo=what,
            shape=dict if kind == "installation" else list,
            etag=None if known is None else known.etag,
            etag_owner=None if known is None else known.token_id,
        )
    except NotFoundError as error:
        raise NotFoundError(_advise_on_missing(kind, name)) from error
    if response.body is None and known is not None:
        return known
    return ListingPage(
        _parse_page(response.body, what),
        response.etag,
        response.token_id,
        response.next_url is not None,
    )


def _advise_on_missing(kind: Kind, name: str) -> str:
    what = describe_list(kind, name)
    if kind == "installation":
        return f"GitHub does not list the repositories of {what}; check REPO_STATS_API_URL."
    other = "user" if kind == "org" else "org"
    return (
        f"GitHub does not know {what}; check the name, and whether it is meant as "
        f"`{other}: {name}`."
    )


def _parse_page(body: Any, what: str) -> tuple[ListedRepository, ...]:
    """The repositories in a response.

    Raises:
        TransientError: something in it is no repository, or there twice.
    """
    items = body.get("repositories") if isinstance(body, Mapping) else body
    try:
        if not isinstance(items, list):
            raise FieldError("no 'repositories'")
        rows = tuple(map(_parse_row, items))
        if len({row.repo_id for row in rows}) < len(rows):
            raise FieldError("a repository is there twice")
    except FieldError as error:
        raise TransientError(
            f"A page of the repositories of {what} holds something that is no repository "
            f"({error}); try again later."
        ) from error
    return rows


def _parse_row(item: Any) -> ListedRepository:
    if not isinstance(item, Mapping):
        raise FieldError("no object")
    return ListedRepository(
        repo=read_name(item, "full_name"),
        repo_id=read_number(item, "id", least=1),
        node_id=read_optional_text(item, "node_id") or "",
        stars=read_number(item, "stargazers_count"),
        is_archived=read_flag(item, "archived"),
        is_fork=read_flag(item, "fork"),
        visibility=_read_visibility(item),
        topics=tuple(read_names(item, "topics", "name")),
        pushed_at=read_optional_time(item, "pushed_at"),
    )


def _read_visibility(item: Mapping[str, Any]) -> str:
    """The visibility; servers of before 2020 tell only whether a repository is private."""
    if not read_flag(item, "private"):
        return "public"
    told = read_optional_text(item, "visibility")
    return told if told in ("private", "internal") else "private"
