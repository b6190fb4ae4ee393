"""The command `repo-stats`: refresh and show statistics, and try it all against a simulator."""

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from repo_stats import __version__
from repo_stats.settings import CREDENTIAL_VARIABLES, SettingsError, load_settings
from repo_stats.watchlist import WatchlistError, check_repository_name


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="repo-stats")
def main() -> None:
    r"""Keep exact, cheap statistics of GitHub repositories.

    \b
    Try it without network or token:   repo-stats demo
    Refresh the watchlist:             repo-stats refresh
    See what is stored:                repo-stats show
    Look at it:                        repo-stats report
    Ask in SQL:                        repo-stats sql "select ..."

    The watchlist is `watchlist.yaml` in the working directory, or REPO_STATS_REPOS=a/b,c/d. Set
    GITHUB_TOKEN for 5,000 requests an hour in place of 60. Tables are kept below ./warehouse, or
    REPO_STATS_WAREHOUSE. For schedules, run history and pictures, run `dagster dev`.
    """


def _plain_errors(command: Callable[..., None]) -> Callable[..., None]:
    """End a command with its error's plain sentence instead of a stack trace."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        from repo_stats.warehouse.files import WarehouseError

        try:
            command(*arguments, **options)
        except (SettingsError, WatchlistError) as error:
            raise click.UsageError(str(error)) from None
        except WarehouseError as error:
            raise click.ClickException(str(error)) from None

    return run


@main.command()
@_plain_errors
def demo() -> None:
    """Refresh a simulated PrefectHQ/prefect, print its statistics, and make a report.

    Serves a simulated GitHub on this machine and runs the real jobs against it. Needs no network
    and no token, and takes about twenty seconds. Tables and report are left in ./simulated.
    """
    from repo_stats.refresh import RefreshError, publish_report
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
        _refresh_and_print(force=False)
    click.echo(f"{len(simulator.log)} requests, {sum(r.charged for r in simulator.log)} charged.")
    try:
        publish_report()
    except RefreshError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Report: {warehouse / INDEX}")


@main.command()
@click.argument("repositories", metavar="[OWNER/NAME]...", nargs=-1)
@click.option(
    "--force", is_flag=True, help="Fetch everything anew, whatever is stored and however fresh."
)
@_plain_errors
def refresh(repositories: tuple[str, ...], force: bool) -> None:
    """Bring statistics up to date, and print them.

    Without arguments all repositories of the watchlist are refreshed, in one run; with arguments,
    those named, whether they are in the watchlist or not. What was validated less than
    REPO_STATS_MAX_AGE seconds ago (an hour, unless set) is used as it is.
    """
    if repositories:
        settings = load_settings()
        spellings = {name.lower(): name for name in settings.repos}
        names = [
            spellings.get(name.lower(), check_repository_name(name, "Argument"))
            for name in repositories
        ]
        os.environ["REPO_STATS_REPOS"] = ",".join(names)
        kept = [name for name in names if name in settings.history_repos]
        os.environ["REPO_STATS_HISTORY"] = ",".join(kept)
    _refresh_and_print(force=force)


@main.command()
@click.argument("repository", metavar="[OWNER/NAME]", required=False)
@click.option(
    "--top", default=10, type=click.IntRange(0), show_default=True, help="How many authors to list."
)
@_plain_errors
def show(repository: str | None, top: int) -> None:
    """Show the stored statistics; sends no request.

    Without an argument: a line for each repository. With one: all its numbers, and the authors
    with the most open issues and pull requests.
    """
    from repo_stats.terminal import print_overview, print_repository
    from repo_stats.warehouse.files import Files
    from repo_stats.warehouse.tables import Tables

    tables = Tables(Files(load_settings().warehouse))
    if repository is None:
        print_overview(tables)
    else:
        print_repository(tables, check_repository_name(repository, "Argument"), top)


@main.command()
@_plain_errors
def report() -> None:
    """Make the report of what is stored, and print where it is; sends no request.

    It is a page for all repositories of the watchlist and one for each, with charts. They need
    nothing from anywhere else: open report/index.html of the warehouse in a browser.
    """
    from repo_stats.refresh import RefreshError, publish_report
    from repo_stats.report.publish import INDEX
    from repo_stats.warehouse.files import Files

    files = Files(load_settings().warehouse)
    try:
        publish_report()
    except RefreshError as error:
        raise click.ClickException(str(error)) from None
    click.echo(files.uri(INDEX))


@main.command()
@click.argument("query", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@_plain_errors
def sql(query: str | None, as_csv: bool) -> None:
    """Ask the stored tables in SQL; sends no request.

    Each table is a view of its own name. Without a query: lists the tables and their columns. The
    dialect is DuckDB's (https://duckdb.org/docs/stable/sql/introduction).
    """
    from repo_stats.sql import QueryError, run_query
    from repo_stats.terminal import print_rows, print_tables

    if query is None:
        print_tables()
        return
    try:
        rows = run_query(query)
    except QueryError as error:
        raise click.ClickException(str(error)) from None
    if as_csv:
        click.echo(rows.to_pandas().to_csv(index=False), nl=False)
    else:
        print_rows(rows)


@main.command()
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
@_plain_errors
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


def _refresh_and_print(*, force: bool) -> None:
    from repo_stats.refresh import RefreshError, refresh_history, refresh_watchlist
    from repo_stats.statistics import format_statistics
    from repo_stats.warehouse.files import Files
    from repo_stats.warehouse.problems import HISTORY_PROBLEMS, Problems
    from repo_stats.warehouse.schemas import REPO_STATISTICS
    from repo_stats.warehouse.tables import Tables

    settings = load_settings()
    try:
        refresh_watchlist(force=force)
        if settings.history_repos:
            refresh_history(force=force)
    except RefreshError as error:
        raise click.ClickException(str(error)) from None
    files = Files(settings.warehouse)
    tables = Tables(files)
    stored = [repo for repo in settings.repos if tables.has(REPO_STATISTICS, repo)]
    for row in tables.read(REPO_STATISTICS, stored).to_dict("records"):
        click.echo(format_statistics(row))
    for problem in filter(None, map(Problems(files).find, settings.repos)):
        click.echo(f"{problem.repo} is stale: {problem.reason}", err=True)
    histories = Problems(files, HISTORY_PROBLEMS)
    for problem in filter(None, map(histories.find, settings.history_repos)):
        click.echo(f"All items of {problem.repo} are stale: {problem.reason}", err=True)
