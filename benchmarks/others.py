"""The peers as commands to measure; a peer that cannot be installed is None."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.environments import find_environment
from benchmarks.measuring import FOLDER, Variant, base_environment
from benchmarks.simulated import TOKEN

SCRIPTS = Path(__file__).with_name("peers")
PREFECT_QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}
"""Settings that stop Prefect from reporting to its makers."""


def prefect(name: str, url: str, server: str | None = None) -> Variant | None:
    """The tutorial's flow, with an empty PREFECT_HOME and therefore a cold cache.

    Args:
        name: its name in the table.
        url: the simulated GitHub's address.
        server: the address of a Prefect server's API; without it the flow starts a server of its
            own, as Prefect does if none is configured.
    """
    if (bin_folder := find_environment("prefect")) is None:
        return None
    return Variant(
        name=name,
        command=(str(bin_folder / "python"), str(SCRIPTS / "prefect_flow.py")),
        environment={
            "BENCHMARK_API_URL": url,
            "PREFECT_HOME": f"{FOLDER}/prefect",
            **PREFECT_QUIET,
            **({} if server is None else {"PREFECT_API_URL": server}),
        },
        count_rows=lambda folder: len(json.loads((folder / "issues.json").read_text("utf-8"))),
    )


def perceval(url: str, repo: str) -> Variant | None:
    """Perceval's client, which reads only the list."""
    if (bin_folder := find_environment("perceval")) is None:
        return None
    script = str(SCRIPTS / "perceval_issues.py")
    return Variant(
        name="Perceval (list only)",
        command=(str(bin_folder / "python"), script, url, TOKEN, repo),
        count_rows=lambda folder: count_distinct(folder / "issues.jsonl", lambda row: row["id"]),
    )


def dlt(url: str, repo: str) -> Variant | None:
    """The declarative REST source of dlt, into DuckDB."""
    if (bin_folder := find_environment("dlt")) is None:
        return None
    python = str(bin_folder / "python")

    def count_rows(folder: Path) -> int:
        command = [python, str(SCRIPTS / "dlt_count.py")]
        done = subprocess.run(
            command, cwd=folder, env=base_environment(), capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    return Variant(
        name="dlt to DuckDB",
        command=(python, str(SCRIPTS / "dlt_issues.py"), url, TOKEN, repo),
        environment={"RUNTIME__DLTHUB_TELEMETRY": "false"},
        count_rows=count_rows,
    )


def tap_github(url: str, repo: str) -> Variant | None:
    """The Singer tap for GitHub: its stream `issues`, to a file."""
    if (bin_folder := find_environment("tap-github")) is None:
        return None
    python = str(bin_folder / "python")
    tap = (python, str(SCRIPTS / "tap_issues.py"), "--config", "config.json")
    settings = {
        "repositories": [repo],
        "auth_token": TOKEN,
        "start_date": "2000-01-01T00:00:00Z",
        "api_url_base": url,
        "skip_parent_streams": True,
    }

    def set_up(folder: Path) -> None:
        (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
        discovered = subprocess.run(
            [*tap, "--discover"],
            cwd=folder,
            env=base_environment(),
            capture_output=True,
            check=True,
        )
        catalog = select_stream(json.loads(discovered.stdout), "issues")
        (folder / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")

    command = " ".join([*tap, "--catalog", "catalog.json", ">", "issues.jsonl"])
    return Variant(
        name="tap-github to a file",
        command=("sh", "-c", f"exec {command}"),
        set_up=set_up,
        count_rows=lambda folder: count_distinct(
            folder / "issues.jsonl", lambda row: row["record"]["id"] if "record" in row else None
        ),
    )


def select_stream(catalog: dict, name: str) -> dict:  # type: ignore[type-arg]
    """A Singer catalog with only one stream selected."""
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] == []:
                entry["metadata"]["selected"] = stream["tap_stream_id"] == name
    return catalog


def count_distinct(path: Path, key: Callable[[dict], int | None]) -> int:  # type: ignore[type-arg]
    """The number of distinct keys of the objects in a file with one object on each line."""
    with path.open(encoding="utf-8") as file:
        return len({key(json.loads(line)) for line in file} - {None})
