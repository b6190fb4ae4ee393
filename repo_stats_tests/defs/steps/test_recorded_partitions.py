"""What steps record in Dagster's history, and what they find there again."""

from typing import Any

import dagster as dg
import pytest

from repo_stats.defs.steps.asset_specs import CODE_VERSION
from repo_stats.defs.steps.recorded_partitions import (
    RecordedPartition,
    find_recorded,
    find_still_valid,
    find_versions,
    record_partition,
)
from repo_stats_tests.helpers.step_context import step_context

ASSET, INPUT = dg.AssetKey("made"), dg.AssetKey("input")


def test_a_record_has_its_version_and_the_inputs_it_was_made_from() -> None:
    context = step_context("a/b")
    record_partition(context, ASSET, "a/b", {"content_hash": "h", "rows": 3})
    inputs = {INPUT: RecordedPartition(7, "v"), dg.AssetKey("old"): RecordedPartition(8, None)}
    record_partition(context, ASSET, None, {"rows": 3}, inputs)
    record_partition(context, ASSET, None, {}, {})
    first, second, third = context.events
    assert (first.asset_key, first.partition) == (ASSET, "a/b")
    assert first.metadata["rows"].value == 3
    assert first.tags == {"dagster/data_version": "h"}
    assert second.partition is None
    of_step = {
        "dagster/data_version_is_user_provided": "true",
        "dagster/code_version": CODE_VERSION,
    }
    assert second.tags == {
        **of_step,
        "dagster/input_data_version/input": "v",
        "dagster/input_event_pointer/input": "7",
        "dagster/input_data_version/old": "",
        "dagster/input_event_pointer/old": "8",
    }
    assert third.tags == of_step


def report(instance: dg.DagsterInstance, repo: str, version: str | None, code: str) -> None:
    tags = {"dagster/code_version": code}
    if version is not None:
        tags["dagster/data_version"] = version
    instance.report_runless_asset_event(dg.AssetMaterialization(ASSET, partition=repo, tags=tags))


def plan(instance: dg.DagsterInstance, repo: str) -> None:
    """Let a run plan to make a partition, as Dagster does when it starts."""

    @dg.asset(name="made", partitions_def=dg.StaticPartitionsDefinition(["a/b", "c/d"]))
    def made() -> None:
        raise dg.Failure("not this time", allow_retries=False)

    assert not dg.materialize(
        [made], instance=instance, partition_key=repo, raise_on_error=False
    ).success


def versions(found: dict[str, RecordedPartition]) -> dict[str, str | None]:
    return {repo: recorded.version for repo, recorded in found.items()}


def test_the_latest_record_of_each_partition_is_found_with_its_version(
    instance: dg.DagsterInstance,
) -> None:
    context: Any = step_context("a/b", "c/d", "e/f", instance=instance)
    report(instance, "a/b", "first", CODE_VERSION)
    report(instance, "a/b", "second", CODE_VERSION)
    report(instance, "c/d", None, CODE_VERSION)
    report(instance, "x/y", "other", CODE_VERSION)
    found = find_recorded(context, ASSET, context.partition_keys)
    assert versions(found) == {"a/b": "second", "c/d": None}
    assert 0 < found["a/b"].storage_id < found["c/d"].storage_id
    assert find_versions(context, ASSET, ["a/b", "e/f"]) == {"a/b": "second"}


def test_a_record_is_valid_until_a_run_fails_to_replace_it_or_the_code_changes(
    instance: dg.DagsterInstance,
) -> None:
    context: Any = step_context("a/b", "c/d", instance=instance)
    for repo in context.partition_keys:
        report(instance, repo, f"of {repo}", CODE_VERSION)
    found = find_still_valid(context, ASSET, context.partition_keys)
    assert versions(found) == {"a/b": "of a/b", "c/d": "of c/d"}
    plan(instance, "c/d")
    assert list(find_still_valid(context, ASSET, context.partition_keys)) == ["a/b"]
    report(instance, "c/d", "of c/d", CODE_VERSION)
    assert list(find_still_valid(context, ASSET, context.partition_keys)) == ["a/b", "c/d"]
    report(instance, "c/d", "of c/d", "earlier code")
    assert find_still_valid(context, ASSET, context.partition_keys) == {}


@pytest.mark.parametrize("metadata", [{}, {"content_hash": None}])
def test_a_record_without_a_content_has_no_version(metadata: dict[str, Any]) -> None:
    context = step_context("a/b")
    record_partition(context, ASSET, "a/b", metadata)
    assert not context.events[0].tags
