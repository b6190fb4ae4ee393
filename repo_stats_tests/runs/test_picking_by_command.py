"""`dagster job execute -j refresh_repo` for a repository that is not there, or for none."""

from pathlib import Path

import dagster as dg

from repo_stats_tests.helpers.commands import environment
from repo_stats_tests.helpers.preloaded import Command

EXECUTE_BOTH = """
import runpy
import sys

for tags in ([], ["--tags", '{"dagster/partition": "no/such"}']):
    job = ["job", "execute", "-m", "repo_stats.definitions", "-j", "refresh_repo"]
    sys.argv = ["dagster", *job, *tags]
    try:
        runpy.run_module("dagster", run_name="__main__")
    except SystemExit as end:
        print(end.code)
"""
"""Both commands in one process, so that the definitions are imported once."""


def find_reasons(home: Path) -> list[str]:
    """Why the runs of a history failed, the oldest first; one reason for each failed step."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        runs = reversed(instance.get_runs())
        entries = [entry for run in runs for entry in instance.all_logs(run.run_id)]
    events = [entry.dagster_event for entry in entries if entry.dagster_event]
    failures = [event.step_failure_data for event in events if event.is_step_failure]
    assert not any(event.is_step_up_for_retry for event in events)
    return [str(each.user_failure_data and each.user_failure_data.description) for each in failures]


def test_a_command_for_a_wrong_repository_or_for_none_says_what_to_pick(tmp_path: Path) -> None:
    variables = {**environment(tmp_path, "http://127.0.0.1:9"), "REPO_STATS_REPOS": "a/b,c/d"}
    with Command(tmp_path, "-c", EXECUTE_BOTH, **variables) as command:
        output, errors = command.communicate()
    assert (command.returncode, output) == (0, "1\n1\n"), errors
    reasons = find_reasons(tmp_path / "home")
    assert reasons == [
        "The job refresh_repo needs a repository: pick one in the UI, or with --tags "
        '\'{"dagster/partition": "owner/name"}\'. refresh_watchlist takes all of them.',
        "no/such cannot be picked: pick repositories of the watchlist, in its order, and reload "
        "the definitions after it has changed.",
    ]
    # Its step and its run print it; where both do so at once, one may be within the other.
    assert [reason for reason in reasons if reason not in errors] == []
    assert "Stack Trace" not in errors
    assert not list((tmp_path / "warehouse").rglob("*.parquet"))
