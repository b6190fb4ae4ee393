"""The rows of `repo_metadata` after a run has read some: which are written, shown and stored."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from repo_stats.defs.steps.metadata_rows import MetadataRows, combine_rows
from repo_stats.defs.steps.repository_readings import RepositoryReadings
from repo_stats.defs.steps.repository_states import hash_row
from repo_stats.github.errors import PermanentError
from repo_stats.github.graphql.pulse import Pulse
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.usage import Usage
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.steps.known_rows import (
    AGES,
    NOW,
    Scope,
    known_by,
    row_of,
    store_rows,
)
from repo_stats_tests.helpers.pulses import pulse_of
from repo_stats_tests.helpers.states import reading_of


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return store_rows(tmp_path / "w")


def combine(
    tables: Tables, readings: RepositoryReadings, shown: tuple[str, ...] = ()
) -> MetadataRows:
    scope: Any = Scope(shown)
    return combine_rows(scope, known_by(scope, tables), readings, vouches=True)


def test_a_row_that_tells_the_same_is_not_written_but_what_is_known_of_it_moves(
    tables: Tables,
) -> None:
    row = row_of("c/old", validated_at=NOW, etag="another")
    result = combine(tables, RepositoryReadings({"c/old": row}))
    assert set(result.written) == {"d/unknown"}  # only its state is missing
    assert list(result.frames) == ["d/unknown"]
    assert result.states["c/old"].read_at == NOW
    assert result.states["d/unknown"].content_hash == hash_row(row_of("d/unknown"))


@pytest.mark.parametrize("repo", ["c/old", "d/unknown", "x/new"])
def test_a_row_that_is_new_or_tells_something_else_is_written(tables: Tables, repo: str) -> None:
    row = row_of(repo, stars=99, repo_id=1)
    result = combine(tables, RepositoryReadings({repo: row}))
    assert set(result.written) == {repo, "d/unknown"}
    assert result.frames[repo]["stars"].item() == 99
    assert result.ids == {**dict.fromkeys(AGES, 1), repo: 1}


def test_what_was_read_is_recorded_in_place_of_what_was_stored(tables: Tables) -> None:
    readings = RepositoryReadings({"c/old": row_of("c/old", stars=99)})
    result = combine(tables, readings, shown=("c/old",))
    assert result.frames["c/old"]["stars"].item() == 99


def test_only_what_is_stored_or_can_be_is_offered_to_be_recorded(tables: Tables) -> None:
    bad: Any = {**row_of("c/old"), "stars": "many"}
    readings = RepositoryReadings(
        {"c/old": bad, "x/new": row_of("x/new")}, errors={"a/held": PermanentError("It is gone.")}
    )
    scope: Any = Scope()
    combine_rows(scope, known_by(scope, tables), readings, vouches=True)
    assert scope.offered == ["x/new", "b/young", "d/unknown", "e/ahead"]


@pytest.mark.parametrize("quota", [None, Quota(60, 59, NOW)])
def test_a_server_that_tells_no_limits_has_none(tables: Tables, quota: Quota | None) -> None:
    readings = RepositoryReadings({"c/old": row_of("c/old")}, usage=Usage(quota=quota))
    state = combine(tables, readings).states["c/old"]
    assert state.is_limited is (quota is not None)


def test_another_repository_under_a_name_is_written_with_its_number(tables: Tables) -> None:
    result = combine(tables, RepositoryReadings({"c/old": row_of("c/old", repo_id=9)}))
    assert "c/old" in result.written
    assert (result.ids["c/old"], result.states["c/old"].repo_id) == (9, 9)


def test_rows_to_be_recorded_are_loaded_and_not_written(tables: Tables) -> None:
    result = combine(tables, RepositoryReadings(), shown=("a/held",))
    assert list(result.frames) == ["a/held", "d/unknown"]
    stored = result.to_store(result.frame_without(()), ())
    assert stored.unchanged == {"a/held"}
    assert list(stored.states) == ["d/unknown"]
    assert set(result.frame_without({"a/held"})["repo"]) == {"d/unknown"}


def test_a_row_that_cannot_be_stored_is_an_error_of_its_repository_alone(tables: Tables) -> None:
    bad: Any = {**row_of("c/old"), "stars": "many"}
    readings = RepositoryReadings({"c/old": bad, "x/new": row_of("x/new")})
    result = combine(tables, readings)
    assert list(result.errors) == ["c/old"]
    assert "c/old" not in result.states
    assert "c/old" not in result.written
    assert "x/new" in result.written


def test_what_could_not_be_read_or_moved_keeps_its_row_and_is_not_stored(tables: Tables) -> None:
    readings = RepositoryReadings(
        {"c/old": row_of("c/old", stars=8)}, errors={"d/unknown": PermanentError("It is gone.")}
    )
    result = combine(tables, readings, shown=("d/unknown",))
    assert "d/unknown" not in result.frames
    stored = result.to_store(result.frame_without({"c/old"}), {"c/old"})
    assert isinstance(stored.rows, pd.DataFrame)
    assert stored.rows.empty
    assert stored.states == {}


def test_a_list_is_vouched_for_only_if_the_run_allows_it(tables: Tables) -> None:
    scope: Any = Scope()
    pulse: Pulse = pulse_of()
    later = replace(pulse, asked_at=NOW)
    voucher = SimpleNamespace(is_valid=True, pulse=pulse)
    scope.states["c/old"] = replace(scope.states["c/old"], voucher=voucher, seen_at=None)
    row = row_of("c/old")
    readings = RepositoryReadings({"c/old": row}, {"c/old": reading_of(row, pulse=later)})
    seen = [
        combine_rows(scope, known_by(scope, tables), readings, vouches=vouches)
        .states["c/old"]
        .seen_at
        for vouches in (True, False)
    ]
    assert seen == [NOW, None]
