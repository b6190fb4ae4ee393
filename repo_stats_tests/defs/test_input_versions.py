"""Steps look for the versions of their inputs in Dagster's history only if they are recorded."""

from typing import Any
from unittest.mock import patch

import dagster as dg
import pytest
from dagster._core.execution.context.data_version_cache import DataVersionCache

from repo_stats.defs.input_versions import skip_unused_versions
from repo_stats.defs.partitions import DEFERS_EVENTS


@dg.asset
def source() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(data_version=dg.DataVersion("of the source"))


@dg.asset(deps=[source])
def made() -> None:
    pass


@pytest.fixture
def looked_for(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The assets whose versions were looked for."""
    looked_for: list[str] = []
    cache: Any = DataVersionCache
    fetch = cache._fetch_input_asset_version_info

    def note_and_fetch(self: Any, keys: list[dg.AssetKey]) -> None:
        looked_for.extend(key.to_user_string() for key in keys)
        fetch(self, keys)

    monkeypatch.setattr(cache, "_fetch_input_asset_version_info", note_and_fetch)
    return looked_for


@pytest.mark.parametrize("tags", [{}, {DEFERS_EVENTS: "false"}])
def test_what_dagster_records_has_the_versions_of_its_inputs(
    instance: dg.DagsterInstance, looked_for: list[str], tags: dict[str, str]
) -> None:
    result = dg.materialize([source, made], instance=instance, tags=tags)
    recorded = result.asset_materializations_for_node("made")[0].tags or {}
    assert recorded["dagster/input_data_version/source"] == "of the source"
    assert looked_for == ["source"]


def test_a_step_that_records_by_itself_does_not_look_for_versions(
    instance: dg.DagsterInstance, looked_for: list[str]
) -> None:
    assert dg.materialize([source, made], instance=instance, tags={DEFERS_EVENTS: "true"}).success
    assert looked_for == []


def test_versions_are_looked_for_as_before_if_it_is_asked_for_twice(
    instance: dg.DagsterInstance, looked_for: list[str]
) -> None:
    cache: Any = DataVersionCache
    skipping = cache.fetch_external_input_asset_version_info
    with patch.object(cache, "fetch_external_input_asset_version_info", skipping):
        skip_unused_versions()
        assert dg.materialize([source, made], instance=instance).success
    assert looked_for == ["source"]
