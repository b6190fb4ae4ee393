"""The command `simulate`, which serves a simulated GitHub.

Slow imports are inside the functions, so that `--help` answers at once.
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from repo_stats.cli.errors import plain_errors
from repo_stats.cli.signals import Interrupted, stop_on_signals
from repo_stats.config.repository_names import check_repository_name

if TYPE_CHECKING:
    from repo_stats.simulator.generator import Shape
    from repo_stats.simulator.simulator import Simulator
    from repo_stats.simulator.world import World


@dataclass(frozen=True)
class SimulatorOptions:
    """The options of `simulate` that say what is simulated; `_OPTIONS` describes each."""

    repos: tuple[str, ...]
    items: int | None
    users: int
    seed: int
    recorded: tuple[Path, ...]
    latency: float
    page_cap: int
    limit: int
    faults: tuple[str, ...]
    mutations: tuple[str, ...]
    graphql: bool
    stars: bool


def _option(*names: str, **attributes: Any) -> click.Option:
    return click.Option(names, show_default="default" in attributes, **attributes)


_OPTIONS: list[click.Parameter] = [
    _option("--host", default="127.0.0.1", help="Address to listen on."),
    _option("--port", default=8000, type=click.IntRange(0, 65535), help="Port; 0 for any free."),
    _option(
        "--repo", "repos", multiple=True, metavar="OWNER/NAME", help="A repository to generate."
    ),
    _option(
        "--items",
        type=click.IntRange(0),
        help="Open items of each generated one. By default a single one has 591, and each of "
        "several a number of its own.",
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
    _option(
        "--stars/--no-stars",
        default=True,
        help="Whether it tells stars by day; Enterprise Server before 3.23 does not.",
    ),
]


@click.command(params=_OPTIONS)
@plain_errors
def simulate(host: str, port: int, **options: Any) -> None:
    """Serve a simulated GitHub API until interrupted.

    Without --repo and --recorded it holds PrefectHQ/prefect. Generated repositories have stars,
    forks and watchers of their own, by their names. Write a fault as KIND@N,
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
        serves_stars=options.stars,
    )


def _make_world(options: SimulatorOptions) -> "World":
    from repo_stats.simulator.generator import PREFECT, generate_repository
    from repo_stats.simulator.recorded import load_recorded
    from repo_stats.simulator.world import World

    shapes = [_choose_shape(check_repository_name(n, "--repo"), options) for n in options.repos]
    if not shapes and not options.recorded:
        shapes = [PREFECT]
    generated = [generate_repository(shape, options.seed) for shape in shapes]
    return World.of([*generated, *map(load_recorded, options.recorded)])


def _choose_shape(name: str, options: SimulatorOptions) -> "Shape":
    """How a generated repository looks: each has numbers of its own, by its name."""
    from repo_stats.simulator.generator import PREFECT, Shape

    chance = random.Random(f"{name} {options.seed}")  # noqa: S311
    stars = int(10 ** chance.uniform(1.3, 4.3))
    if options.items is not None:
        items = most_users = options.items
    else:
        is_alone = len(options.repos) == 1
        items = PREFECT.open_items if is_alone else int(10 ** chance.uniform(0.7, 2.6))
        most_users = -(-4 * items // 9)
    users = min(options.users, most_users)
    return Shape(
        name,
        items,
        users,
        stars=stars,
        forks=stars // chance.randrange(5, 16),
        subscribers=stars // 60 + 1,
    )
