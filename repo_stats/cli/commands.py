"""The command `repo-stats` with its subcommands; what they print is in modules of its own.

Slow imports are inside the functions, so that `--help` answers at once.
"""

import os

import click

from repo_stats import __version__
from repo_stats.cli.adopt import adopt
from repo_stats.cli.dagster_home import dagster_home
from repo_stats.cli.demo import demo
from repo_stats.cli.digest import digest
from repo_stats.cli.errors import plain_errors
from repo_stats.cli.help import GroupWithExamples
from repo_stats.cli.notices import warn
from repo_stats.cli.refreshing import refresh_and_print
from repo_stats.cli.serve import serve
from repo_stats.cli.signals import call_interruptibly
from repo_stats.cli.simulate import simulate
from repo_stats.cli.watch import watch
from repo_stats.config.fields import DEFAULT_REPO
from repo_stats.config.marks import MARK_VARIABLES
from repo_stats.config.repository_names import check_repository_name
from repo_stats.config.settings import load_settings

_EXAMPLES = [
    ("Try it without network or token", "repo-stats demo"),
    ("Refresh the watchlist", "repo-stats refresh"),
    ("Show the stored statistics", "repo-stats show"),
    ("Make a report with charts", "repo-stats report"),
    ("Query the tables in SQL", 'repo-stats sql "select ..."'),
]


@click.group(
    cls=GroupWithExamples,
    examples=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="repo-stats")
@click.option("--debug", is_flag=True, help="Print the stack trace of an unforeseen error.")
@click.option("--annotate", is_flag=True, help="Print errors so that GitHub Actions shows them.")
def main(debug: bool, annotate: bool) -> None:
    """Keep exact statistics of GitHub repositories with few requests.

    The watchlist is `watchlist.yaml` in the working directory, or REPO_STATS_REPOS=a/b,c/d. With
    GITHUB_TOKEN the rate limit is 5,000 requests per hour instead of 60. The tables are stored in
    ./warehouse, or in REPO_STATS_WAREHOUSE. For schedules, the runs so far and the asset graph,
    run `dagster dev`.
    """


@main.command()
@click.argument("repositories", metavar="[OWNER/NAME]...", nargs=-1)
@click.option(
    "--force", is_flag=True, help="Fetch everything again, even what is stored and fresh."
)
@click.option(
    "--strict",
    is_flag=True,
    help="Fail if any repository or list could not be read.",
)
@plain_errors
def refresh(repositories: tuple[str, ...], force: bool, strict: bool) -> None:
    """Refresh statistics and print them.

    Without arguments, one run refreshes all repositories of the watchlist. With arguments, it
    refreshes only the named ones, which do not have to be in the watchlist. Data that was validated
    less than REPO_STATS_MAX_AGE seconds ago (by default an hour) is not requested again.

    A repository that cannot be read keeps its numbers. The others are refreshed, and the reason is
    told on standard error. The exit code is 0, or 1 if none could be refreshed (with --strict: if
    not all could be) or something else went wrong. After Ctrl-C it is 130: what was read is kept,
    and the next refresh goes on there.

    The numbers of up to ten repositories are printed; `repo-stats show` prints those of all.
    """
    watched = _watch_only(repositories) if repositories else ()
    refresh_and_print(force=force, strict=strict, watched=watched)


def _watch_only(repositories: tuple[str, ...]) -> tuple[str, ...]:
    """Make the named repositories the watchlist of this process and its children.

    Returns:
        The whole watchlist as it was before.
    """
    from repo_stats.watching.loading import load_watched

    settings = load_watched()
    spellings = {name.lower(): name for name in settings.repos}
    names = [
        spellings.get(name.lower(), check_repository_name(name, "Argument"))
        for name in repositories
    ]
    os.environ["REPO_STATS_REPOS"] = ",".join(names)
    for mark, variable in MARK_VARIABLES.items():
        os.environ[variable] = ",".join(n for n in names if n in settings.marked(mark))
    os.environ["REPO_STATS_BOTS"] = ",".join(settings.bots)  # those of the file count as well
    return settings.repos


_as_csv = click.option(
    "--csv", "as_csv", is_flag=True, help="Print comma-separated values, with all columns."
)

_as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print a JSON array of objects, with all columns."
)


@main.command()
@click.argument("repository", metavar="[OWNER/NAME]", required=False)
@click.option(
    "--top", default=10, type=click.IntRange(0), show_default=True, help="Number of authors."
)
@_as_csv
@_as_json
@plain_errors
def show(repository: str | None, top: int, as_csv: bool, as_json: bool) -> None:
    """Show the stored statistics, without any request.

    Without an argument, print one line for each repository. With an argument, print all numbers
    of that repository, and the authors with the most open issues and pull requests. Repositories
    that are stale, or that were never refreshed, are named on standard error.
    """
    from repo_stats.cli.exports import print_csv, print_json
    from repo_stats.cli.statistics_output import print_overview, print_repository
    from repo_stats.cli.stored_statistics import read_exported
    from repo_stats.warehouse.files import Files
    from repo_stats.warehouse.tables import Tables
    from repo_stats.watching.loading import load_watched

    settings = load_watched()
    tables = Tables(Files(settings.warehouse))
    # Without a watchlist of the user's own, nothing is missing.
    watchlist = () if settings.repos == (DEFAULT_REPO,) else settings.repos
    if repository is not None:
        repository = check_repository_name(repository, "Argument")
    if as_csv or as_json:
        rows = read_exported(tables, repository, watchlist, warn)
        (print_json if as_json else print_csv)(rows)
    elif repository is None:
        print_overview(tables, watchlist, warn)
    else:
        print_repository(tables, repository, top, warn)


@main.command(short_help="Make a report with charts, and print its path.")
@plain_errors
def report() -> None:
    """Make a report from the stored statistics and print its path, without any request.

    The report has one page for the whole watchlist and one for each repository, with charts. Open
    report/index.html in the warehouse with a browser. The pages load nothing from the network.
    """
    from repo_stats.cli.listed_repositories import take_lists_as_stored
    from repo_stats.cli.run_jobs import publish_report
    from repo_stats.report.publish import INDEX
    from repo_stats.warehouse.files import Files

    take_lists_as_stored()
    files = Files(load_settings().warehouse)
    publish_report()
    click.echo(files.uri(INDEX))


@main.command()
@click.argument("query", required=False)
@_as_csv
@_as_json
@plain_errors
def sql(query: str | None, as_csv: bool, as_json: bool) -> None:
    """Query the stored tables in SQL, without any request.

    Each table is a view of the same name. Without a query, print the tables and their columns. The
    dialect is DuckDB's (https://duckdb.org/docs/stable/sql/introduction). A query can do whatever
    DuckDB can with your rights, such as reading and writing files.
    """
    from repo_stats.cli.exports import print_csv, print_json
    from repo_stats.cli.sql_output import print_rows, print_tables
    from repo_stats.warehouse.sql import QueryError, run_query

    if query is None:
        print_tables()
        return
    try:
        warehouse = load_settings().warehouse
        rows = call_interruptibly(lambda: run_query(query, warehouse, warn))
    except QueryError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        print_json(rows)
    elif as_csv:
        print_csv(rows)
    else:
        print_rows(rows)


main.add_command(adopt)
main.add_command(dagster_home)
main.add_command(demo)
main.add_command(digest)
main.add_command(serve)
main.add_command(simulate)
main.add_command(watch)
