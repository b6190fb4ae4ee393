"""The file `dagster.yaml`: Dagster's own settings, as they suit this project."""

from importlib.resources import files
from pathlib import Path

from repo_stats.atomic_files import replace_file

FILE = "dagster.yaml"

_EARLIER = (
    "freshness:\n  enabled: true\n",
    "freshness:\n  enabled: true\ntelemetry:\n  enabled: false\nnux:\n  enabled: false\n",
)
"""What earlier versions wrote. A file with other settings is somebody's own."""


def read_instance_settings() -> str:
    """The text of the file, with a reason for each setting."""
    return files("repo_stats.defs").joinpath(FILE).read_text(encoding="utf-8")


def write_instance_settings(home: Path) -> bool:
    """Write the file into a folder, unless it has one that somebody edited.

    Args:
        home: the folder that `DAGSTER_HOME` names; it is created if it is missing.

    Returns:
        Whether the folder now has the file of this version.

    Raises:
        OSError: the file cannot be read or written.
    """
    path, wanted = home / FILE, read_instance_settings()
    present = path.read_text(encoding="utf-8") if path.exists() else ""
    if present.strip() and present not in (wanted, *_EARLIER):
        return False
    if present != wanted:
        replace_file(path, wanted.encode())
    return True
