"""Posts alerts and digests to a webhook, whose address is a secret and never shown."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

import httpx

from repo_stats.alerts.rules import Alert
from repo_stats.network.clients import open_client
from repo_stats.network.errors import NetworkSettingsError
from repo_stats.network.failures import describe, find_certificate_problem

TIMEOUT = httpx.Timeout(5.0)

PAUSES = (1.0, 3.0)
"""Seconds to wait before the second and the third try; each try may take as long as `TIMEOUT`."""

Body: TypeAlias = Mapping[str, Any]
"""What is posted, as JSON."""

MOST_POSTS = 5
"""The largest number of alerts that are posted one by one; more are posted together."""

DIGEST_WITHIN = 45.0
"""Seconds after which posting a digest is given up."""

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
    bodies = [alert.to_json() for alert in bundle(alerts)]
    reached, problem = post_bodies(url, bodies, within, transport=transport, sleep=sleep)
    if problem is not None:
        log.warning(f"Alerts did not reach the webhook of REPO_STATS_WEBHOOK_URL: {problem}.")
    return len(alerts) if reached == len(bodies) else reached


def post_bodies(
    url: str,
    bodies: Sequence[Body],
    within: float,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> tuple[int, str | None]:
    """Post JSON objects to a webhook, one request each, until one does not reach it.

    Args:
        url: the webhook's address.
        bodies: the objects; Slack and similar services show their `text`.
        within: seconds after which posting is given up.
        transport: replaces the network in tests.
        sleep: waits between tries.

    Returns:
        How many reached the webhook, and why the next one did not; None if all did.
    """
    reached: list[Body] = []
    posting = _post_all(url, bodies, reached, transport, sleep)
    try:
        with _hide_posts_from_log():
            problem = _run(asyncio.wait_for(posting, within))
    except asyncio.TimeoutError:
        problem = f"it took more than {within:.0f} s"
    return len(reached), problem


def post_digest(url: str, text: str) -> str | None:
    """Post a digest to a webhook.

    Args:
        url: the webhook's address.
        text: the digest.

    Returns:
        A sentence that says why it did not reach the webhook; None if it did.
    """
    _, problem = post_bodies(url, [{"text": text}], DIGEST_WITHIN)
    if problem is None:
        return None
    return f"The digest did not reach the webhook of REPO_STATS_WEBHOOK_URL: {problem}."


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
    bodies: Sequence[Body],
    reached: list[Body],
    transport: httpx.AsyncBaseTransport | None,
    sleep: Callable[[float], Awaitable[None]],
) -> str | None:
    """Post until one fails, and add the others to a list; returns why it failed, or None."""
    try:
        client = open_client(url, timeout=TIMEOUT, transport=transport)
    except NetworkSettingsError as error:
        return str(error).removesuffix(".")
    async with client:
        for body in bodies:
            if (problem := await _try_to_post(client, url, body, sleep)) is not None:
                return problem
            reached.append(body)
    return None


async def _try_to_post(
    client: httpx.AsyncClient, url: str, body: Body, sleep: Callable[[float], Awaitable[None]]
) -> str | None:
    """Post one object, with retries; returns why the last try failed, or None."""
    problem = None
    for pause in (*PAUSES, None):
        try:
            # The answer's body, which may be of any size, is not read.
            async with client.stream("POST", url, json=dict(body)) as response:
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
