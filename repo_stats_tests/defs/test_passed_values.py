"""What steps pass on: read back as it was, from plain JSON, or refused in a sentence."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.defs.origins import WAREHOUSE_TAG
from repo_stats.defs.step_values import (
    STEP_VALUES,
    StepValues,
    list_values,
    remove_values,
    require_known_types,
)
from repo_stats.defs.steps.snapshot_tables import FetchResult
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.planning import ListPlan, PageBatch
from repo_stats.github.issues.requests import BEGINNING
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.github.issues.windows import TimeRange
from repo_stats.json_codec import from_json, to_json
from repo_stats.warehouse.files import Files
from repo_stats_tests.helpers.items import item
from repo_stats_tests.helpers.pages import ISSUE_LIST, NOW, head
from repo_stats_tests.helpers.runs import failure

REPO = ISSUE_LIST.repo

HEAD = replace(head(1), updates={7: 1_788_000_000}, last_updated_at=NOW)

HEADS = {PageKey.numbered(REPO, 1): HEAD, PageKey.window(REPO, NOW, 2): HEAD}

LATER = NOW + timedelta(microseconds=1)

ROW = {**item(7, 1, title="é \u2028 \x7f", created_at=NOW, updated_at=LATER), "raw": "{}"}

PAGES = [
    PageResult(key, outcome, HEAD, True, 9, None)
    for key, outcome in zip(HEADS, Outcome, strict=False)
]

VALUES = [
    PageBatch(
        [ListPlan(ISSUE_LIST, NOW, True, [TimeRange(ISSUE_LIST, BEGINNING, LATER, 3)])],
        [ISSUE_LIST.numbered(2), TimeRange(ISSUE_LIST, NOW, None, 1)],
        9,
        2,
        SlidingWindow(100, [1_788_000_000.123457, 2.0]),
        {REPO: HEADS},
    ),
    PageBatch([], [], 0, 1, SlidingWindow(1, (), 5.5)),
    FetchResult(
        {REPO: ListSnapshot(PAGES, True, 1, 2, NOW, LATER, {7: ROW}, frozenset({1, 2}))},  # type: ignore[dict-item]
        PAGES,
        {REPO: HEADS},
        Usage(Counter({200: 3, 304: 1}), 3, 0.1, 0.2, [1.5], Quota(5000, 4997, NOW)),
        {"c/d": "It is gone."},
    ),
]


@pytest.mark.parametrize("value", VALUES, ids=["batch", "empty batch", "result"])
def test_what_steps_pass_on_is_read_back_as_it_was(value: object) -> None:
    assert from_json(type(value), to_json(value)) == value


def test_times_are_read_back_with_the_time_zone_that_they_had() -> None:
    [read] = from_json(FetchResult, to_json(VALUES[2])).snapshots.values()
    times = [read.started_at, read.ended_at, read.touched[7]["updated_at"]]
    assert [time.tzinfo for time in times] == [timezone.utc] * 3


@dg.op(out=dg.Out(io_manager_key=STEP_VALUES))
def give() -> FetchResult:
    return FetchResult({}, [], {}, Usage(), {"a/b": "why"})


def pass_on(
    root: Path, change: Callable[[Files, str], None], tags: dict[str, str], *, is_local: bool
) -> tuple[dg.ExecuteInProcessResult, list[str]]:
    """Pass a value on, which something happens to meanwhile; gives the run and what was stored."""
    warehouse = Files(str(root) if is_local else f"memory://{root}")
    stored = []

    @dg.op(ins={"given": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing))
    def spoil(context: dg.OpExecutionContext) -> None:
        folder = Files(context.instance.storage_directory())
        if is_local:
            names = [f"{context.run_id}/give/result"]
        else:
            names = [f"{STEP_VALUES}/{name}" for name in list_values(warehouse)]
        files = folder if is_local else warehouse
        for name in names:
            stored.append((files.read(name) or b"").decode())
            change(files, name)

    @dg.op(ins={"spoilt": dg.In(dg.Nothing)})
    def read_after(result: FetchResult) -> str:
        return result.reasons["a/b"]

    @dg.job(resource_defs={STEP_VALUES: StepValues(root=warehouse.root)})
    def passing() -> None:
        given = give()
        read_after(given, spoilt=spoil(given))

    result = passing.execute_in_process(raise_on_error=False, tags=tags)
    return result, stored


def leave(files: Files, name: str) -> None:
    assert files.exists(name)


@pytest.mark.parametrize("is_local", [True, False], ids=["folder", "bucket"])
def test_a_value_is_passed_on_as_json_and_leaves_no_other_event(
    tmp_path: Path, is_local: bool
) -> None:
    result, [stored] = pass_on(tmp_path, leave, {}, is_local=is_local)
    assert result.output_for_node("read_after") == "why"
    assert json.loads(stored)["reasons"] == {"a/b": "why"}
    handled = [e for e in result.all_events if e.is_handled_output and e.step_key == "give"]
    assert [event.event_specific_data.metadata for event in handled] == [{}]  # type: ignore[union-attr]
    assert not any(tmp_path.iterdir())


REMEDY = "start the run anew from its first step."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Files.delete, f"which the step give passed on, is gone; {REMEDY}"),
        (
            lambda files, name: files.write(name, b"cos\nsystem\n(S'true'\ntR."),
            "which the step give passed on, is damaged, or of another version of repo_stats; "
            f"{REMEDY}",
        ),
    ],
    ids=["gone", "pickle"],
)
def test_a_value_that_cannot_be_read_is_told_in_a_sentence(
    tmp_path: Path, change: Callable[[Files, str], None], sentence: str
) -> None:
    result, stored = pass_on(tmp_path, change, {}, is_local=False)
    assert len(stored) == 1
    assert failure(result).startswith(f"memory://{tmp_path}/{STEP_VALUES}/")
    assert failure(result).endswith(sentence)


def test_a_value_is_not_passed_on_by_way_of_another_warehouse(tmp_path: Path) -> None:
    tags = {WAREHOUSE_TAG: "s3://bucket/stats"}
    result, stored = pass_on(tmp_path, leave, tags, is_local=False)
    assert failure(result) == (
        f"REPO_STATS_WAREHOUSE is memory://{tmp_path} where this step runs, but s3://bucket/stats "
        "where its run does; set it to the same on all machines, and start the run anew."
    )
    assert stored == []


def test_old_values_and_those_of_a_run_that_succeeded_are_removed(tmp_path: Path) -> None:
    files, now = Files(f"memory://{tmp_path}"), datetime(2026, 9, 10, tzinfo=timezone.utc)
    names = {
        "2026-09-07/dead/a",
        "2026-09-08/failed/a",
        "2026-09-10/ended/a",
        "2026-09-10/ended2/a",
    }
    for name in names:
        files.write(f"{STEP_VALUES}/{name}", b"{}")
    remove_values(files, None, timedelta(days=2), now)
    assert set(list_values(files)) == names - {"2026-09-07/dead/a"}
    remove_values(files, f"{STEP_VALUES}/2026-09-10/ended", timedelta(days=2), now)
    left = {"2026-09-08/failed/a", "2026-09-10/ended2/a"}
    assert set(list_values(files)) == left


class Opaque:
    """Values that JSON cannot hold."""


def test_a_step_that_passes_on_what_json_cannot_hold_is_refused_when_it_is_defined() -> None:
    @dg.op(out=dg.Out(io_manager_key=STEP_VALUES))
    def untyped():  # type: ignore[no-untyped-def]
        return 1

    @dg.op(out=dg.Out(io_manager_key=STEP_VALUES))
    def opaque() -> Opaque:
        return Opaque()

    @dg.asset
    def stored() -> Opaque:
        return Opaque()

    require_known_types([stored])
    for op, reason in ((untyped, "of which no type is known."), (opaque, "of <class ")):
        asset = dg.AssetsDefinition.from_op(op)
        sentence = f"The step {op.name} cannot pass on what it returns. JSON cannot give back "
        with pytest.raises(TypeError) as refusal:
            require_known_types([asset])
        assert str(refusal.value).startswith(f"{sentence}values {reason}")
