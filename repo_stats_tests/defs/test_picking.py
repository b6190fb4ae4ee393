"""What a run refreshes: all repositories, or those that were picked for it, one or several."""

import dagster as dg
import pytest

from repo_stats.defs.failing import StepError
from repo_stats.defs.partitions import UNKNOWN_TAG
from repo_stats.defs.picking import complete_tags, tags_for_workers
from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.runs import failure, materialisations

START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

ONE, SEVERAL = {"dagster/partition": "c/d"}, {START: "a/b", END: "c/d"}

ALL, NONE = {START: "a/b", END: "e/f"}, dict[str, str]()

WITHOUT_CHARTS = {"asset_selection": [dg.AssetKey("issue_backlog")]}

HISTORIES = {START: "c/d", END: "e/f"}

SENTENCE = "cannot be picked: pick repositories of the watchlist, in its order"


@pytest.mark.parametrize(
    ("job", "picked", "completed"),
    [
        ("refresh_watchlist", NONE, ALL),
        ("refresh_watchlist", ONE, ONE),
        ("refresh_watchlist", SEVERAL, SEVERAL),
        ("publish_report", NONE, ALL),
        ("publish_report", ONE, ONE),
        ("refresh_history", NONE, HISTORIES),
        ("refresh_history", ONE, ONE),
        ("refresh_repo", NONE, NONE),
        ("refresh_repo", ONE, ONE),
        ("another", NONE, NONE),
        ("another", {"dagster/partition": "no/such"}, {"dagster/partition": "no/such"}),
    ],
)
def test_a_run_takes_what_was_picked_or_everything(
    settings_for: SettingsFor, job: str, picked: dict[str, str], completed: dict[str, str]
) -> None:
    settings = settings_for("a/b", "c/d", "e/f", REPO_STATS_HISTORY="c/d,e/f")
    assert complete_tags(job, {"kept": "x", **picked}, settings) == {"kept": "x", **completed}


@pytest.mark.parametrize(
    ("stored", "completed", "seen"),
    [
        (NONE, ALL, ALL),
        (ONE, ONE, ONE),
        (SEVERAL, ALL, ALL),
        (SEVERAL, ONE, {START: "c/d", END: "c/d"}),
    ],
)
def test_tags_for_steps_on_other_machines_replace_those_that_are_stored(
    stored: dict[str, str], completed: dict[str, str], seen: dict[str, str]
) -> None:
    """A stored tag can get another value, but never be removed."""
    assert tags_for_workers(stored, completed) == seen
    assert {**stored, **seen} == seen


def test_a_run_on_other_machines_that_picks_what_is_not_there_begins_no_step() -> None:
    with pytest.raises(StepError) as refusal:
        tags_for_workers({"dagster/partition": "no/such"}, {**ALL, UNKNOWN_TAG: "no/such"})
    assert str(refusal.value).startswith(f"no/such {SENTENCE}")


@pytest.fixture
def simulated(simulate: Simulate) -> None:
    simulate(*(Shape(name, 12, 3, 5) for name in ("a/b", "c/d", "e/f")))


@pytest.mark.usefixtures("simulated")
def test_exactly_one_repository_may_be_picked_for_each_job(
    run: Run, settings_for: SettingsFor
) -> None:
    settings = settings_for("a/b", "c/d", "e/f", REPO_STATS_HISTORY="c/d,e/f")
    last = {
        "refresh_watchlist": "repo_statistics",
        "refresh_repo": "star_days",
        "publish_report": "issue_backlog",
        "refresh_history": "issue_trends",
    }
    for job, asset in last.items():
        options = WITHOUT_CHARTS if job == "publish_report" else {}
        result = run(settings, job, partition_key="c/d", **options)
        assert result.success
        assert list(materialisations(result, asset)) == ["c/d"]


@pytest.mark.parametrize(
    ("job", "tags", "sentence"),
    [
        ("refresh_repo", NONE, "The job refresh_repo needs a repository: pick one in the UI, or"),
        ("refresh_repo", {"dagster/partition": "no/such"}, f"no/such {SENTENCE}"),
        ("refresh_watchlist", {"dagster/partition": "no/such"}, f"no/such {SENTENCE}"),
        ("refresh_watchlist", {START: "c/d", END: "no/such"}, f"no/such {SENTENCE}"),
        ("refresh_watchlist", {START: "e/f", END: "a/b"}, f"e/f, a/b {SENTENCE}"),
        ("refresh_history", {"dagster/partition": "a/b"}, f"a/b {SENTENCE}"),
        ("publish_report", {"dagster/partition": "no/such"}, f"no/such {SENTENCE}"),
    ],
)
@pytest.mark.usefixtures("simulated")
def test_what_cannot_be_picked_is_told_in_one_sentence(
    run: Run, settings_for: SettingsFor, job: str, tags: dict[str, str], sentence: str
) -> None:
    settings = settings_for("a/b", "c/d", "e/f", REPO_STATS_HISTORY="c/d,e/f")
    options = WITHOUT_CHARTS if job == "publish_report" else {}
    result = run(settings, job, tags=tags, **options)
    assert not result.success
    assert failure(result).startswith(sentence)
