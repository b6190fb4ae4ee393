"""What a page shows of traffic and downloads, and that it shows nothing where there is none."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from repo_stats.report.audience import read_audience
from repo_stats.report.audience_sections import MOST_ASSETS
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import (
    RELEASE_DOWNLOADS,
    TRAFFIC_DAYS,
    TRAFFIC_PATHS,
    TRAFFIC_REFERRERS,
    TableSchema,
)
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.report.page_parts import page_of, sections
from repo_stats_tests.report.reports import REPORT

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

QUESTIONS = [
    "How many people look at it?",
    "How often is it cloned?",
    "How often are its releases downloaded?",
    "Where do visitors come from?",
    "Which pages do they look at?",
    "Which release assets are downloaded most?",
]


def write(tables: Tables, schema: TableSchema, *rows: dict[str, Any]) -> None:
    tables.write(
        schema, "a/b", to_frame(schema, [{"repo": "a/b", "repo_id": 1, **r} for r in rows])
    )


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """A warehouse with three days of traffic and of downloads."""
    tables = Tables(Files(str(tmp_path)))
    counts = {"view_uniques": 2, "clones": 9, "clone_uniques": 3, "is_final": False, "agreeing": 0}
    days = [
        {"day": TODAY - ago * DAY, "views": 40 + ago, "seen_at": NOON, **counts}
        for ago in (2, 1, 0)
    ]
    write(tables, TRAFFIC_DAYS, {**days[0], "repo_id": 9}, *days)
    numbers = {"views": 5, "uniques": 4}
    sites = ((TODAY - DAY, 1, "old.example"), (TODAY, 1, "<b>Google</b>"), (TODAY, 2, "Bing"))
    write(
        tables,
        TRAFFIC_REFERRERS,
        *({"taken_on": d, "rank": r, "referrer": s, **numbers} for d, r, s in sites),
    )
    page = {"taken_on": TODAY, "rank": 1, "path": "/a/b", "title": "B", **numbers}
    write(tables, TRAFFIC_PATHS, page)
    assets = ((1, -2, 10, False), (2, -2, 3, False), (1, -1, 15, False), (2, 0, 3, True))
    rows = [
        {"release": "v1", "asset_id": n, "asset": f"{n}.zip", "day": TODAY + day * DAY}
        | {"downloads": count, "is_retired": is_retired}
        for n, day, count, is_retired in assets
    ]
    write(tables, RELEASE_DOWNLOADS, *rows)
    return tables


def test_days_that_are_over_and_the_last_snapshot_are_shown_of_the_present_repository(
    tables: Tables,
) -> None:
    audience, unreadable = read_audience(tables, "a/b")
    assert unreadable == {}
    assert audience.views == [
        {"day": "2026-11-21", "kind": "views", "value": 42},
        {"day": "2026-11-21", "kind": "unique visitors", "value": 2},
        {"day": "2026-11-22", "kind": "views", "value": 41},
        {"day": "2026-11-22", "kind": "unique visitors", "value": 2},
    ]
    assert {row["value"] for row in audience.clones if row["kind"] == "clones"} == {9}
    assert [row["referrer"] for row in audience.referrers] == ["<b>Google</b>", "Bing"]
    assert audience.paths == [{"path": "/a/b", "title": "B", "views": 5, "uniques": 4}]
    assert audience.taken_on == TODAY


def test_downloads_add_up_over_assets_also_those_that_are_gone(tables: Tables) -> None:
    audience, _ = read_audience(tables, "a/b")
    assert audience.downloads == [
        {"day": "2026-11-21", "value": 13},
        {"day": "2026-11-22", "value": 18},
        {"day": "2026-11-23", "value": 18},
    ]
    assert [tuple(asset.values()) for asset in audience.assets] == [
        ("v1", "1.zip", 15, TODAY - 2 * DAY, TODAY - DAY, False),
        ("v1", "2.zip", 3, TODAY - 2 * DAY, TODAY, True),
    ]


def test_a_page_has_the_sections_only_where_there_are_numbers(tables: Tables) -> None:
    audience, _ = read_audience(tables, "a/b")
    shown = sections(page_of(replace(REPORT, audience=audience)))
    assert [question for question in shown if question in QUESTIONS] == QUESTIONS
    nothing, _ = read_audience(tables, "no/such")
    empty = sections(page_of(replace(REPORT, audience=nothing)))
    assert set(empty).isdisjoint(QUESTIONS)
    page = page_of(replace(REPORT, audience=audience))
    assert "&lt;b&gt;Google&lt;/b&gt;" in page
    assert "2.zip (gone)" in page
    for name in ("views", "clones", "downloads", "referrers", "paths", "assets"):
        assert f'b.{name}.csv">These numbers as CSV</a>' in page


def test_of_many_assets_the_largest_are_on_the_page(tables: Tables) -> None:
    audience, _ = read_audience(tables, "a/b")
    many = [{**audience.assets[0], "asset": f"n{place}.zip"} for place in range(MOST_ASSETS + 1)]
    page = page_of(replace(REPORT, audience=replace(audience, assets=many)))
    assert f"n{MOST_ASSETS - 1}.zip" in page
    assert f"n{MOST_ASSETS}.zip" not in page
    assert "The 25 with the most of 26." in page


@pytest.mark.parametrize("schema", [TRAFFIC_DAYS, RELEASE_DOWNLOADS])
def test_a_damaged_table_leaves_its_charts_out_and_says_why(
    tables: Tables, schema: TableSchema
) -> None:
    tables.files.write(f"{schema.name}/a/b.parquet", b"damaged")
    audience, unreadable = read_audience(tables, "a/b")
    charts = {"views", "clones"} if schema is TRAFFIC_DAYS else {"downloads"}
    assert set(unreadable) == charts
    page = page_of(replace(REPORT, audience=audience, unreadable=unreadable))
    assert page.count("is damaged, or of another version.") == len(charts)
