"""The command `watch`: what is watched, and changes to the watchlist file."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import click

from repo_stats.cli.errors import plain_errors
from repo_stats.cli.notices import tell, warn
from repo_stats.config.marks import MARKS, Mark
from repo_stats.config.repository_names import check_repository_name
from repo_stats.config.settings import load_settings, load_watchlist

if TYPE_CHECKING:
    from repo_stats.config.watchlist_edits import EntryKind


@click.command(short_help="Show what is watched and why, or change that.")
@click.option("--add", multiple=True, metavar="OWNER/NAME", help="Watch a repository.")
@click.option("--org", multiple=True, metavar="NAME", help="Watch those of an organisation.")
@click.option("--user", multiple=True, metavar="NAME", help="Watch those of a user.")
@click.option("--history", is_flag=True, help="Keep all items of what is added, closed ones too.")
@click.option("--traffic", is_flag=True, help="Keep views and clones of what is added.")
@click.option("--downloads", is_flag=True, help="Keep downloads of release assets of it.")
@click.option("--remove", multiple=True, metavar="OWNER/NAME", help="Watch one no longer.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of objects.")
@plain_errors
def watch(
    add: Sequence[str],
    org: Sequence[str],
    user: Sequence[str],
    remove: Sequence[str],
    as_csv: bool,
    as_json: bool,
    **flags: bool,
) -> None:
    """Show which repositories are watched and why, without any request.

    Each has the entry of the watchlist that brought it in, since when it is watched, what is kept
    of it beside the numbers of all, and when it was refreshed last or why not. What is no longer
    watched comes last, with the reason.

    With --add, --org, --user or --remove, change the watchlist file instead. All that is in it
    stays as it is, comments too. If there is no file yet, it is made.
    """
    added: Mapping[EntryKind, Sequence[str]] = {"repo": add, "org": org, "user": user}
    marks = tuple(mark for mark in MARKS if flags[mark])
    if marks and not any(added.values()):
        raise click.UsageError(f"--{marks[0]} goes with --add, --org or --user.")
    if not remove and not any(added.values()):
        _show(as_csv=as_csv, as_json=as_json)
    elif as_csv or as_json:
        raise click.UsageError("--csv and --json show the watchlist; leave them out to change it.")
    else:
        _change(added, remove, marks)


def _show(*, as_csv: bool, as_json: bool) -> None:
    from repo_stats.cli.exports import print_csv, print_json
    from repo_stats.cli.watched_output import print_watched
    from repo_stats.cli.watched_rows import list_repositories, to_arrow
    from repo_stats.warehouse.files import Files
    from repo_stats.warehouse.tables import Tables

    now = datetime.now(timezone.utc)
    tables = Tables(Files(load_settings().warehouse))
    listed = list_repositories(tables, load_watchlist(), now, warn)
    if as_csv or as_json:
        (print_json if as_json else print_csv)(to_arrow(listed))
    else:
        print_watched(listed, now)


def _change(
    added: Mapping["EntryKind", Sequence[str]], removed: Sequence[str], marks: tuple[Mark, ...]
) -> None:
    from repo_stats.config.watchlist_edits import NewEntry, add_entries, remove_repositories
    from repo_stats.config.watchlist_file import edit_file, find_watchlist_file

    entries = [NewEntry(kind, name, marks) for kind, names in added.items() for name in names]
    for name in removed:
        check_repository_name(name, "--remove")

    def edit(text: str, source: str) -> str:
        return remove_repositories(add_entries(text, entries, source), removed, source)

    path = find_watchlist_file()
    is_new = not path.exists()
    kept = f" with {' and '.join(marks)}" if marks else ""
    edit_file(path, edit)
    for entry in entries:
        click.echo(f"{path}: added {entry.written}{kept}.")
    for name in removed:
        click.echo(f"{path}: removed {name}. Its tables stay in the warehouse.")
    if is_new:
        tell(f"{path} was made; nothing else is watched.")
    if entries:
        tell(
            "A running daemon reads what is new within a minute. Without one, run repo-stats "
            "refresh."
        )
