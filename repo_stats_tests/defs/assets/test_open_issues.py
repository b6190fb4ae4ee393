"""The open items of a repository: a change gives them a new version, an empty response does not."""

from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.runs import materialisations, metadata, table

MIDDLE = Shape("acme/middle", 150, 9)


def test_a_change_gives_a_new_version_and_one_page_materialisation(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(MIDDLE)
    settings = settings_for(MIDDLE.full_name, REPO_STATS_MAX_AGE="0")
    before = run(settings)
    assert sorted(materialisations(before, "issue_pages")) == [
        "acme/middle/0001",
        "acme/middle/0002",
    ]
    [repository] = simulator.world.repositories.values()
    opened = [issue for issue in repository.issues if issue["state"] == "open"]
    max(opened, key=lambda issue: issue["created_at"])["title"] = "another title"
    after = run(settings)
    assert list(materialisations(after, "issue_pages")) == ["acme/middle/0002"]
    hashes = [metadata(r, "open_issues", MIDDLE.full_name)["content_hash"] for r in (before, after)]
    assert hashes[0] != hashes[1]
    assert "another title" in set(table(settings, "open_issues", MIDDLE.full_name)["title"])


def test_an_empty_response_for_a_list_that_is_not_empty_is_not_believed(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    settings = settings_for(MIDDLE.full_name, REPO_STATS_MAX_AGE="0")
    simulate(MIDDLE)
    assert run(settings).success
    simulate(MIDDLE, faults=[Fault(FaultKind.EMPTY_LIST, 1, path="&page=1")])
    assert run(settings).success
    assert len(table(settings, "open_issues", MIDDLE.full_name)) == 150
