"""The command `repo-stats`: refresh and show statistics, and try it all against a simulator."""

import os

import click

from repo_stats import __version__
from repo_stats.cli.errors import plain_errors
from repo_stats.cli.refreshing import refresh_and_print
from repo_stats.cli.simulate import demo, simulate
from repo_stats.config.settings import load_settings
from repo_stats.config.watchlist import check_repository_name


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


@main.command()
@click.argument("repositories", metavar="[OWNER/NAME]...", nargs=-1)
@click.option(
    "--force", is_flag=True, help="Fetch everything anew, whatever is stored and however fresh."
)
@plain_errors
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
    refresh_and_print(force=force)


@main.command()
@click.argument("repository", metavar="[OWNER/NAME]", required=False)
@click.option(
    "--top", default=10, type=click.IntRange(0), show_default=True, help="How many authors to list."
)
@plain_errors
def show(repository: str | None, top: int) -> None:
    """Show the stored statistics; sends no request.

    Without an argument: a line for each repository. With one: all its numbers, and the authors
    with the most open issues and pull requests.
    """
    from repo_stats.cli.tables import print_overview, print_repository
    from repo_stats.warehouse.files import Files
    from repo_stats.warehouse.tables import Tables

    tables = Tables(Files(load_settings().warehouse))
    if repository is None:
        print_overview(tables)
    else:
        print_repository(tables, check_repository_name(repository, "Argument"), top)


@main.command()
@plain_errors
def report() -> None:
    """Make the report of what is stored, and print where it is; sends no request.

    It is a page for all repositories of the watchlist and one for each, with charts. They need
    nothing from anywhere else: open report/index.html of the warehouse in a browser.
    """
    from repo_stats.cli.run_jobs import RefreshError, publish_report
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
@plain_errors
def sql(query: str | None, as_csv: bool) -> None:
    """Ask the stored tables in SQL; sends no request.

    Each table is a view of its own name. Without a query: lists the tables and their columns. The
    dialect is DuckDB's (https://duckdb.org/docs/stable/sql/introduction).
    """
    from repo_stats.cli.tables import print_rows, print_tables
    from repo_stats.warehouse.sql import QueryError, run_query

    if query is None:
        print_tables()
        return
    try:
        rows = run_query(query, load_settings().warehouse)
    except QueryError as error:
        raise click.ClickException(str(error)) from None
    if as_csv:
        click.echo(rows.to_pandas().to_csv(index=False), nl=False)
    else:
        print_rows(rows)


main.add_command(demo)
main.add_command(simulate)
