"""The resources of the assets that are not the warehouse: the GitHub API, and a run's options."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial

import dagster as dg
import httpx
from pydantic import Field, PrivateAttr

from repo_stats.config import fields, run_fields
from repo_stats.config.credentials import load_credentials
from repo_stats.config.settings import Settings, read_api_url
from repo_stats.defs.origins import ResourceOfRun
from repo_stats.defs.sent_requests import NotingClient, find_sent_before, note_sent
from repo_stats.github.auth.credentials import Credentials
from repo_stats.github.client import GitHubClient
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.http.usage import Usage
from repo_stats.github.repositories import repository_url

MOST_PULSE_WAIT = 60
"""The most seconds to wait for GraphQL's rate limits before the REST API is asked."""


class GitHubResource(ResourceOfRun):
    """The GitHub API, and the limits for requests to it: those that one of the runs at once keeps.

    The UI shows this configuration, so tokens and keys are not part of it. Each process reads them
    from its environment, and sends them only to the API that its environment names.
    """

    api_url: fields.ApiUrl
    max_age: fields.MaxAge
    max_wait: fields.MaxWait
    per_page: fields.PerPage
    fetch_steps: fields.FetchSteps
    in_flight: fields.InFlight
    per_minute: fields.PerMinute
    uses_pulse: fields.UsesPulse
    user_agent: fields.UserAgent
    runs_at_once: run_fields.RunsAtOnce

    _sent_before: list[float] = PrivateAttr(default_factory=list)
    _note: Callable[[Usage], None] | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Find out what was sent within the minute before the run, and where to note what it sends.

        The clients note it when they end. A resource with an end of its own could not be given to
        sensors as it is.
        """
        super().setup_for_execution(context)
        self._sent_before = find_sent_before(context.run)
        if context.run is not None:
            self._note = partial(note_sent, context.instance, context.run)

    def window(self, sent: Iterable[float] = (), answered_at: float | None = None) -> SlidingWindow:
        """The limit of requests a minute; it counts those before the run. See `SlidingWindow`."""
        return SlidingWindow(self.per_minute, [*self._sent_before, *sent], answered_at)

    def client(
        self,
        log: logging.Logger,
        in_flight: int | None = None,
        sliding_window: SlidingWindow | None = None,
        max_wait: int | None = None,
        repos: Iterable[str] = (),
        *,
        app_only: bool = False,
    ) -> NotingClient:
        """Make the client of one step.

        The step itself waits for rate limits. A retry by Dagster would begin the whole step anew,
        and a step is tried only a few times.

        Args:
            log: gets a line for each wait and for each token that is not used.
            in_flight: the step's share of the requests in progress at the same time; None for
                all of them, in a step that runs alone.
            sliding_window: the step's share of the requests per minute; None for all of them,
                with none sent so far.
            max_wait: the longest wait for a rate limit, in seconds; None for that of the settings.
            repos: the repositories of the run; the step may read only some of them.
            app_only: authorize requests as the GitHub App alone, not with other tokens.

        Raises:
            StepError: the run belongs to another API.
        """
        self.require_origin("api_url", self.api_url)
        credentials = self._credentials(log)
        client = NotingClient(
            self.api_url,
            Credentials(app=credentials.app) if app_only else credentials,
            in_flight=in_flight or self.in_flight,
            max_wait=self.max_wait if max_wait is None else max_wait,
            sliding_window=sliding_window or self.window(),
            user_agent=self.user_agent,
            on_wait=lambda error, seconds: log.warning(f"{error} Waiting {seconds:.0f} s."),
            on_drop=lambda error: log.warning(f"{error} The others go on without it."),
            transport=self.transport(),
            others={repo: repository_url(self.api_url, repo) for repo in repos},
            sleep=self.sleep,
        )
        client.note = self._note
        return client

    def pulse_client(self, log: logging.Logger) -> GitHubClient:
        """Make the client of GraphQL queries, whose quota and limits are apart from those of REST.

        A longer wait would help nobody: the REST API can be asked meanwhile.
        """
        most_wait, window = min(self.max_wait, MOST_PULSE_WAIT), SlidingWindow(self.per_minute)
        client = self.client(log, max_wait=most_wait, sliding_window=window)
        client.note = None  # its requests do not count towards the limit of the next run
        return client

    def _credentials(self, log: logging.Logger) -> Credentials:
        credentials = load_credentials()
        own_api = read_api_url()
        if not credentials.names or self.api_url == own_api:
            return credentials
        names = ", ".join(credentials.names)
        verb, pronoun = ("is", "it was") if len(credentials.names) == 1 else ("are", "they were")
        log.warning(
            f"{names} {verb} not sent to {self.api_url}, because {pronoun} set for {own_api}."
        )
        return Credentials()

    @property
    def is_authorized(self) -> bool:
        """Whether requests have a token, with which unchanged content costs no quota."""
        return self.api_url == read_api_url() and bool(load_credentials().names)

    @property
    def has_app(self) -> bool:
        """Whether requests may be sent as a GitHub App."""
        return self.api_url == read_api_url() and load_credentials().app is not None

    def transport(self) -> httpx.AsyncBaseTransport | None:
        """The transport of the requests; None is the network. Tests override it."""
        return None

    async def sleep(self, seconds: float) -> None:
        """Wait between retries and for rate limits. Tests override it."""
        await asyncio.sleep(seconds)


class RefreshOptions(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The options of a single run; each has a default."""

    force: bool = Field(
        default=False, description="Fetch everything again, even what is stored and fresh."
    )
    revalidate: bool = Field(
        default=False,
        description=(
            "Request everything again, even what is fresh, but conditionally: with a token, "
            "unchanged content costs no quota."
        ),
    )
    repos: list[str] = Field(
        default_factory=list,
        description=(
            "Repositories of the picked range that the run works on; empty for all of it. The "
            "sensors fill it in for repositories that are no neighbours in the watchlist."
        ),
    )
    watched: list[str] = Field(
        default_factory=list,
        description=(
            "Repositories that are watched although the run's watchlist does not name them: what "
            "is stored of them never moves to another name."
        ),
    )


def github_resource(settings: Settings) -> GitHubResource:
    """Make the resource of the GitHub API from the settings, with the share of one run."""
    values = settings.model_dump(include=set(GitHubResource.model_fields))
    runs = max(1, settings.runs_at_once)
    shares = {name: values[name] // runs for name in ("in_flight", "per_minute")}
    return GitHubResource(**{**values, **shares})
