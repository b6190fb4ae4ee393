"""The commands `demo` and `simulate`, which use a simulated GitHub.

Slow imports are inside the functions, so that `--help` answers at once.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from repo_stats.cli.errors import plain_errors
from repo_stats.cli.refreshing import refresh_and_print
from repo_stats.cli.signals import Interrupted, stop_on_signals
from repo_stats.config.credentials import CREDENTIAL_VARIABLES
from repo_stats.config.repository_names import check_repository_name

if TYPE_CHECKING:
    from repo_stats.simulator.simulator import Simulator
    from repo_stats.simulator.world import World


@click.command(short_help="Do all of it with a simulated GitHub.")
@plain_errors
def demo() -> None:
    """Refresh a simulated PrefectHQ/prefect, print its statistics, and make a report.

    The real jobs run against a simulated GitHub on this machine. This needs no network and no
    token, and takes about twenty seconds. It leaves the tables and the report in ./simulated.
    """
    from repo_stats.cli.run_jobs import publish_report
    from repo_stats.report.publish import INDEX
    from repo_stats.simulator.generator import PREFECT, generate_repository
    from repo_stats.simulator.server import Server
    from repo_stats.simulator.simulator import Simulator
    from repo_stats.simulator.world import World

    simulator = Simulator(World.of([generate_repository(PREFECT)]))
    warehouse = Path.cwd() / "simulated"
    with Server(simulator.app) as server:
        _set_demo_environment(server.url, PREFECT.full_name, warehouse)
        click.echo(f"A simulated GitHub answers at {server.url}.", err=True)
        refresh_and_print(force=False)
    click.echo(f"{len(simulator.log)} requests, {sum(r.charged for r in simulator.log)} charged.")
    publish_report()
    click.echo(f"Report: {warehouse / INDEX}")


def _set_demo_environment(url: str, repo: str, warehouse: Path) -> None:
    """Set the variables of the demo for this process and its children, without real secrets."""
    for variable in ("DAGSTER_HOME", *CREDENTIAL_VARIABLES):
        os.environ.pop(variable, None)
    os.environ.update(
        REPO_STATS_API_URL=url,
        REPO_STATS_REPOS=repo,
        REPO_STATS_HISTORY=repo,
        REPO_STATS_WAREHOUSE=str(warehouse),
        GITHUB_TOKEN="simulated",  # noqa: S106
        NO_PROXY="127.0.0.1",
        no_proxy="127.0.0.1",  # counts more than the other one
    )


@dataclass(frozen=True)
class SimulatorOptions:
    """The options of `simulate` that say what is simulated; `_OPTIONS` describes each."""

    repos: tuple[str, ...]
    items: int
    users: int
    seed: int
    recorded: tuple[Path, ...]
    latency: float
    page_cap: int
    limit: int
    faults: tuple[str, ...]
    mutations: tuple[str, ...]
    graphql: bool


def _option(*names: str, **attributes: Any) -> click.Option:
    return click.Option(names, show_default="default" in attributes, **attributes)


_OPTIONS: list[click.Parameter] = [
    _option("--host", default="127.0.0.1", help="Address to listen on."),
    _option("--port", default=8000, type=click.IntRange(0, 65535), help="Port; 0 for any free."),
    _option(
        "--repo", "repos", multiple=True, metavar="OWNER/NAME", help="A repository to generate."
    ),
    _option(
        "--items", default=591, type=click.IntRange(0), help="Open items of each generated one."
    ),
    _option("--users", default=260, type=click.IntRange(0), help="Distinct authors of the items."),
    _option("--seed", default=1, help="Seed of the generated data."),
    _option(
        "--recorded",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        multiple=True,
        help="Folder with a recorded repo.json and issues.jsonl.gz to serve.",
    ),
    _option("--latency", default=0.0, type=click.FloatRange(0), help="Seconds before a response."),
    _option(
        "--page-cap", default=1000, type=click.IntRange(1), help="Last item that pages can reach."
    ),
    _option("--limit", default=5000, type=click.IntRange(0), help="Requests per hour and token."),
    _option("--fault", "faults", multiple=True, metavar="KIND@N", help="Fault at request N."),
    _option(
        "--mutate", "mutations", multiple=True, metavar="KIND@N", help="Change after response N."
    ),
    _option("--graphql/--no-graphql", default=True, help="Whether it has a GraphQL API, too."),
]


@click.command(params=_OPTIONS)
@plain_errors
def simulate(host: str, port: int, **options: Any) -> None:
    """Serve a simulated GitHub API until interrupted.

    Without --repo and --recorded it holds PrefectHQ/prefect. Write a fault as KIND@N,
    KIND@NxTIMES or KIND@N:PATH, for example `reset@3` or `retry_after@1x2:/issues`. Write a change
    as KIND@N or KIND@N:PATH, for example `close@2:/issues`; it changes the repository of the
    request before it. KIND@N:PATH#FIELD is a change in the middle of a response to a GraphQL query,
    after the field has come N times, for example `close@2:/graphql#issues`.
    """
    from repo_stats.simulator.server import Server

    try:
        simulator = make_simulator(SimulatorOptions(**options))
        server = Server(simulator.app, host, port)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from None
    names = ",".join(r.full_name for r in simulator.world.repositories.values())
    stopped_by = stop_on_signals(server.stop)
    click.echo(f"A simulated GitHub answers at {server.url}. In another terminal, run:")
    click.echo(
        f"  GITHUB_TOKEN=simulated REPO_STATS_WAREHOUSE=simulated REPO_STATS_API_URL={server.url} "
        f"REPO_STATS_REPOS={names} repo-stats refresh"
    )
    server.run()
    if stopped_by:
        raise Interrupted(stopped_by[0])


def make_simulator(options: SimulatorOptions) -> "Simulator":
    """Make the simulator.

    Raises:
        ValueError: an option is malformed.
        OSError: a recorded file cannot be read.
    """
    from repo_stats.simulator.faults import Fault
    from repo_stats.simulator.limits import LimitRules
    from repo_stats.simulator.mutations import Mutation
    from repo_stats.simulator.simulator import Simulator

    return Simulator(
        _make_world(options),
        latency=options.latency,
        page_cap=options.page_cap,
        rules=LimitRules(authorized=options.limit),
        faults=[Fault.parse(fault) for fault in options.faults],
        mutations=[Mutation.parse(mutation) for mutation in options.mutations],
        serves_graphql=options.graphql,
    )


def _make_world(options: SimulatorOptions) -> "World":
    from repo_stats.simulator.generator import PREFECT, Shape, generate_repository
    from repo_stats.simulator.recorded import load_recorded
    from repo_stats.simulator.world import World

    shapes = [
        Shape(
            check_repository_name(name, "--repo"), options.items, min(options.users, options.items)
        )
        for name in options.repos
    ]
    if not shapes and not options.recorded:
        shapes = [PREFECT]
    generated = [generate_repository(shape, options.seed) for shape in shapes]
    return World.of([*generated, *map(load_recorded, options.recorded)])
