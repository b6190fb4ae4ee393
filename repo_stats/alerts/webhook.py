"""Posting alerts to a webhook."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import httpx

from repo_stats.alerts.rules import Alert

TIMEOUT = httpx.Timeout(5.0)


PAUSES = (1.0, 3.0)
"""Seconds before the webhook is tried again; each try may take the timeout."""


LONGEST_POST = 40.0
"""Seconds after which the webhook is left alone: Dagster ends a tick after 60, and forgets then
what was told already."""


MOST_POSTS = 5
"""More alerts than these at once are posted as one."""


MOST_LINES = 20
"""Alerts that a post of several spells out."""


def bundle(alerts: Sequence[Alert]) -> list[Alert]:
    """The alerts as they are posted: a few by themselves, many as one of a line each."""
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
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Post alerts to a webhook; one that cannot be reached is a warning in the log, no more.

    Args:
        url: the webhook's address, which is a secret and never shown.
        alerts: what to post: a request each, or one for all if there are many.
        log: told of failures.
        transport: replaces the network, for tests.
        sleep: waits between tries.
    """
    posting = _post_all(url, bundle(alerts), transport, sleep)
    try:
        problem = asyncio.run(asyncio.wait_for(posting, LONGEST_POST))
    except asyncio.TimeoutError:
        problem = f"it takes more than {LONGEST_POST:.0f} s"
    if problem is not None:
        log.warning(f"The webhook of REPO_STATS_WEBHOOK_URL was not told: {problem}.")


async def _post_all(
    url: str,
    alerts: Sequence[Alert],
    transport: httpx.AsyncBaseTransport | None,
    sleep: Callable[[float], Awaitable[None]],
) -> str | None:
    """Post alerts until one cannot be; what went wrong, if that was so."""
    async with httpx.AsyncClient(timeout=TIMEOUT, transport=transport) as client:
        for alert in alerts:
            if (problem := await _try_to_post(client, url, alert, sleep)) is not None:
                return problem
    return None


async def _try_to_post(
    client: httpx.AsyncClient, url: str, alert: Alert, sleep: Callable[[float], Awaitable[None]]
) -> str | None:
    """Post one alert; what went wrong, if it did to the end."""
    problem = None
    for pause in (*PAUSES, None):
        try:
            response = await client.post(url, json=alert.to_json())
            if response.is_success:
                return None
            problem = f"it answers with HTTP {response.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = f"it cannot be reached ({type(error).__name__})"
        if pause is not None:
            await sleep(pause)
    return problem


def _hides_posts(record: logging.LogRecord) -> bool:
    """Keep the address of what is posted to out of the log, where httpx writes each request."""
    return not (isinstance(record.args, tuple) and record.args[:1] == ("POST",))


logging.getLogger("httpx").addFilter(_hides_posts)
