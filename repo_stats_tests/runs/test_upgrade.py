"""A warehouse of an earlier version, and another list of bots: what they cost, what is known."""

from dataclasses import replace
from datetime import timedelta

import dagster as dg
import pytest
import time_machine

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import ISSUES_PER_USER, OPEN_ISSUES, REPO_HISTORY, TableSchema
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.older_files import OF_STATISTICS, make_older
from repo_stats_tests.helpers.pulsed import Pulsed
from repo_stats_tests.helpers.simulated_graphql import NAMES, SHAPES

PULSED = {"REPO_STATS_MAX_AGE": "0", "REPO_STATS_PULSE": "on"}

LATER = timedelta(minutes=50)


@pytest.fixture
def pulsed(
    simulate: Simulate,
    settings_for: SettingsFor,
    run: Run,
    first_run: Run,
    instance: dg.DagsterInstance,
) -> Pulsed:
    """Four repositories that were read once."""
    pulsed = Pulsed(simulate(*SHAPES), settings_for(*NAMES, **PULSED), run, instance)
    assert first_run(pulsed.settings).success
    return pulsed


def people(pulsed: Pulsed) -> dict[str, int | None]:
    return {repo: pulsed.row("repo_statistics", repo)["users_without_bots"] for repo in NAMES}


def test_columns_that_came_later_are_filled_from_stored_pages_without_a_request(
    pulsed: Pulsed,
) -> None:
    known = people(pulsed)
    first = pulsed.row("repo_statistics", "acme/b")["snapshot_at"]
    assert make_older(pulsed.settings.warehouse) == 4 * 5
    assert people(pulsed) == dict.fromkeys(NAMES)
    with time_machine.travel(first + LATER):
        assert pulsed.refresh().success
        assert pulsed.count() == {"queries": 1, "objects": 0, "lists": 0}
        assert pulsed.refresh().success
        assert pulsed.count() == {"queries": 1, "objects": 0, "lists": 0}
    assert people(pulsed) == known
    tables = Tables(Files(pulsed.settings.warehouse))
    items = tables.read(OPEN_ISSUES, ["acme/b"])
    sent = {i["number"]: i for i in find_repository(pulsed.simulator, "acme/b").issues}
    assert len(items) == 6
    assert items["reactions"].tolist() == [
        sent[number]["reactions"]["total_count"] for number in items["number"]
    ]
    history = tables.find_kept(REPO_HISTORY, "acme/b")
    assert history is not None
    assert history[list(OF_STATISTICS)].isna().to_numpy().tolist() == [[True] * 3, [False] * 3]


def revisions(pulsed: Pulsed, table: TableSchema) -> dict[str, str | None]:
    tables = Tables(Files(pulsed.settings.warehouse))
    return {repo: tables.revision(table, repo) for repo in NAMES}


@pytest.mark.long
def test_another_list_of_bots_counts_from_the_next_refresh_on_without_a_request(
    pulsed: Pulsed,
) -> None:
    before, first = people(pulsed), pulsed.row("repo_statistics", "acme/b")["snapshot_at"]
    authors = Tables(Files(pulsed.settings.warehouse)).read(ISSUES_PER_USER, NAMES)
    persons = authors[~authors["is_bot"]]
    login = str(persons[persons["repo"] == "acme/b"]["user"].iloc[0])
    has_login = set(persons[persons["user"] == login]["repo"])
    written = {table.name: revisions(pulsed, table) for table in (OPEN_ISSUES, ISSUES_PER_USER)}
    bots = (*pulsed.settings.bots, login.lower())
    again = replace(pulsed, settings=pulsed.settings.model_copy(update={"bots": bots}))
    with time_machine.travel(first + LATER):
        assert again.refresh().success
        assert again.count() == {"queries": 1, "objects": 0, "lists": 0}
    assert people(again) == {r: (n or 0) - (r in has_login) for r, n in before.items()}
    for table in (OPEN_ISSUES, ISSUES_PER_USER):
        now = revisions(pulsed, table)
        assert {repo for repo in NAMES if now[repo] != written[table.name][repo]} == has_login
