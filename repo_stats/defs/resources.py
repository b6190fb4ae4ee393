"""What the assets reach the outside through: GitHub and the warehouse."""

import asyncio
import logging

import dagster as dg
import httpx
from pydantic import Field

from repo_stats.config.credentials import load_credentials
from repo_stats.config.settings import Settings, read_api_url
from repo_stats.github.auth.credentials import Credentials
from repo_stats.github.client import GitHubClient
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.stale import SYNC_FAILURES, RefreshFailures
from repo_stats.warehouse.tables import Tables


class GitHubResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The GitHub API, and how sparingly it is asked.

    Tokens and keys are no part of the configuration, which the UI shows: they are read from the
    environment of the process that sends the request, and go only to the API that it names.
    """

    api_url: str = Field(description="Base URL of the API, without a slash at its end.")
    max_age: int = Field(
        ge=0, description="Seconds for which stored answers count as fresh: no request is sent."
    )
    max_wait: int = Field(ge=0, description="Longest wait for a rate limit, in seconds.")
    per_page: int = Field(ge=1, le=100, description="Items asked for in one page of a list.")
    fetch_steps: int = Field(ge=1, le=64, description="Most steps that pages are spread over.")
    in_flight: int = Field(
        ge=1, le=100, description="Most requests under way at once, over all steps of a run."
    )
    per_minute: int = Field(
        ge=1, le=900, description="Most requests a minute, over all steps of a run."
    )
    user_agent: str = Field(description="What requests introduce themselves as.")

    def client(
        self,
        log: logging.Logger,
        in_flight: int | None = None,
        sliding_window: SlidingWindow | None = None,
        max_wait: int | None = None,
    ) -> GitHubClient:
        """A client for one step, with its share of the requests under way and of those a minute.

        A rate limit is waited for within the step, not by asking Dagster to retry it later: the
        multiprocess executor spends a whole core on waiting for a retry.

        Args:
            log: told of waits, and of tokens that are not used.
            in_flight: the most requests under way at once; all of them if None, for a step that
                runs alone.
            sliding_window: the most requests a minute; if None, all of them, with none sent so far.
            max_wait: the longest wait for a rate limit; if None, as the settings say.
        """
        return GitHubClient(
            self.api_url,
            self._credentials(log),
            in_flight=in_flight or self.in_flight,
            max_wait=self.max_wait if max_wait is None else max_wait,
            sliding_window=sliding_window or SlidingWindow(self.per_minute),
            user_agent=self.user_agent,
            on_wait=lambda error, seconds: log.warning(f"{error} Waiting {seconds:.0f} s."),
            on_drop=lambda error: log.warning(f"{error} The others go on without it."),
            transport=self.transport(),
            sleep=self.sleep,
        )

    def _credentials(self, log: logging.Logger) -> Credentials:
        credentials = load_credentials()
        if not credentials.names or self.api_url == read_api_url():
            return credentials
        names = ", ".join(credentials.names)
        verb, pronoun = ("is", "it was") if len(credentials.names) == 1 else ("are", "they were")
        log.warning(f"{names} {verb} not sent to {self.api_url}, which {pronoun} not set for.")
        return Credentials()

    @property
    def is_authorized(self) -> bool:
        """Whether requests are sent with a token, so that unchanged content is free."""
        return self.api_url == read_api_url() and bool(load_credentials().names)

    def transport(self) -> httpx.AsyncBaseTransport | None:
        """What carries the requests; None is the network. Tests put their own in its place."""
        return None

    async def sleep(self, seconds: float) -> None:
        """Wait, between quick retries and for limits. Tests put their own in its place."""
        await asyncio.sleep(seconds)


class RefreshOptions(dg.ConfigurableResource):  # type: ignore[type-arg]
    """What a single run may be told to do differently: all of it has a default."""

    force: bool = Field(
        default=False, description="Fetch everything anew, whatever is stored and however fresh."
    )
    revalidate: bool = Field(
        default=False,
        description=(
            "Ask again for everything, however fresh, but conditionally: what did not change is "
            "free with a token."
        ),
    )


class WarehouseResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The folder or bucket that tables and pages are kept in."""

    root: str = Field(description="Absolute path or fsspec URL of the warehouse.")

    @property
    def tables(self) -> Tables:
        """The tables, one file per repository."""
        return Tables(Files(self.root))

    @property
    def pages(self) -> PageFolder:
        """The pages of issues lists, one file each."""
        return PageFolder(Files(self.root))

    @property
    def all_pages(self) -> PageFolder:
        """The pages of the lists of all items, open or not."""
        return PageFolder(Files(self.root), "all_issue_pages")

    @property
    def sync_failures(self) -> RefreshFailures:
        """Why the history of repositories could not be refreshed."""
        return RefreshFailures(Files(self.root), SYNC_FAILURES)

    @property
    def refresh_failures(self) -> RefreshFailures:
        """Why repositories could not be refreshed."""
        return RefreshFailures(Files(self.root))


def github_resource(settings: Settings) -> GitHubResource:
    """The GitHub API as the settings describe it."""
    return GitHubResource(
        api_url=settings.api_url,
        max_age=settings.max_age,
        max_wait=settings.max_wait,
        per_page=settings.per_page,
        fetch_steps=settings.fetch_steps,
        in_flight=settings.in_flight,
        per_minute=settings.per_minute,
        user_agent=settings.user_agent,
    )
