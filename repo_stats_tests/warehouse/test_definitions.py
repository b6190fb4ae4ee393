"""The definitions of the computed tables, asked of a warehouse as users do: it says the same."""

import json
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
from click.testing import CliRunner

from repo_stats.cli.commands import main
from repo_stats.simulator.generator import Shape
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import join_frames, to_frame
from repo_stats.warehouse.schemas import (
    CONTRIBUTOR_CONCENTRATION,
    ISSUE_BACKLOG,
    ISSUE_TRENDS,
    ISSUES_PER_USER,
    LEADERBOARD,
    REPO_HISTORY,
    REPO_STATISTICS,
    TableSchema,
)
from repo_stats.warehouse.sql import VIEWS, run_query
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.oracle import assert_same
from repo_stats_tests.helpers.runs import by_hand

DEFINED = [
    *(ISSUES_PER_USER, REPO_STATISTICS, ISSUE_BACKLOG, ISSUE_TRENDS),
    *(CONTRIBUTOR_CONCENTRATION, LEADERBOARD),
]


def stored(root: str, schema: TableSchema) -> pd.DataFrame:
    """All rows of a stored table, repository by repository."""
    tables = Tables(Files(root))
    if schema is LEADERBOARD:
        board = tables.find(LEADERBOARD, None)
        assert board is not None
        return board
    return tables.read(schema, tables.repos(schema))


def let_time_pass(root: str, repo: str) -> None:
    """Let a history say that the repository had fewer stars 9 and 40 days ago."""
    tables = Tables(Files(root))
    now = tables.read(REPO_HISTORY, [repo])
    past = [
        now.assign(
            snapshot_at=now["snapshot_at"] - timedelta(days=days), stars=now["stars"] - fewer
        )
        for days, fewer in ((40, 5), (9, 3))
    ]
    tables.write(REPO_HISTORY, repo, join_frames(REPO_HISTORY, [*past, now]))


def test_the_computed_tables_and_no_others_have_a_definition(tmp_path: Path) -> None:
    assert [schema for schema in VIEWS if schema.definition] == DEFINED
    for schema in DEFINED:
        assert_same(schema, to_frame(schema, []), run_query(schema.definition or "", str(tmp_path)))


def test_stored_tables_equal_their_definitions(
    simulate: Simulate,
    settings_for: SettingsFor,
    run: Run,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulate(Shape("acme/rocket", 40, 6), Shape("acme/tiny", 5, 3), Shape("acme/void", 0, 0))
    settings = settings_for(
        "acme/rocket", "acme/tiny", "acme/void", REPO_STATS_HISTORY="acme/rocket"
    )
    assert run(settings).success
    assert run(settings, "refresh_history").success
    let_time_pass(settings.warehouse, "acme/rocket")
    let_time_pass(settings.warehouse, "acme/tiny")
    assert by_hand(settings, instance, ["issue_backlog"], *settings.repos).success
    assert by_hand(settings, instance, ["leaderboard"]).success
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", settings.warehouse)
    counts = {}
    for schema in DEFINED:
        query = schema.definition or ""
        rows = stored(settings.warehouse, schema)
        assert_same(schema, rows, run_query(query, settings.warehouse))
        printed = CliRunner().invoke(main, ["sql", "--json", query])
        counts[schema.name] = len(json.loads(printed.output))
        assert counts[schema.name] == len(rows)
    days = counts.pop("issue_backlog")
    assert list(counts.values()) == [9, 3, 12, 6, 3]
    rebuilt = stored(settings.warehouse, ISSUE_BACKLOG)["is_rebuilt"]
    assert rebuilt.value_counts().to_dict() == {True: days - 4, False: 4}
    board = stored(settings.warehouse, LEADERBOARD)
    growth = board.set_index("repo")[["stars_growth_7_days", "stars_growth_30_days"]]
    assert growth.loc[["acme/rocket", "acme/tiny"]].values.tolist() == [[3, 5]] * 2
    assert growth.loc[["acme/void"]].values.tolist() == [[0, 0]]  # its stars are from long ago
