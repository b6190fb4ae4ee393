"""Posts alerts to a webhook, whose address is a secret and never shown."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx

from repo_stats.alerts.rules import Alert
from repo_stats.network.clients import open_client
from repo_stats.network.errors import NetworkSettingsError
from repo_stats.network.failures import describe, find_certificate_problem

TIMEOUT = httpx.Timeout(5.0)

PAUSES = (1.0, 3.0)
"""Seconds to wait before the second and the third try; each try may take as long as `TIMEOUT`."""

MOST_POSTS = 5
"""The largest number of alerts that are posted one by one; more are posted together."""

MOST_LINES = 20
"""The largest number of alerts that are written out when they are posted together."""


def bundle(alerts: Sequence[Alert]) -> list[Alert]:
    """Combine many alerts into one with a line for each; a few stay as they are."""
    if len(alerts) <= MOST_POSTS:
        return list(alerts)
    lines = [alert.text for alert in alerts[:MOST_LINES]]
    if len(alerts) > MOST_LINES:
        lines.append(f"And {len(alerts) - MOST_LINES} more.")
    repositories = dict.fromkeys(repo for alert in alerts for repo in alert.repositories)
    reason = f"{len(alerts)} alerts at once"
    return [replace(alerts[-1], text="\n".join(lines), repositories=[*repositories], reason=reason)]


def post(
    url: str,
    alerts: Sequence[Alert],
    log: logging.Logger,
    within: float,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> int:
    """Post alerts to a webhook; a failure is a warning in the log and no error.

    Args:
        url: the webhook's address.
        alerts: what to post: one request each, or one for all if there are many.
        log: gets the warning.
        within: seconds after which posting is given up.
        transport: replaces the network in tests.
        sleep: waits between tries.

    Returns:
        How many of the alerts reached the webhook; these are the first ones.
    """
    posts = bundle(alerts)
    reached: list[Alert] = []
    posting = _post_all(url, posts, reached, transport, sleep)
    try:
        with _hide_posts_from_log():
            problem = _run(asyncio.wait_for(posting, within))
    except asyncio.TimeoutError:
        problem = f"it took more than {within:.0f} s"
    if problem is not None:
        log.warning(f"Alerts did not reach the webhook of REPO_STATS_WEBHOOK_URL: {problem}.")
    return len(alerts) if len(reached) == len(posts) else len(reached)


def _run(posting: Coroutine[Any, Any, str | None]) -> str | None:
    """Run a coroutine, and do not wait for its threads as `asyncio.run` does.

    A thread that looks up the webhook's name can take half a minute, and cannot be stopped.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(posting)
    finally:
        loop.close()


@contextmanager
def _hide_posts_from_log() -> Iterator[None]:
    """Hide the log line that httpx writes for each POST request, because it has the address."""

    # a new function each time, so that its removal does not affect another thread's post
    def is_shown(record: logging.LogRecord) -> bool:
        return not (isinstance(record.args, tuple) and record.args[:1] == ("POST",))

    logger = logging.getLogger("httpx")
    logger.addFilter(is_shown)
    try:
        yield
    finally:
        logger.removeFilter(is_shown)


async def _post_all(
    url: str,
    alerts: Sequence[Alert],
    reached: list[Alert],
    transport: httpx.AsyncBaseTransport | None,
    sleep: Callable[[float], Awaitable[None]],
) -> str | None:
    """Post alerts until one fails, and add the others to a list; returns why it failed, or None."""
    try:
        client = open_client(url, timeout=TIMEOUT, transport=transport)
    except NetworkSettingsError as error:
        return str(error).removesuffix(".")
    async with client:
        for alert in alerts:
            if (problem := await _try_to_post(client, url, alert, sleep)) is not None:
                return problem
            reached.append(alert)
    return None


async def _try_to_post(
    client: httpx.AsyncClient, url: str, alert: Alert, sleep: Callable[[float], Awaitable[None]]
) -> str | None:
    """Post one alert, with retries; returns why the last try failed, or None."""
    problem = None
    for pause in (*PAUSES, None):
        try:
            # The body, which may be of any size, is not read.
            async with client.stream("POST", url, json=alert.to_json()) as response:
                if response.is_success:
                    return None
                problem = f"it answered with HTTP {response.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if (reason := find_certificate_problem(error)) is not None:
                return f"its certificate is not trusted ({reason}), see SSL_CERT_FILE"
            problem = f"it could not be reached: {describe(error)}"
        if pause is not None:
            await sleep(pause)
    return problem
