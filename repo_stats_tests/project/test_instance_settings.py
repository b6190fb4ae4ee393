"""The settings of Dagster that this project writes, and telemetry wherever it makes an instance."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from click.testing import CliRunner
from dagster._core.run_coordinator import QueuedRunCoordinator
from dagster._core.scheduler.instigation import InstigatorType, TickStatus

from repo_stats.cli.commands import main
from repo_stats.cli.run_jobs import publish_report
from repo_stats.defs import fork_server
from repo_stats.defs.jobs import REPOSITORIES_TAG
from repo_stats_tests.helpers.commands import make_home
from repo_stats_tests.helpers.paths import ROOT

EARLIER = "freshness:\n  enabled: true\n"

WITHOUT_TELEMETRY = f"{EARLIER}telemetry:\n  enabled: false\nnux:\n  enabled: false\n"


def write_settings(home: Path) -> str:
    """Run the command that writes the file; gives what it printed."""
    result = CliRunner().invoke(main, ["dagster-home", str(home)])
    assert result.exit_code == 0, result.output
    return result.output


DAYS = {
    # skipped, requested a run, failed, was interrupted
    "schedule": (7, 30, 30, 30),
    "sensor": (1, 7, 30, 7),
    "auto_materialize": (1, 7, 30, 7),
}
"""For how many days Dagster keeps the ticks of each kind."""


def find_days(instance: dg.DagsterInstance) -> dict[str, tuple[int, ...]]:
    """The same, as Dagster reads it from its settings."""
    kinds = {
        "schedule": InstigatorType.SCHEDULE,
        "sensor": InstigatorType.SENSOR,
        "auto_materialize": InstigatorType.AUTO_MATERIALIZE,
    }
    statuses = (TickStatus.SKIPPED, TickStatus.SUCCESS, TickStatus.FAILURE, TickStatus.STARTED)
    return {
        name: tuple(instance.get_tick_retention_settings(kind)[status] for status in statuses)
        for name, kind in kinds.items()
    }


def test_the_file_for_postgresql_has_all_settings_of_a_single_machine() -> None:
    single, several = (
        yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
        for path in ("repo_stats/defs/dagster.yaml", "deploy/dagster.postgres.yaml")
    )
    assert {name: several[name] for name in single} == single
    assert several.keys() - single.keys() == {"storage", "concurrency", "run_monitoring"}
    [limit] = several["concurrency"]["runs"]["tag_concurrency_limits"]
    assert limit["key"] == REPOSITORIES_TAG


def test_the_docs_say_for_how_long_ticks_are_kept() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = {
        name: re.search(rf"^\| {title} \| (\d+) \| (\d+) \| (\d+) \|$", page, re.M)
        for name, title in (("schedule", "schedules"), ("sensor", "sensors"))
    }
    found = {name: tuple(map(int, row.groups())) for name, row in rows.items() if row}
    assert found == {name: DAYS[name][:3] for name in ("schedule", "sensor")}


@pytest.mark.parametrize("earlier", [None, WITHOUT_TELEMETRY])
def test_the_settings_are_written_over_those_of_earlier_versions(
    tmp_path: Path, earlier: str | None
) -> None:
    home = tmp_path / "home"
    if earlier is not None:
        home.mkdir()
        (home / "dagster.yaml").write_text(earlier, encoding="utf-8")
    assert "has the settings of this version" in write_settings(home)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.get_settings("freshness") == {"enabled": True}
        assert instance.run_retries_enabled
        assert not instance.run_retries_retry_on_asset_or_op_failure
        assert isinstance(instance.run_coordinator, QueuedRunCoordinator)
        assert instance.run_coordinator.dequeue_interval_seconds == 1
        assert find_days(instance) == DAYS


def test_settings_that_somebody_edited_stay(tmp_path: Path) -> None:
    edited = f"{EARLIER}telemetry:\n  enabled: true\n"
    (tmp_path / "dagster.yaml").write_text(edited, encoding="utf-8")
    assert "has other settings, and stays as it is" in write_settings(tmp_path)
    assert (tmp_path / "dagster.yaml").read_text(encoding="utf-8") == edited


def test_settings_that_cannot_be_written_are_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_bytes(b"\xff\xfe\x00")
    result = CliRunner().invoke(main, ["dagster-home", str(tmp_path)])
    assert result.exit_code == 1
    assert "cannot be read or written (it is not a text file)." in result.output


def test_make_dev_writes_the_settings(tmp_path: Path) -> None:
    command = ["make", "--silent", "-f", str(ROOT / "Makefile"), "dagster-home"]
    binaries = f"BIN={Path(sys.executable).parent}"
    subprocess.run([*command, binaries], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / ".dagster" / "dagster.yaml").exists()


def test_an_instance_of_the_tests_has_neither_telemetry_nor_pop_ups(tmp_path: Path) -> None:
    with dg.DagsterInstance.from_config(str(make_home(tmp_path / "home"))) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled


def test_a_command_without_dagster_home_records_no_telemetry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[bool] = []
    local_temp = dg.DagsterInstance.local_temp

    def stop_after(*arguments: Any, **options: Any) -> dg.DagsterInstance:
        with local_temp(*arguments, **options) as instance:
            made.append(instance.telemetry_enabled)
        raise InterruptedError

    monkeypatch.setattr(dg.DagsterInstance, "local_temp", stop_after)
    monkeypatch.setattr(fork_server, "start", lambda: None)
    with pytest.raises(InterruptedError):
        publish_report()
    assert made == [False]
