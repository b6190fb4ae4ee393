"""The ages of stored numbers, as `repo-stats show` prints them."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner

from repo_stats.cli.commands import main
from repo_stats.cli.statistics_output import print_overview
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics


@pytest.mark.parametrize(("seconds", "age"), [(30, "0 min"), (-90, "1 min"), (365 * 86_400, "?")])
def test_an_age_is_never_negative_and_numbers_from_the_future_are_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    seconds: int,
    age: str,
) -> None:
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", str(tmp_path / "warehouse"))
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
    for arguments in ([], ["a/b"], ["--csv"], ["a/b", "--json"]):
        shown = CliRunner().invoke(main, ["show", *arguments])
        assert shown.exit_code == 0
        assert (told in shown.stderr) is (age == "?")
