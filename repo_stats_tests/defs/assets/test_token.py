"""The token in a refresh: where it is sent, where it must not appear, and a refresh without one."""

import json
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import TOKEN
from repo_stats_tests.helpers.runs import messages
from repo_stats_tests.helpers.star_requests import count_star_pages, without_stars

SMALL = Shape("acme/small", 30, 4)


def test_without_a_token_everything_works_and_is_charged(
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    simulator = simulate(SMALL)
    settings = settings_for(SMALL.full_name, REPO_STATS_MAX_AGE="0")
    run(settings)
    assert run(settings).success
    others = without_stars(simulator.log)
    assert [request.status for request in others] == [200, 200, 200, 304]
    assert len(simulator.log) - len(others) == count_star_pages(simulator, SMALL.full_name)
    assert all(request.charged for request in simulator.log)


def test_the_token_is_in_no_event_and_no_file(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(SMALL, tokens=frozenset({TOKEN}))
    settings = settings_for(SMALL.full_name)
    result = run(settings)
    assert result.success
    assert simulator.log[0].token == TOKEN
    events = json.dumps([dg.serialize_value(entry) for entry in instance.all_logs(result.run_id)])
    run_record = instance.get_run_by_id(result.run_id)
    assert TOKEN not in events
    assert TOKEN not in dg.serialize_value(run_record)
    files = [path for path in Path(settings.warehouse).rglob("*") if path.is_file()]
    assert {path.relative_to(settings.warehouse).parts[0] for path in files} >= {
        "issue_pages",
        "open_issues",
    }
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []


def test_the_token_is_not_sent_to_an_api_that_a_run_was_given_in_its_configuration(
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REPO_STATS_API_URL", "https://api.github.com")
    simulator = simulate(SMALL)
    result = run(settings_for(SMALL.full_name))
    assert {request.token for request in simulator.log} == {None}
    reason = "because it was set for https://api.github.com."
    warning = f"GITHUB_TOKEN is not sent to http://simulated, {reason}"
    assert warning in messages(instance, result)
