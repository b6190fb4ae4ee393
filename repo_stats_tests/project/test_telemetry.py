"""Dagster's telemetry and pop-ups are off wherever this project makes the instance itself."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.cli.run_jobs import publish_report
from repo_stats_tests.helpers.commands import make_home
from repo_stats_tests.helpers.paths import ROOT

EARLIER = "freshness:\n  enabled: true\n"


def make_dagster_home(folder: Path) -> Path:
    """Do what `make dev` does before it starts Dagster: gives the file of settings."""
    shutil.copy(ROOT / "Makefile", folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--silent", "dagster-home"]
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return folder / ".dagster" / "dagster.yaml"


@pytest.mark.parametrize("earlier", [None, "", EARLIER])
def test_make_dev_makes_an_instance_without_telemetry_and_pop_ups(
    tmp_path: Path, earlier: str | None
) -> None:
    if earlier is not None:
        (tmp_path / ".dagster").mkdir()
        (tmp_path / ".dagster" / "dagster.yaml").write_text(earlier, encoding="utf-8")
    settings = make_dagster_home(tmp_path)
    with dg.DagsterInstance.from_config(str(settings.parent)) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.get_settings("freshness") == {"enabled": True}


def test_make_dev_keeps_settings_that_somebody_edited(tmp_path: Path) -> None:
    edited = f"{EARLIER}telemetry:\n  enabled: true\n"
    (tmp_path / ".dagster").mkdir()
    (tmp_path / ".dagster" / "dagster.yaml").write_text(edited, encoding="utf-8")
    assert make_dagster_home(tmp_path).read_text(encoding="utf-8") == edited


def test_an_instance_of_the_tests_has_neither(tmp_path: Path) -> None:
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
    with pytest.raises(InterruptedError):
        publish_report()
    assert made == [False]
