"""The asset `issue_trends`, where the items of one repository cannot be read."""

from pathlib import Path

import dagster as dg
import pytest

from repo_stats.metrics.trends import compute_trends
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import ISSUES
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.items import items_by_time
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.helpers.runs import (
    by_hand,
    checks,
    failure,
    findings,
    messages,
    table,
)


def test_damaged_items_are_named_and_the_trends_of_the_others_stored(
    settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    repos = ("acme/one", "acme/two")
    settings = settings_for(*repos, REPO_STATS_HISTORY=",".join(repos))
    nothing = by_hand(settings, instance, ["issue_trends"], *repos)
    assert failure(nothing).startswith("issues of acme/one has not been materialised yet")
    tables = Tables(Files(settings.warehouse))
    for repo in repos:
        tables.write(ISSUES, repo, items_by_time((NOW, None, True)).assign(repo=repo))
    file = Path(settings.warehouse) / "issues" / "acme" / "one.parquet"
    file.write_bytes(b"damaged")
    result = by_hand(settings, instance, ["issue_trends"], *repos)
    assert result.success
    assert len(table(settings, "issue_trends", "acme/two")) > 0
    assert checks(result) == {"issue_trends.refreshed": False, "issue_trends.outcomes": True}
    [(repo, reason)] = findings(result, "issue_trends.refreshed").items()
    assert repo == "acme/one"
    assert reason.startswith(f"{file} is damaged (")
    assert reason.endswith("); refresh acme/one to write it again.")
    warning = f"The rows of issue_trends of acme/one are left as they were: {reason}"
    assert [line for line in messages(instance, result) if str(file) in line] == [warning]


def test_outcomes_that_do_not_add_up_fail_the_check_of_their_repository(
    settings_for: SettingsFor, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for("acme/one", REPO_STATS_HISTORY="acme/one")
    rows = items_by_time((NOW, NOW, True), (NOW, NOW, True)).assign(repo="acme/one")
    Tables(Files(settings.warehouse)).write(ISSUES, "acme/one", rows)
    monkeypatch.setattr(
        "repo_stats.defs.assets.issue_trends.compute_trends",
        lambda items: compute_trends(items).assign(closed_unmerged=1),
    )
    result = by_hand(settings, instance, ["issue_trends"], "acme/one")
    assert checks(result) == {"issue_trends.refreshed": True, "issue_trends.outcomes": False}
    assert findings(result, "issue_trends.outcomes") == {
        "acme/one": "0 merged, 1 closed without a merge and 0 open are not 2 pull requests"
    }
