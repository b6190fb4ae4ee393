"""`repo-stats digest`: what it prints and posts, and what it refuses."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from repo_stats.cli.commands import main
from repo_stats.metrics.weeks import Week
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import history_of, statistics
from repo_stats_tests.helpers.webhook import Webhook

LAST = Week.last_complete(datetime.now(timezone.utc))


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of one repository, which got three stars in the last week and one in the week before."""
    monkeypatch.setenv("REPO_STATS_REPOS", "a/b,new/one")
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", str(tmp_path / "w"))
    moments = [LAST.end - timedelta(weeks=weeks, hours=1) for weeks in (2, 1, 0)]
    rows = [
        statistics(stars=stars, snapshot_at=moment)
        for stars, moment in zip((6, 7, 10), moments, strict=True)
    ]
    tables = Tables(Files(str(tmp_path / "w")))
    tables.write(REPO_HISTORY, "a/b", history_of(*rows))
    tables.write(REPO_STATISTICS, "a/b", rows[-1])
    return tmp_path / "w"


def digest(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["digest", *arguments])


@pytest.mark.usefixtures("warehouse")
def test_the_last_complete_week_is_told_without_repositories_that_were_never_refreshed() -> None:
    result = digest()
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"# {LAST}\n\n1 repository: +3 stars.\n\n## Repositories\n\n"
        "- **a/b**: 10 stars (+3), 2 open issues (+0)\n"
    )


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("weekday", [0, 6])
def test_an_earlier_week_is_named_by_any_of_its_days(weekday: int) -> None:
    before = Week.of(LAST.monday - timedelta(days=1))
    result = digest("--week", str(before.monday + timedelta(days=weekday)))
    assert result.stdout.startswith(f"# {before}\n\n1 repository: +1 stars.\n")


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "", "0001-01-01 "])
def test_what_is_no_day_is_refused(day: str) -> None:
    result = digest("--week", day)
    assert result.exit_code == 2
    assert f"Invalid value for --week: {day!r} is no day; write one like {LAST.monday}." in (
        result.stderr
    )


@pytest.mark.usefixtures("warehouse")
def test_a_week_that_is_not_over_is_refused() -> None:
    result = digest("--week", str(LAST.end.date()))
    assert result.exit_code == 2
    assert (
        f"the week of {LAST.end.date()} is not over; the last complete one begins on {LAST.monday}."
        in result.stderr
    )


def test_a_digest_of_nothing_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", str(tmp_path / "w"))
    monkeypatch.setenv("REPO_STATS_REPOS", "a/b")
    result = digest()
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: There are no statistics in {tmp_path}/w that can be told of; run repo-stats "
        "refresh.\n"
    )


def test_a_repository_whose_table_is_damaged_is_left_out_with_a_warning(warehouse: Path) -> None:
    (warehouse / "repo_statistics" / "new").mkdir()
    (warehouse / "repo_statistics" / "new" / "one.parquet").write_bytes(b"PAR1")
    result = digest()
    assert result.exit_code == 0
    assert "- **a/b**: 10 stars (+3)" in result.stdout
    assert result.stderr.startswith("Warning: The digest lacks new/one: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.usefixtures("warehouse")
def test_a_digest_can_be_posted(
    serve_webhook: Callable[[Webhook], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = Webhook()
    monkeypatch.setenv("REPO_STATS_WEBHOOK_URL", serve_webhook(webhook))
    result = digest("--post")
    assert (result.exit_code, result.stderr) == (0, "")
    assert webhook.received == [{"text": result.stdout}]
    assert digest().exit_code == 0
    assert len(webhook.received) == 1


@pytest.mark.usefixtures("warehouse")
def test_a_digest_that_cannot_be_posted_is_printed_and_fails_without_the_address(
    monkeypatch: pytest.MonkeyPatch, serve_webhook: Callable[[Webhook], str]
) -> None:
    monkeypatch.setattr("repo_stats.alerts.webhook.PAUSES", ())
    monkeypatch.setenv("REPO_STATS_WEBHOOK_URL", serve_webhook(Webhook([500])))
    result = digest("--post")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"# {LAST}")
    assert result.stderr == (
        "Error: The digest did not reach the webhook of REPO_STATS_WEBHOOK_URL: it answered with "
        "HTTP 500.\n"
    )


@pytest.mark.usefixtures("warehouse")
def test_posting_needs_a_webhook() -> None:
    result = digest("--post")
    assert result.exit_code == 2
    assert "--post needs the address of a webhook in REPO_STATS_WEBHOOK_URL." in result.stderr
