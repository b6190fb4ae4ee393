"""The open items of a repository: a change gives them a new version, an empty response does not."""

from collections import Counter

import dagster as dg

from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.runs import materialisations, messages, metadata, table

MIDDLE = Shape("acme/middle", 150, 9)

LISTED = ("repo_metadata", "open_issues")
"""The assets that are looked at, and what they are made from."""


def test_a_change_gives_a_new_version_and_one_page_materialisation(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(MIDDLE)
    settings = settings_for(MIDDLE.full_name, REPO_STATS_MAX_AGE="0")
    before = first_run(settings)
    assert sorted(materialisations(before, "issue_pages")) == [
        "acme/middle/0001",
        "acme/middle/0002",
    ]
    [repository] = simulator.world.repositories.values()
    opened = [issue for issue in repository.issues if issue["state"] == "open"]
    max(opened, key=lambda issue: issue["created_at"])["title"] = "another title"
    after = run(settings, select=LISTED)
    assert list(materialisations(after, "issue_pages")) == ["acme/middle/0002"]
    hashes = [metadata(r, "open_issues", MIDDLE.full_name)["content_hash"] for r in (before, after)]
    assert hashes[0] != hashes[1]
    assert "another title" in set(table(settings, "open_issues", MIDDLE.full_name)["title"])


def test_the_pages_of_a_list_are_requested_once_and_by_steps_of_their_own(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(MIDDLE, Shape("acme/small", 8, 2))
    settings = settings_for(MIDDLE.full_name, "acme/small", REPO_STATS_MAX_AGE="0")
    first = run(settings, select=LISTED)
    asked = Counter(each.status for each in simulator.log if "/issues?" in each.target)
    assert asked == {200: 3, 304: 1}, "one more proves what two pages held at one moment"
    fetching = {str(event.step_key) for event in first.all_events if event.is_step_success}
    steps = sorted(key for key in fetching if "fetch_pages" in key)
    assert steps
    assert steps == [f"open_issues.fetch_pages[batch_{n:02d}]" for n in range(1, len(steps) + 1)]
    said = messages(instance, first)
    assert (
        f"Pages to request: 3 (repositories: 2, steps: {len(steps)}); lists that need no request: 0"
    ) in said
    [readings] = [text for text in said if "Lists without any change" in text]
    assert sorted(readings.splitlines()) == [
        "Lists without any change: 0",
        "acme/middle: 2 pages, 0 fresh, 0 unchanged, 2 fetched",
        "acme/small: 1 pages, 0 fresh, 0 unchanged, 1 fetched",
    ]
    facts = metadata(first, "open_issues", MIDDLE.full_name)
    assert (facts["pages"], facts["pages_fetched"], facts["run_requests"]) == (2, 2, 4)
    assert facts["run_statuses"] == {"200": 3, "304": 1}


def test_an_empty_response_for_a_list_that_is_not_empty_is_not_believed(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    settings = settings_for(MIDDLE.full_name, REPO_STATS_MAX_AGE="0")
    simulate(MIDDLE)
    assert first_run(settings).success
    simulate(MIDDLE, faults=[Fault(FaultKind.EMPTY_LIST, 1, path="&page=1")])
    assert run(settings, select=LISTED).success
    assert len(table(settings, "open_issues", MIDDLE.full_name)) == 150
