"""The command `digest`."""

from typing import TYPE_CHECKING

import click

from repo_stats.cli.errors import JobError, plain_errors
from repo_stats.config.errors import quote

if TYPE_CHECKING:
    from datetime import datetime

    from repo_stats.metrics.weeks import Week


@click.command(short_help="Tell what changed in a week.")
@click.option(
    "--week",
    metavar="DAY",
    help="The week that has this day, such as 2026-11-16; by default the last complete one.",
)
@click.option("--post", is_flag=True, help="Post it to the webhook REPO_STATS_WEBHOOK_URL, too.")
@plain_errors
def digest(week: str | None, post: bool) -> None:
    """Print what changed in a week as Markdown, without any request to GitHub.

    Weeks begin on Monday (UTC). For each repository it tells the stars gained, and the issues and
    pull requests opened, closed and merged if all items are stored (history: true in the
    watchlist), with records and falls, and the issues that wait longest for a first answer.
    """
    from datetime import datetime, timezone

    from repo_stats.cli.notices import warn
    from repo_stats.config.alerting import load_alerting
    from repo_stats.report.digest.markdown import write_markdown
    from repo_stats.report.digest.reading import read_digest
    from repo_stats.warehouse.files import Files
    from repo_stats.warehouse.tables import Tables
    from repo_stats.watching.loading import load_watched

    now = datetime.now(timezone.utc)
    chosen = _choose_week(week, now)
    settings = load_watched()
    webhook, _ = load_alerting()
    if post and webhook is None:
        raise click.UsageError("--post needs the address of a webhook in REPO_STATS_WEBHOOK_URL.")
    tables = Tables(Files(settings.warehouse))
    text = write_markdown(read_digest(tables, settings.repos, chosen, now, warn), now)
    click.echo(text, nl=False)
    if post and webhook is not None:
        _post(webhook, text)


def _choose_week(day: str | None, now: "datetime") -> "Week":
    """The week that has a day.

    Raises:
        click.BadParameter: the text is no day, or its week is not over.
    """
    from datetime import date

    from repo_stats.metrics.weeks import Week

    last = Week.last_complete(now)
    if day is None:
        return last
    try:
        week = Week.of(date.fromisoformat(day))
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{quote(day)} is no day; write one like {last.monday}.", param_hint="--week"
        ) from None
    if week > last:
        raise click.BadParameter(
            f"the week of {day} is not over; the last complete one begins on {last.monday}.",
            param_hint="--week",
        )
    return week


def _post(webhook: str, text: str) -> None:
    from repo_stats.alerts.webhook import post_digest

    problem = post_digest(webhook, text)
    if problem is not None:
        raise JobError(problem)
