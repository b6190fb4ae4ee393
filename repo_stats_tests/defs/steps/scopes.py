"""A warehouse in which all is current, and the scope of a step that begins now."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from repo_stats.config.bots import DEFAULT_BOTS
from repo_stats.config.settings import Settings
from repo_stats.defs.partitions import DEFERS_EVENTS
from repo_stats.defs.resources import RefreshOptions, github_resource
from repo_stats.defs.steps import refresh_scope
from repo_stats.defs.steps.asset_specs import version_rows
from repo_stats.defs.steps.refresh_scope import RefreshScope
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import (
    ISSUES_PER_USER,
    OPEN_ISSUES,
    REPO_METADATA,
    REPO_STATISTICS,
    STAR_DAYS,
)
from repo_stats.warehouse.states.repo_state import INPUTS, ListSummary, RepoState
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.states import state_of
from repo_stats_tests.helpers.step_context import step_context
from repo_stats_tests.helpers.stored import SCAN, row_of

VERSIONS = version_rows(DEFAULT_BOTS)

REPOS = ["a/b", "c/d", "e/f"]

CHAIN = (REPO_METADATA, OPEN_ISSUES, ISSUES_PER_USER, REPO_STATISTICS)


def let_nobody_be_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """No repository is recorded only because it is its turn, and the run begins now."""
    monkeypatch.setattr(refresh_scope, "choose_in_turn", lambda *_: set[str]())
    monkeypatch.setattr(refresh_scope, "started_at", lambda _: datetime.now(timezone.utc))
    monkeypatch.setattr(
        "repo_stats.defs.steps.github_requests.started_at", lambda _: datetime.now(timezone.utc)
    )


def store_current(folder: Path) -> Tables:
    """A warehouse in which all tables of three repositories are current."""
    tables, now = Tables(Files(str(folder))), datetime.now(timezone.utc)
    states = {}
    for repo in REPOS:
        state = state_of(
            repo, read_at=now, seen_at=now, recorded_at=now, items=ListSummary(1, is_exact=True)
        )
        for schema in (*CHAIN, STAR_DAYS):
            rows = to_frame(schema, [row_of(schema, repo=repo, state="open")])
            file = tables.write(schema, repo, rows, SCAN if schema is OPEN_ISSUES else None)
            sources = {s.name: state.files[s.name].revision for s in INPUTS[schema.name]}
            state = state.with_file(
                schema.name, replace(file, code_version=VERSIONS[schema.name], made_of=sources)
            )
        states[repo] = state
    StateIndex(tables.files).update(states)
    return tables


def scope_of(
    tables: Tables,
    settings_for: SettingsFor,
    *,
    options: Mapping[str, Any] | None = None,
    defers: bool = True,
    **variables: str,
) -> RefreshScope:
    """What a step knows that begins now."""
    settings: Settings = settings_for(*REPOS, **variables)
    context = step_context(*REPOS, tags={DEFERS_EVENTS: "true"} if defers else {})
    warehouse = WarehouseResource(root=tables.files.root, bots=list(settings.bots))
    return RefreshScope(
        context, github_resource(settings), RefreshOptions(**(options or {})), warehouse
    )


def change(tables: Tables, repo: str, **changes: Any) -> RepoState:
    """Change what is known of a repository."""
    state = replace(StateIndex(tables.files).read()[repo], **changes)
    StateIndex(tables.files).update({repo: state})
    return state
