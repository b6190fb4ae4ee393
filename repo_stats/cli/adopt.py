"""The command `adopt`."""

import click

from repo_stats.cli.errors import plain_errors
from repo_stats.config.settings import load_settings


@click.command(short_help="Know the files of a copied warehouse again.")
@plain_errors
def adopt() -> None:
    """Let the next refresh take the files of a copied or restored warehouse for its own.

    A refresh asks GitHub again for each file that was written by somebody else, and every file of
    a copy looks as if it were. After this command, a repository in which nothing happened costs no
    request of its own in a copy, too. A file whose content is another one stays unknown.
    """
    from repo_stats.warehouse.files import Files
    from repo_stats.warehouse.states.listed_files import adopt_files
    from repo_stats.warehouse.tables import Tables

    count = len(adopt_files(Tables(Files(load_settings().warehouse))))
    repositories = "1 repository" if count == 1 else f"{count} repositories"
    click.echo(f"The files of {repositories} are known again.")
