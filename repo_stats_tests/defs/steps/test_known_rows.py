"""The rows of `repo_metadata` that are stored before a run: which are requested, in what order."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from repo_stats.defs.resources import github_resource
from repo_stats.defs.steps.metadata_rows import KnownRepositories
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import REPO_METADATA
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.steps.known_rows import (
    AGES,
    NOW,
    REPOS,
    Scope,
    known_by,
    row_of,
    store_row,
    store_rows,
)
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.step_context import step_context

DAY = timedelta(days=1)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return store_rows(tmp_path / "w")


def test_those_never_read_are_requested_first_and_then_those_that_wait_longest(
    tables: Tables, settings_for: SettingsFor
) -> None:
    known = known_by(Scope(), tables)
    github = github_resource(settings_for("a/b"))
    assert known.find_wanted(github) == ["x/new", "y/new", "e/ahead", "c/old", "b/young"]
    assert set(known.rows) == {"d/unknown"}
    assert known.names == set(AGES)
    other = github_resource(settings_for("a/b", REPO_STATS_API_URL="http://other"))
    assert "d/unknown" in known.find_wanted(other)


def test_a_stored_row_has_the_name_under_which_it_is_stored(tables: Tables) -> None:
    store_row(tables, "d/unknown", repo="D/Unknown")
    assert known_by(Scope(), tables).names == {*AGES, "D/Unknown"} - {"d/unknown"}


@pytest.mark.parametrize("count", [0, 2])
def test_a_file_with_another_number_of_rows_is_as_good_as_none(
    tables: Tables, settings_for: SettingsFor, count: int
) -> None:
    rows = to_frame(REPO_METADATA, [row_of("d/unknown", validated_at=NOW)] * count)
    for repo in ("a/held", "d/unknown"):
        tables.write(REPO_METADATA, repo, rows)
    known = known_by(Scope(), tables)
    assert (known.rows, "d/unknown" in known.before) == ({}, False)
    wanted = known.find_wanted(github_resource(settings_for("a/b")))
    assert wanted[:3] == ["x/new", "d/unknown", "y/new"]
    assert known.load(["a/held"]) == {}


def test_a_repository_whose_file_cannot_be_read_is_not_requested(
    tables: Tables, settings_for: SettingsFor
) -> None:
    file = Path(tables.files.root, "repo_metadata/d/unknown.parquet")
    file.unlink()
    file.mkdir()
    known = known_by(Scope(), tables)
    assert list(known.unusable) == ["d/unknown"]
    assert "unknown.parquet cannot be read" in known.unusable["d/unknown"]
    assert "d/unknown" not in known.find_wanted(github_resource(settings_for("a/b")))


def test_a_row_from_the_future_is_warned_of(tables: Tables) -> None:
    store_row(tables, "d/unknown", validated_at=NOW + DAY)
    runs: Any = SimpleNamespace(
        get_run_by_id=lambda run_id: SimpleNamespace(run_id=run_id, tags={}),
        add_run_tags=lambda *_: None,
    )
    context, scope = step_context(*REPOS, instance=runs), Scope()
    KnownRepositories(context, cast("Any", scope), tables)
    [told] = context.log.of("warning")
    assert told.startswith(f"Data of d/unknown was stored at {NOW + DAY:%Y-%m-%d %H:%M:%S} UTC, ")


@pytest.mark.parametrize(
    ("max_age", "full_at", "is_wanted"),
    [
        (3600, NOW, False),
        (3600, NOW - timedelta(hours=2), False),  # it is asked for once a day
        (3600, NOW - DAY, True),
        (3600, None, True),
        (3 * 86400, NOW - 2 * DAY, False),  # the maximum age is longer than a day
        (3 * 86400, NOW - 4 * DAY, True),
    ],
)
def test_a_young_row_is_requested_for_its_subscribers_once_a_day_or_at_the_maximum_age(
    tmp_path: Path,
    settings_for: SettingsFor,
    max_age: int,
    full_at: datetime | None,
    is_wanted: bool,
) -> None:
    scope = Scope(max_age=max_age)
    scope.states["a/held"] = replace(scope.states["a/held"], subscribers_at=full_at)
    known = known_by(scope, Tables(Files(str(tmp_path))))
    assert ("a/held" in known.find_wanted(github_resource(settings_for("a/b")))) is is_wanted


def test_rows_are_loaded_as_far_as_they_are_there_and_each_is_read_once(tables: Tables) -> None:
    known = known_by(Scope(), tables)
    for repo in ("c/old", "d/unknown"):
        Path(tables.files.root, f"repo_metadata/{repo}.parquet").unlink()
    loaded = known.load(["x/new", "b/young", "c/old", "d/unknown"])
    assert list(loaded) == ["b/young", "d/unknown"]
    assert [row["repo"].item() for row in loaded.values()] == ["b/young", "d/unknown"]
