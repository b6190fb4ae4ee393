"""The commands `demo` and `simulate`: try it all against a simulated GitHub."""

import os
from pathlib import Path

import click

from repo_stats.cli.errors import plain_errors
from repo_stats.cli.refreshing import refresh_and_print
from repo_stats.config.credentials import CREDENTIAL_VARIABLES
from repo_stats.config.watchlist import check_repository_name


@click.command()
@plain_errors
def demo() -> None:
    """Refresh a simulated PrefectHQ/prefect, print its statistics, and make a report.

    Serves a simulated GitHub on this machine and runs the real jobs against it. Needs no network
    and no token, and takes about twenty seconds. Tables and report are left in ./simulated.
    """
    from repo_stats.cli.run_jobs import RefreshError, publish_report
    from repo_stats.report.publish import INDEX
    from repo_stats.simulator.generator import PREFECT, generate_repository
    from repo_stats.simulator.server import Server
    from repo_stats.simulator.simulator import Simulator
    from repo_stats.simulator.world import World

    simulator = Simulator(World.of([generate_repository(PREFECT)]))
    warehouse = Path.cwd() / "simulated"
    with Server(simulator.app) as server:
        for name in ("DAGSTER_HOME", *CREDENTIAL_VARIABLES):
            os.environ.pop(name, None)
        os.environ.update(
            REPO_STATS_API_URL=server.url,
            REPO_STATS_REPOS=PREFECT.full_name,
            REPO_STATS_HISTORY=PREFECT.full_name,
            REPO_STATS_WAREHOUSE=str(warehouse),
            GITHUB_TOKEN="simulated",  # noqa: S106
            NO_PROXY="127.0.0.1",
        )
        click.echo(f"A simulated GitHub answers at {server.url}.", err=True)
        refresh_and_print(force=False)
    click.echo(f"{len(simulator.log)} requests, {sum(r.charged for r in simulator.log)} charged.")
    try:
        publish_report()
    except RefreshError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Report: {warehouse / INDEX}")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    type=click.IntRange(0, 65535),
    show_default=True,
    help="Port; 0 takes any free one.",
)
@click.option(
    "--repo", "repos", multiple=True, metavar="OWNER/NAME", help="A repository to make up."
)
@click.option(
    "--items",
    default=591,
    type=click.IntRange(0),
    show_default=True,
    help="Open items of each made up.",
)
@click.option(
    "--users",
    default=260,
    type=click.IntRange(0),
    show_default=True,
    help="Distinct authors of them.",
)
@click.option("--seed", default=1, show_default=True, help="Same seed, same data.")
@click.option(
    "--recorded",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Folder with repo.json and issues.jsonl.gz to serve as well.",
)
@click.option(
    "--latency",
    default=0.0,
    type=click.FloatRange(0),
    show_default=True,
    help="Seconds before each answer.",
)
@click.option(
    "--page-cap",
    default=1000,
    type=click.IntRange(1),
    show_default=True,
    help="Last row page numbers reach.",
)
@click.option(
    "--limit",
    default=5000,
    type=click.IntRange(0),
    show_default=True,
    help="Requests an hour for a token.",
)
@click.option(
    "--fault", "faults", multiple=True, metavar="KIND@N", help="Fault on the n-th request."
)
@click.option(
    "--mutate",
    "mutations",
    multiple=True,
    metavar="KIND@N",
    help="Change right after the n-th answer.",
)
@plain_errors
def simulate(
    host: str,
    port: int,
    repos: tuple[str, ...],
    items: int,
    users: int,
    seed: int,
    recorded: tuple[Path, ...],
    latency: float,
    page_cap: int,
    limit: int,
    faults: tuple[str, ...],
    mutations: tuple[str, ...],
) -> None:
    """Serve a simulated GitHub API until interrupted.

    Without --repo and --recorded it holds PrefectHQ/prefect. Faults are written KIND@N,
    KIND@NxTIMES or KIND@N:PATH, for example `reset@3` or `retry_after@1x2:/issues`. Changes of the
    repository that was just asked for are written KIND@N or KIND@N:PATH, for example
    `close@2:/issues`.
    """
    from repo_stats.simulator.faults import Fault
    from repo_stats.simulator.generator import PREFECT, Shape, generate_repository
    from repo_stats.simulator.limits import LimitRules
    from repo_stats.simulator.mutations import Mutation
    from repo_stats.simulator.recorded import load_recorded
    from repo_stats.simulator.server import Server
    from repo_stats.simulator.simulator import Simulator
    from repo_stats.simulator.world import World

    try:
        shapes = [
            Shape(check_repository_name(name, "--repo"), items, min(users, items)) for name in repos
        ]
        if not shapes and not recorded:
            shapes = [PREFECT]
        simulator = Simulator(
            World.of(
                [
                    *(generate_repository(shape, seed) for shape in shapes),
                    *(load_recorded(folder) for folder in recorded),
                ]
            ),
            latency=latency,
            page_cap=page_cap,
            rules=LimitRules(authorized=limit),
            faults=[Fault.parse(fault) for fault in faults],
            mutations=[Mutation.parse(mutation) for mutation in mutations],
        )
        server = Server(simulator.app, host, port)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from None
    names = ",".join(r.full_name for r in simulator.world.repositories.values())
    click.echo(f"A simulated GitHub answers at {server.url}. In another terminal:")
    click.echo(
        f"  GITHUB_TOKEN=simulated REPO_STATS_WAREHOUSE=simulated REPO_STATS_API_URL={server.url} "
        f"REPO_STATS_REPOS={names} repo-stats refresh"
    )
    server.run()
