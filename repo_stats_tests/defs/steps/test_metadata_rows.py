"""The rows of `repo_metadata`: which are requested, in what order, and which are written."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs.resources import github_resource
from repo_stats.defs.steps.metadata_rows import KnownRepositories, MetadataRows, combine_rows
from repo_stats.defs.steps.repository_readings import RepositoryReadings, query_metadata
from repo_stats.defs.steps.repository_states import hash_row
from repo_stats.github.errors import PermanentError
from repo_stats.github.graphql.pulse import Pulse
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.repositories import repository_url
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.schemas import REPO_METADATA
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.pulses import pulse_of
from repo_stats_tests.helpers.rows import metadata
from repo_stats_tests.helpers.states import reading_of, state_of
from repo_stats_tests.helpers.step_context import step_context

NOW = datetime.now(timezone.utc)

AGES = {"a/held": 5, "b/young": 61, "c/old": 90, "d/unknown": 5, "e/ahead": -9999}
"""How many minutes ago each was read. Of all but `d/unknown` the file is the known one."""

REPOS = ["x/new", *AGES, "y/new"]


def row_of(repo: str, **changes: Any) -> Any:
    url = repository_url(API_URL, repo)
    [row] = to_arrow(
        REPO_METADATA, metadata(repo, **{"url": url, "raw": "{}", **changes})
    ).to_pylist()
    return row


class Scope:
    """What a step has to work on: of most repositories the stored file is the known one."""

    def __init__(self, shown: tuple[str, ...] = ()) -> None:
        self.freshness = Freshness.of_run(NOW, 3600, force=False)
        self.states = {
            repo: state_of(
                repo,
                read_at=read_at(repo),
                subscribers_at=read_at(repo),
                content_hash=hash_row(row_of(repo)),
            )
            for repo in AGES
            if repo != "d/unknown"
        }
        self._shown = shown

    def holds(self, schema: object, repo: str) -> bool:
        return repo in self.states

    def choose(self, schema: object, repos: list[str]) -> list[str]:
        return [repo for repo in repos if repo in self._shown]


def read_at(repo: str) -> datetime:
    return NOW - timedelta(minutes=AGES[repo])


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Tables in which the row of each repository is stored that was ever read."""
    tables = Tables(Files(str(tmp_path / "w")))
    for repo in AGES:
        url = repository_url(API_URL, repo)
        tables.write(
            REPO_METADATA, repo, metadata(repo, url=url, raw="{}", validated_at=read_at(repo))
        )
    return tables


@pytest.fixture
def known_by(tables: Tables) -> Callable[[Any], KnownRepositories]:
    return lambda scope: KnownRepositories(step_context(*REPOS), scope, tables)


Known = Callable[[Any], KnownRepositories]


def test_those_never_read_are_requested_first_and_then_those_that_wait_longest(
    known_by: Known, settings_for: Callable[..., Settings]
) -> None:
    known = known_by(Scope())
    github = github_resource(settings_for("a/b"))
    assert known.find_wanted(github) == ["x/new", "y/new", "e/ahead", "c/old", "b/young"]
    assert set(known.rows) == {"d/unknown"}
    assert known.names == set(AGES)
    other = github_resource(settings_for("a/b", REPO_STATS_API_URL="http://other"))
    assert "d/unknown" in known.find_wanted(other)


def combine(
    known_by: Known, readings: RepositoryReadings, shown: tuple[str, ...] = ()
) -> MetadataRows:
    scope: Any = Scope(shown)
    return combine_rows(scope, known_by(scope), readings, vouches=True)


def test_a_row_that_tells_the_same_is_not_written_but_what_is_known_of_it_moves(
    known_by: Known,
) -> None:
    row = row_of("c/old", validated_at=NOW, etag="another")
    result = combine(known_by, RepositoryReadings({"c/old": row}))
    assert set(result.written) == {"d/unknown"}  # only its state is missing
    assert list(result.frames) == ["d/unknown"]
    assert result.states["c/old"].read_at == NOW
    assert result.states["d/unknown"].content_hash == hash_row(row_of("d/unknown"))


