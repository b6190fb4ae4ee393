"""The command `demo`, which does all of it with a simulated GitHub.

Slow imports are inside the functions, so that `--help` answers at once.
"""

import os
from datetime import datetime, timezone
from pathlib import Path

import click

from repo_stats.cli.errors import plain_errors
from repo_stats.cli.refreshing import refresh_and_print
from repo_stats.config.credentials import CREDENTIAL_VARIABLES


@click.command(short_help="Do all of it with a simulated GitHub.")
@plain_errors
def demo() -> None:
    """Refresh simulated repositories, print their statistics, and make a report.

    The real jobs run against a simulated GitHub on this machine, with six repositories of two
    organisations: one of them was renamed, and a seventh cannot be found. All of their items and
    the days of their stars are read, so that the report shows years from the first day on. Traffic
    and downloads are kept of two of them, with a made-up past: GitHub tells none. This needs no
    network and no token, and takes about half a minute. It leaves the tables and the report in
    ./simulated.
    """
    from repo_stats.cli.demo_audience import MEASURED, store_audiences
    from repo_stats.cli.run_jobs import publish_report
    from repo_stats.report.publish import INDEX
    from repo_stats.simulator.server import Server
    from repo_stats.simulator.showcase import MISSING, WATCHED, build_world
    from repo_stats.simulator.simulator import Simulator
    from repo_stats.warehouse.files import Files
    from repo_stats.warehouse.tables import Tables

    # All demos of a day use the same world, so that the second one finds what it knows.
    day = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    warehouse = Path.cwd() / "simulated"
    simulator = Simulator(build_world(day))
    with Server(simulator.app) as server:
        click.echo(f"A simulated GitHub answers at {server.url}.", err=True)
        store_audiences(Tables(Files(str(warehouse))), day)
        watched = ",".join(WATCHED)
        with_history = ",".join(name for name in WATCHED if name != MISSING)
        _set_demo_environment(server.url, watched, with_history, ",".join(MEASURED), warehouse)
        refresh_and_print(force=False)
    click.echo(f"{len(simulator.log)} requests, {sum(r.charged for r in simulator.log)} charged.")
    publish_report()
    click.echo(f"Report: {warehouse / INDEX}")


def _set_demo_environment(
    url: str, repos: str, history: str, measured: str, warehouse: Path
) -> None:
    """Set the variables of the demo for this process and its children, without real secrets."""
    for variable in ("DAGSTER_HOME", "REPO_STATS_EXECUTOR", *CREDENTIAL_VARIABLES):
        os.environ.pop(variable, None)
    os.environ.update(
        REPO_STATS_API_URL=url,
        REPO_STATS_REPOS=repos,
        REPO_STATS_HISTORY=history,
        REPO_STATS_TRAFFIC=measured,
        REPO_STATS_DOWNLOADS=measured,
        REPO_STATS_WAREHOUSE=str(warehouse),
        GITHUB_TOKEN="simulated",  # noqa: S106
        NO_PROXY="127.0.0.1",
        no_proxy="127.0.0.1",  # counts more than the other one
    )
