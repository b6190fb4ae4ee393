"""What is known of a repository, and which of its tables are those that are known."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from repo_stats.github.stars.reading import StarReading
from repo_stats.json_codec import from_json, to_json
from repo_stats.warehouse.states.repo_state import INPUTS, RepoState
from repo_stats_tests.helpers.known_states import STAMPS, file_of, known_state
from repo_stats_tests.helpers.rows import NOW

LATER = NOW + timedelta(minutes=1)

TABLES = list(INPUTS)

VERSIONS = dict.fromkeys(TABLES, "v1")


def without(table: str) -> RepoState:
    state = known_state()
    return replace(state, files={name: f for name, f in state.files.items() if name != table})


def with_changed(table: str, **changes: Any) -> RepoState:
    state = known_state()
    return state.with_file(table, replace(state.files[table], **changes))


def test_all_that_is_known_comes_back_from_json() -> None:
    stars = StarReading(NOW, read_at=NOW, newest=NOW.date(), etag='"1"', listed=3)
    state = known_state(node_id="R_1", subscribers=3, recorded_at=NOW, stars=stars)
    assert from_json(RepoState, to_json(state)) == state


@pytest.mark.parametrize(
    ("read_at", "seen_at", "snapshot_at"),
    [(NOW, LATER, NOW), (LATER, NOW, NOW), (NOW, None, None)],
)
def test_the_numbers_hold_at_the_earlier_of_the_times_of_counters_and_list(
    read_at: datetime, seen_at: datetime | None, snapshot_at: datetime | None
) -> None:
    assert known_state(read_at=read_at, seen_at=seen_at).snapshot_at == snapshot_at


@pytest.mark.parametrize("table", [table for table in TABLES if table != "star_days"])
def test_it_is_not_known_when_numbers_hold_that_are_still_to_be_made(table: str) -> None:
    assert without(table).snapshot_at is None
    newer = with_changed(table, revision="newer")
    assert (newer.snapshot_at is None) == (table != "repo_statistics")


def test_a_file_replaces_that_of_its_table_alone() -> None:
    state = known_state().with_file("open_issues", file_of("open_issues", "new"))
    assert state.files["open_issues"].revision == "new"
    assert {**state.files, "open_issues": None} == {**known_state().files, "open_issues": None}


@pytest.mark.parametrize(
    ("table", "stamps", "holds"),
    [
        ("open_issues", STAMPS, True),
        ("open_issues", {**STAMPS, "open_issues": "other"}, False),
        ("open_issues", {}, False),
        ("unknown", STAMPS, False),
        ("unknown", {}, False),
    ],
)
def test_a_file_is_the_known_one_if_a_listing_shows_its_stamp(
    table: str, stamps: dict[str, str], holds: bool
) -> None:
    assert known_state().holds(table, stamps) is holds


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_current_if_it_and_all_that_it_is_made_from_are_known(table: str) -> None:
    assert known_state().is_current(table, STAMPS, VERSIONS)
    assert not known_state().is_current(table, STAMPS, {**VERSIONS, table: "v2"})
    needed = {name for name in TABLES if is_needed(name, table)}
    for other in TABLES:
        stamps = {**STAMPS, other: "written again"}
        assert known_state().is_current(table, stamps, VERSIONS) is (other not in needed)
        old = with_changed(other, code_version="v0")
        assert old.is_current(table, STAMPS, VERSIONS) is (other not in needed)
        assert without(other).is_current(table, STAMPS, VERSIONS) is (other not in needed)
        newer = with_changed(other, revision="newer")
        assert newer.is_current(table, STAMPS, VERSIONS) is (other not in needed - {table})


def is_needed(source: str, table: str) -> bool:
    return source == table or any(is_needed(source, s.name) for s in INPUTS[table])


def test_a_table_is_consistent_if_it_was_made_from_the_files_that_are_known() -> None:
    state = with_changed("repo_metadata", revision="newer")
    consistent = [table for table in TABLES if state.is_consistent(table)]
    assert consistent == ["repo_metadata", "star_days"]
    others = [table for table in TABLES if without("repo_metadata").is_consistent(table)]
    assert others == ["star_days"]
    assert not state.is_made_of("open_issues", "repo_metadata")
    assert state.is_made_of("issues_per_user", "open_issues")
    assert not state.is_made_of("issues_per_user", "repo_metadata")
    assert not without("open_issues").is_made_of("issues_per_user", "open_issues")
    assert not without("issues_per_user").is_made_of("issues_per_user", "open_issues")
