"""The asset `digest`: what it keeps, posts and shows."""

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.metrics.weeks import Week
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor
from repo_stats_tests.helpers.rows import statistics
from repo_stats_tests.helpers.webhook import Webhook


@pytest.fixture
def settings(settings_for: SettingsFor) -> Settings:
    """Of a warehouse with one repository."""
    settings = settings_for("a/b")
    Tables(Files(settings.warehouse)).write(REPO_STATISTICS, "a/b", statistics())
    return settings


def facts_of(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    [event] = result.get_asset_materialization_events()
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_a_digest_is_kept_and_shown(run: Run, settings: Settings) -> None:
    facts = facts_of(run(settings, "publish_digest"))
    text = Path(settings.warehouse, "report/digest.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {Week.last_complete(datetime.now(timezone.utc))}\n")
    assert facts["digest"] == text
    assert facts["posted"] is False


def test_a_digest_is_posted_if_there_is_a_webhook(
    run: Run,
    settings: Settings,
    serve_webhook: Callable[[Webhook], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = Webhook([400])
    monkeypatch.setattr("repo_stats.alerts.webhook.PAUSES", (0.0,))
    monkeypatch.setenv("REPO_STATS_WEBHOOK_URL", serve_webhook(webhook))
    facts = facts_of(run(settings, "publish_digest"))
    assert facts["posted"] is True
    assert webhook.received == [{"text": facts["digest"]}] * 2


def test_a_digest_of_nothing_fails_in_a_sentence(run: Run, settings_for: SettingsFor) -> None:
    settings = settings_for("a/b")
    result = run(settings, "publish_digest")
    [failure] = [event for event in result.all_events if event.is_step_failure]
    assert "There are no statistics in" in str(failure.step_failure_data.error)
    assert not Path(settings.warehouse, "report/digest.md").exists()
