"""What is shown of each partition of a run, and who records it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.defs.partitions import DEFERS_EVENTS
from repo_stats.defs.steps import materializations
from repo_stats.defs.steps.materializations import (
    combine_hashes,
    describe_partitions,
    describe_whole,
    record_later,
)
from repo_stats.defs.steps.recorded_partitions import RecordedPartition
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import hash_content, join_frames
from repo_stats.warehouse.schemas import ISSUES_PER_USER, REPO_METADATA, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics
from repo_stats_tests.helpers.step_context import step_context

DEFERRED = {DEFERS_EVENTS: "true"}

ROWS = {repo: statistics(repo=repo) for repo in ("a/b", "c/d")}

FIRST_TURN = datetime.fromtimestamp(0, timezone.utc)

HASHES = {repo: hash_content(REPO_STATISTICS, rows) for repo, rows in ROWS.items()}


def describe(context: Any, tmp_path: Path, written: Sequence[str]) -> Any:
    frame = join_frames(REPO_STATISTICS, [ROWS[repo] for repo in written])
    facts: Mapping[str, Mapping[str, Any]] = {"a/b": {"stars": 1}, "e/f": {"stale": "gone"}}
    return describe_partitions(
        context,
        Tables(Files(str(tmp_path))),
        REPO_STATISTICS,
        frame,
        facts,
        written,
        of_run={"run_requests": 9},
        made_of=[REPO_METADATA, ISSUES_PER_USER],
    )


def shown(tmp_path: Path, repo: str, **facts: Any) -> dict[str, Any]:
    uri = str(tmp_path / f"repo_statistics/{repo}.parquet")
    if repo in HASHES:
        facts |= {"dagster/partition_row_count": 1, "content_hash": HASHES[repo]}
    return {"dagster/uri": uri, **facts}


def test_dagster_gets_what_it_is_to_record_of_each_partition_with_one_version_for_all(
    tmp_path: Path,
) -> None:
    context: Any = step_context("a/b", "c/d", "e/f", "g/h")
    deferred = describe(context, tmp_path, ["a/b", "c/d"])
    assert context.shown == {
        "a/b": shown(tmp_path, "a/b", stars=1),
        "c/d": shown(tmp_path, "c/d"),
        "e/f": shown(tmp_path, "e/f", stale="gone"),
        "g/h": shown(tmp_path, "g/h"),
        None: {"run_requests": 9},
    }
    assert context.versions == {"repo_statistics": combine_hashes(HASHES)}
    assert (deferred.metadata, deferred.hashes, deferred.made_of) == ({}, {}, ())
    deferred.record()
    assert context.events == []


def find_nothing(*_: object) -> dict[str, RecordedPartition]:
    return {}


def test_a_step_records_what_is_new_with_its_inputs_and_observes_what_was_not_refreshed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest = {
        "repo_metadata": {repo: RecordedPartition(5, "m") for repo in ROWS},
        "issues_per_user": {"c/d": RecordedPartition(9, None)},
    }
    monkeypatch.setattr(materializations, "find_still_valid", find_nothing)
    monkeypatch.setattr(materializations, "started_at", lambda _: FIRST_TURN)
    monkeypatch.setattr(
        materializations, "find_recorded", lambda context, key, repos: latest[key.path[-1]]
    )
    context: Any = step_context("a/b", "c/d", "e/f", "g/h", tags=DEFERRED)
    deferred = describe(context, tmp_path, ["a/b", "c/d"])
    assert (context.shown, context.versions, context.events) == ({}, {}, [])
    deferred.record()
    observation, *made = context.events
    assert isinstance(observation, dg.AssetObservation)
    assert (observation.asset_key, observation.partition) == (deferred.asset, "e/f")
    metadata = [{n: v.value for n, v in event.metadata.items()} for event in context.events]
    assert metadata == [
        shown(tmp_path, "e/f", stale="gone", run_requests=9),
        shown(tmp_path, "a/b", stars=1, run_requests=9),
        shown(tmp_path, "c/d", run_requests=9),
    ]
    assert context.recorded == ["repo_statistics of a/b", "repo_statistics of c/d"]
    inputs = [
        {n.removeprefix("dagster/input_"): v for n, v in event.tags.items() if "input_" in n}
        for event in made
    ]
    assert inputs == [
        {"data_version/repo_metadata": "m", "event_pointer/repo_metadata": "5"},
        {
            "data_version/repo_metadata": "m",
            "event_pointer/repo_metadata": "5",
            "data_version/issues_per_user": "",
            "event_pointer/issues_per_user": "9",
        },
    ]


@pytest.mark.parametrize(("written", "is_asked"), [(["a/b"], False), (["a/b", "c/d"], True)])
def test_of_several_partitions_those_recorded_as_they_are_now_need_no_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: list[str], is_asked: bool
) -> None:
    asked = []

    def find_valid(*_: object) -> dict[str, RecordedPartition]:
        asked.append(1)
        return {repo: RecordedPartition(n, HASHES[repo]) for n, repo in enumerate(written)}

    monkeypatch.setattr(materializations, "find_still_valid", find_valid)
    monkeypatch.setattr(materializations, "find_recorded", find_nothing)
    monkeypatch.setattr(materializations, "started_at", lambda _: FIRST_TURN)
    context: Any = step_context("a/b", "c/d", tags=DEFERRED)
    describe(context, tmp_path, written).record()
    assert context.recorded == ["repo_statistics of a/b"]
    assert bool(asked) is is_asked


def test_of_a_run_that_refreshed_nothing_the_history_is_not_asked_for(
    tmp_path: Path,
) -> None:
    context: Any = step_context("e/f", tags=DEFERRED, instance=None)
    describe(context, tmp_path, []).record()
    assert [type(event) for event in context.events] == [dg.AssetObservation]


def test_without_anything_about_the_run_and_inputs_only_the_partitions_are_shown() -> None:
    context: Any = step_context("a/b")
    record_later(context, REPO_STATISTICS, {"a/b": {"stars": 1}}, {"a/b": "h"})
    assert context.shown == {"a/b": {"stars": 1}, None: {}}
    assert context.versions == {"repo_statistics": "h"}
    later: Any = step_context("a/b", tags=DEFERRED)
    deferred = record_later(later, REPO_STATISTICS, {"a/b": {"stars": 1}}, {"a/b": "h"})
    assert (deferred.metadata, deferred.made_of) == ({"a/b": {"stars": 1}}, [])


@pytest.mark.parametrize("tag", [None, "false"])
def test_only_a_run_that_says_so_records_its_partitions_itself(tag: str | None) -> None:
    context: Any = step_context("a/b", tags={DEFERS_EVENTS: tag} if tag else {})
    describe_whole(context, {"content_hash": "h", "pages": 3})
    assert context.shown == {None: {"content_hash": "h", "pages": 3}}
    assert context.versions == {"the_asset": "h"}
    assert context.events == []
    describe_whole(context, {"pages": 4})
    assert (context.shown, context.versions) == ({None: {"pages": 4}}, {"the_asset": "h"})


def test_an_asset_without_partitions_is_recorded_as_a_whole() -> None:
    context: Any = step_context("a/b", tags=DEFERRED)
    describe_whole(context, {"pages": 3})
    assert context.recorded == ["the_asset of None"]
    assert context.events[0].metadata["pages"].value == 3
    assert (context.shown, context.versions) == ({}, {})
