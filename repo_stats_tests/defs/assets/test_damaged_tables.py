"""Files with a flipped bit: the next refresh makes them again, and no other repository suffers."""

from pathlib import Path

import dagster as dg
import pandas as pd

from repo_stats.config.settings import Settings
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.stars import star
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.parquet import from_parquet
from repo_stats.warehouse.schemas import (
    ISSUES_PER_USER,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_METADATA,
    REPO_STATISTICS,
)
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import NUMBERS, failure, messages, table

ONE, TWO = Shape("acme/one", 13, 4), Shape("acme/two", 8, 2)

PAGED = {"REPO_STATS_PER_PAGE": "10"}

MADE_AGAIN = (REPO_METADATA, OPEN_ISSUES, ISSUES_PER_USER, REPO_STATISTICS)


def spoil(settings: Settings, path: str) -> None:
    """Flip a bit of the rows in a file."""
    file = Path(settings.warehouse) / path
    content = bytearray(file.read_bytes())
    content[300] ^= 4
    file.write_bytes(content)


def read(settings: Settings) -> dict[str, pd.DataFrame]:
    tables = Tables(Files(settings.warehouse))
    return {schema.name: tables.read(schema, settings.repos) for schema in MADE_AGAIN}


def test_what_can_be_had_again_is_made_again_and_as_it_was(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name, REPO_STATS_MAX_AGE="0", **PAGED)
    first_run(settings)
    before = read(settings)
    for schema in MADE_AGAIN:
        spoil(settings, f"{schema.name}/acme/one.parquet")
    page = Path(settings.warehouse) / "issue_pages/acme/one/0002.parquet"
    spoil(settings, str(page))
    simulator.log.clear()
    assert run(settings, select=NUMBERS).success
    fetched = [r for r in simulator.log if r.status == 200 and "page=2" in r.target]
    assert len(fetched) == 1
    assert from_parquet(page.read_bytes()).num_rows == 3
    for name, rows in read(settings).items():
        times = [column for column in rows if column in ("validated_at", "snapshot_at", "raw")]
        pd.testing.assert_frame_equal(
            rows.drop(columns=times), before[name].drop(columns=times), obj=name
        )
    spoil(settings, f"{REPO_HISTORY.name}/acme/one.parquet")
    star(find_repository(simulator, ONE.full_name), simulator.clock())
    assert "repo_history/acme/one.parquet is damaged" in failure(run(settings, select=NUMBERS))


def test_a_damaged_table_of_a_repository_that_is_gone_holds_up_no_other(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
) -> None:
    simulator = simulate(ONE, TWO)
    settings = settings_for(ONE.full_name, TWO.full_name, REPO_STATS_MAX_AGE="0", **PAGED)
    first_run(settings)
    stars = table(settings, REPO_STATISTICS.name, TWO.full_name)["stars"].item()
    del simulator.world.repositories[find_repository(simulator, ONE.full_name).id]
    star(find_repository(simulator, TWO.full_name), simulator.clock())
    for schema in MADE_AGAIN:
        spoil(settings, f"{schema.name}/acme/one.parquet")
    result = run(settings, select=NUMBERS)
    assert result.success
    said = messages(instance, result)
    [told] = [line for line in said if line.startswith("acme/one is left")]
    assert told.startswith("acme/one is left as it was: GitHub knows no")
    [row] = table(settings, REPO_STATISTICS.name, TWO.full_name).to_dict("records")
    assert row["stars"] == stars + 1
