"""A DAGSTER_HOME that cannot be used: one sentence that names it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy.exc import OperationalError

from repo_stats.cli.errors import JobError
from repo_stats.cli.instances import open_instance
from repo_stats_tests.helpers.commands import make_home

QUIET = "telemetry:\n  enabled: false\n"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "it is no folder; make it, or unset it"),
        ({"": ""}, "it is no folder"),
        ({"dagster.yaml": "a: ["}, "dagster.yaml"),
        (
            {"dagster.yaml": "freshnes:\n  enabled: true\n"},
            'unexpected config entry "freshnes" at the root.',
        ),
        (
            {"dagster.yaml": QUIET, "history/runs.db": "no database" * 99},
            "its run history is damaged (file is not a database); move the folder `history` away",
        ),
        ({"dagster.yaml": QUIET, "history": ""}, "File exists"),
    ],
)
def test_a_home_that_cannot_be_opened_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], says: str
) -> None:
    home = tmp_path / "home"
    for name, content in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content, encoding="utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with pytest.raises(JobError) as told, open_instance():
        pass
    assert f"DAGSTER_HOME ({home}) cannot be used" in str(told.value)
    assert says in str(told.value)
    assert len(str(told.value)) < 500
    assert "\n" not in str(told.value)


def test_a_home_that_depends_on_the_working_directory_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "home")
    with pytest.raises(JobError, match="is no absolute path"), open_instance():
        pass


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("database is locked", "another process holds its run history (database is locked)"),
        ("database or disk is full", "the disk is full (database or disk is full); make some"),
    ],
)
def test_a_database_that_fails_during_a_run_is_told_in_one_sentence(
    message: str, says: str
) -> None:
    with pytest.raises(JobError) as told, open_instance():
        raise OperationalError("insert", None, sqlite3.OperationalError(message))
    assert str(told.value).startswith("The temporary folder /")
    assert says in str(told.value)


def test_a_run_history_that_another_process_holds_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect

    def connect_without_waiting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **{**options, "timeout": 0})
        return connection

    monkeypatch.setattr("sqlite3.dbapi2.connect", connect_without_waiting)
    home = make_home(tmp_path / "home")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with open_instance() as instance:
        instance.add_run(dg.DagsterRun("first"))
    with closing(connect(home / "history" / "runs.db")) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(JobError) as told, open_instance() as instance:
            instance.add_run(dg.DagsterRun("second"))
    assert str(told.value) == (
        f"DAGSTER_HOME ({home}) cannot be used: another process holds its run history (database is "
        "locked); wait for that process, or end it."
    )
    with open_instance() as instance:
        assert [run.job_name for run in instance.get_runs()] == ["first"]
