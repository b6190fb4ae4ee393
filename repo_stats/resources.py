"""What the assets reach the outside through: GitHub and the warehouse."""

import dagster as dg
import httpx
from pydantic import Field

from repo_stats.github.client import GitHubClient
from repo_stats.settings import Settings, github_token, read_api_url
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.problems import Problems
from repo_stats.warehouse.tables import Tables


class GitHubResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The GitHub API, and how sparingly it is asked.

    The token is no part of the configuration, which the UI shows: it is read from the environment
    of the process that sends the request, and goes only to the API that the environment names.
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

    def client(self, log: dg.DagsterLogManager, in_flight: int | None = None) -> GitHubClient:
        """A client for one step, with its share of the requests under way at once.

        A rate limit is waited for within the step, not by asking Dagster to retry it later: the
        multiprocess executor spends a whole core on waiting for a retry.

        Args:
            log: told of waits.
            in_flight: that share; all of it if None, for a step that runs alone.
        """
        token = github_token()
        if token is not None and self.api_url != read_api_url():
            log.warning(f"GITHUB_TOKEN is not sent to {self.api_url}, which it was not set for.")
            token = None
        return GitHubClient(
            self.api_url,
            token,
            in_flight=in_flight or self.in_flight,
            max_wait=self.max_wait,
            on_wait=lambda error, seconds: log.warning(f"{error} Waiting {seconds:.0f} s."),
            transport=self.transport(),
        )

    def transport(self) -> httpx.AsyncBaseTransport | None:
        """What carries the requests; None is the network. Tests put their own in its place."""
        return None


class RefreshOptions(dg.ConfigurableResource):  # type: ignore[type-arg]
    """What a single run may be told to do differently: all of it has a default."""

    force: bool = Field(
        default=False, description="Fetch everything anew, whatever is stored and however fresh."
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
    def problems(self) -> Problems:
        """Why repositories could not be refreshed."""
        return Problems(Files(self.root))


def github_resource(settings: Settings) -> GitHubResource:
    """The GitHub API as the settings describe it."""
    return GitHubResource(
        api_url=settings.api_url,
        max_age=settings.max_age,
        max_wait=settings.max_wait,
        per_page=settings.per_page,
        fetch_steps=settings.fetch_steps,
        in_flight=settings.in_flight,
    )
