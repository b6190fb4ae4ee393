"""The ages of stored numbers, as `repo-stats show` prints them."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from repo_stats.cli.statistics_output import print_overview
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics


@pytest.mark.parametrize(("seconds", "age"), [(30, "0 min"), (-90, "1 min"), (365 * 86_400, "?")])
def test_an_age_is_never_negative_and_numbers_from_the_future_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seconds: int, age: str
) -> None:
    now = datetime.now(timezone.utc)
    moment = now + timedelta(seconds=seconds)
    tables = Tables(Files(str(tmp_path / "warehouse")))
    tables.write(REPO_STATISTICS, "a/b", statistics(snapshot_at=moment))
    print_overview(tables)
    printed = capsys.readouterr()
    [row] = [line for line in printed.out.splitlines() if line.strip().startswith("a/b ")]
    assert row.rstrip().endswith(f" {age}")
    told = f"a/b was stored at {moment:%Y-%m-%d %H:%M} UTC, later than this machine's clock"
    assert (told in printed.err) is (age == "?")
