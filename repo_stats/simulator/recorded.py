"""Repositories loaded from a folder of recorded API objects."""

import gzip
import json
from pathlib import Path

from repo_stats.simulator.items import Item
from repo_stats.simulator.world import JsonObject, Repository


def load_recorded(folder: Path) -> Repository:
    """The repository recorded in a folder.

    Args:
        folder: holds `repo.json`, the object of `GET /repos/{owner}/{repo}`, and
            `issues.jsonl.gz` or `issues.jsonl`, with one issue or pull request on each line.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is not JSON.
    """
    repository = json.loads((folder / "repo.json").read_text(encoding="utf-8"))
    packed = folder / "issues.jsonl.gz"
    if packed.exists():
        text = gzip.decompress(packed.read_bytes()).decode()
    else:
        text = (folder / "issues.jsonl").read_text(encoding="utf-8")
    issues: list[JsonObject] = [Item(json.loads(line)) for line in text.split("\n") if line]
    return Repository(repository, issues, counter=repository["open_issues_count"])
