"""The command `dagster-home`."""

from pathlib import Path

import click

from repo_stats.cli.errors import JobError, plain_errors


@click.command("dagster-home")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@plain_errors
def dagster_home(folder: Path) -> None:
    """Write good settings for Dagster into FOLDER, for use as DAGSTER_HOME.

    The file is FOLDER/dagster.yaml, with a reason for each setting. A file that you edited stays as
    it is; one that an earlier version wrote is replaced.
    """
    from repo_stats.defs.instance_settings import FILE, write_instance_settings

    try:
        is_ours = write_instance_settings(folder)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text file"
        raise JobError(f"{folder / FILE} cannot be read or written ({reason}).") from None
    click.echo(
        f"{folder / FILE} has the settings of this version."
        if is_ours
        else f"{folder / FILE} has other settings, and stays as it is."
    )
