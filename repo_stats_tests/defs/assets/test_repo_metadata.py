"""The description of a repository, also under a name that GitHub no longer uses."""

import dagster as dg

from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.runs import messages, table

SMALL = Shape("acme/small", 30, 4)


def test_a_renamed_repository_goes_on_under_its_old_name_with_a_warning(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(SMALL)
    simulator.world.rename("acme/small", "acme/large")
    settings = settings_for("acme/small")
    result = run(settings)
    assert result.success
    assert len(table(settings, "open_issues", "acme/small")) == 30
    assert table(settings, "repo_metadata", "acme/small")["full_name"].item() == "acme/large"
    warnings = [message for message in messages(instance, result) if "is now called" in message]
    assert warnings == [
        "acme/small is now called acme/large. Its statistics go on under the old name until you "
        "change it in the watchlist; then all that is stored of it, its history included, moves to "
        "the new name."
    ]