@pytest.mark.parametrize("repo", ["c/old", "x/new"])
def test_a_row_that_is_new_or_tells_something_else_is_written(known_by: Known, repo: str) -> None:
    row = row_of(repo, stars=99, repo_id=1)
    result = combine(known_by, RepositoryReadings({repo: row}))
    assert set(result.written) == {repo, "d/unknown"}
    assert result.frames[repo]["stars"].item() == 99
    assert result.ids == {**dict.fromkeys(AGES, 1), repo: 1}


def test_another_repository_under_a_name_is_written_with_its_number(known_by: Known) -> None:
    result = combine(known_by, RepositoryReadings({"c/old": row_of("c/old", repo_id=9)}))
    assert "c/old" in result.written
    assert (result.ids["c/old"], result.states["c/old"].repo_id) == (9, 9)


def test_rows_to_be_recorded_are_loaded_and_not_written(known_by: Known) -> None:
    result = combine(known_by, RepositoryReadings(), shown=("a/held",))
    assert list(result.frames) == ["a/held", "d/unknown"]
    stored = result.to_store(result.frame_without(()), ())
    assert stored.unchanged == {"a/held"}
    assert set(result.frame_without({"a/held"})["repo"]) == {"d/unknown"}


def test_a_row_that_cannot_be_stored_is_an_error_of_its_repository_alone(known_by: Known) -> None:
    bad: Any = {**row_of("c/old"), "stars": "many"}
    readings = RepositoryReadings({"c/old": bad, "x/new": row_of("x/new")})
    result = combine(known_by, readings)
    assert list(result.errors) == ["c/old"]
    assert "c/old" not in result.states
    assert "c/old" not in result.written
    assert "x/new" in result.written


def test_what_could_not_be_read_or_moved_keeps_its_row_and_is_not_stored(known_by: Known) -> None:
    readings = RepositoryReadings(
        {"c/old": row_of("c/old", stars=8)}, errors={"d/unknown": PermanentError("It is gone.")}
    )
    result = combine(known_by, readings, shown=("d/unknown",))
    assert "d/unknown" not in result.frames
    stored = result.to_store(result.frame_without({"c/old"}), {"c/old"})
    assert isinstance(stored.rows, pd.DataFrame)
    assert stored.rows.empty
    assert stored.states == {}


def test_a_list_is_vouched_for_only_if_the_run_allows_it(known_by: Known) -> None:
    scope: Any = Scope()
    pulse: Pulse = pulse_of()
    later = replace(pulse, asked_at=NOW)
    voucher = SimpleNamespace(is_valid=True, pulse=pulse)
    scope.states["c/old"] = replace(scope.states["c/old"], voucher=voucher, seen_at=None)
    row = row_of("c/old")
    readings = RepositoryReadings({"c/old": row}, {"c/old": reading_of(row, pulse=later)})
    seen = [
        combine_rows(scope, known_by(scope), readings, vouches=vouches).states["c/old"].seen_at
        for vouches in (True, False)
    ]
    assert seen == [NOW, None]


def test_what_queries_cost_is_shown_if_any_was_sent() -> None:
    assert query_metadata(RepositoryReadings()) == {}
    usage = Usage(Counter({200: 3}))
    readings = RepositoryReadings(
        query_usage=usage, points=2, pulses={"a/b": reading_of(row_of("a/b"))}
    )
    shown = {"run_queries": 3, "run_points": 2, "run_repositories_by_query": 1}
    assert query_metadata(readings) == shown
    usage.quota = Quota(5_000, 4_998, NOW)
    found = query_metadata(readings)
    assert found.pop("points_reset").value == NOW.timestamp()
    assert found == {**shown, "points_limit": 5_000, "remaining_points": 4_998}
