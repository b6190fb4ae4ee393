"""What others may take is beside the pages, and every page leads to it."""

import csv
import json
import re
import xml.etree.ElementTree as ET
from html import unescape
from io import StringIO
from pathlib import Path
from urllib.parse import unquote

import pytest

from repo_stats.report.publish import publish
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import ALERTS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.report_data import NOW, fill_warehouse

REPOS = ["acme/rocket", "acme/tiny.tools", "octo/one"]

PAGES = ["index.html", "acme/rocket.html", "acme/tiny.tools.html", "_owners/acme.html"]


@pytest.fixture(autouse=True)
def _no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture for Dagster takes longer than all the rest."""
    monkeypatch.setattr("repo_stats.report.publish.make_picture", lambda _: b"")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose report is published, with an alert."""
    root = tmp_path_factory.mktemp("published")
    tables = fill_warehouse(str(root), REPOS, days=200)
    alert = {
        "alerted_at": NOW,
        "kind": "stale",
        "repositories": REPOS[:1],
        "job": "j",
        "text": "acme/rocket is stale: <gone>",
        "reason": "<gone>",
        "run_id": "r",
        "reached_webhook": None,
    }
    tables.write(ALERTS, None, to_frame(ALERTS, [alert]))
    publish(tables.files, REPOS, NOW)
    return root


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_to_a_file(root: Path, page: str) -> None:
    path = root / "report" / page
    links = re.findall(r'(?:href|src)="([^"#?]+)', path.read_text())
    own = [unquote(unescape(link)) for link in links if not re.match(r"\w+://|ADDRESS/", link)]
    assert len(own) > 2
    assert [link for link in own if not (path.parent / link).is_file()] == []


def _number(text: str) -> int | None:
    return int(text) if text else None


def test_files_have_all_days_of_which_a_page_shows_some(root: Path) -> None:
    folder = root / "report" / "acme"
    text = (folder / "rocket.stars.csv").read_text()
    rows = list(csv.DictReader(StringIO(text)))
    assert len(rows) > 150
    assert json.loads((folder / "rocket.numbers.json").read_text())["stars"] == [
        {name: value if name == "day" else _number(value) for name, value in row.items()}
        for row in rows
    ]
    [shown] = re.findall(
        r'data-chart="stars".*?<tbody>(.*?)</tbody>', (folder / "rocket.html").read_text(), re.S
    )
    assert 0 < shown.count("<tr>") < len(rows)


def test_the_lines_to_paste_name_pictures_and_badges_that_are_there(root: Path) -> None:
    page = (root / "report" / "acme" / "tiny.tools.html").read_text()
    lines = [unescape(line) for line in re.findall(r"<pre[^>]*><code>(.*?)</code>", page)]
    assert len(lines) == 2 + 4
    paths = [path for line in lines for path in re.findall(r'ADDRESS/([^")]+)', line)]
    assert len(paths) == 4 + 4
    for path in paths:
        content = (root / "report" / "acme" / path).read_text()
        if path.endswith(".svg"):
            assert ET.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314
        else:
            assert json.loads(content)["schemaVersion"] == 1


def test_the_first_page_is_there_as_tables_and_the_alerts_as_a_feed(root: Path) -> None:
    report = root / "report"
    tables = json.loads((report / "numbers.json").read_text())
    rows = tables["repositories"]
    assert sorted(row["repo"] for row in rows) == sorted(REPOS)
    sums = {row["owner"]: row for row in tables["owners"]}
    assert sums["acme"]["stars"] == sum(r["stars"] for r in rows if r["repo"].startswith("acme/"))
    feed = (report / "feed.xml").read_text()
    assert "<title>acme/rocket is stale: &lt;gone&gt;</title>" in feed


def test_what_was_made_of_a_repository_leaves_with_it_and_nothing_else_does(
    tmp_path: Path,
) -> None:
    tables = fill_warehouse(str(tmp_path), REPOS, days=3)
    publish(tables.files, REPOS, NOW)
    folder = tmp_path / "report" / "acme"
    (folder / "tiny.tools.mine.csv").write_text("mine")
    assert (folder / "tiny.tools.stars-dark.svg").is_file()
    publish(tables.files, [REPOS[0], REPOS[2]], NOW)
    assert {path.name for path in folder.glob("tiny*")} == {"tiny.tools.mine.csv"}
    assert (folder / "rocket.stars-dark.svg").is_file()


def test_what_is_there_of_a_repository_that_cannot_be_read_stays_until_it_leaves(
    tmp_path: Path,
) -> None:
    tables = fill_warehouse(str(tmp_path), REPOS, days=3)
    publish(tables.files, REPOS, NOW)
    (tmp_path / "repo_statistics" / "octo" / "one.parquet").write_bytes(b"damaged")
    folder = tmp_path / "report" / "octo"
    before = {path.name for path in folder.iterdir()}
    for _ in range(2):
        publish(Files(str(tmp_path)), REPOS, NOW)
        assert {path.name for path in folder.iterdir()} == before
    publish(Files(str(tmp_path)), REPOS[:2], NOW)
    assert [*folder.iterdir()] == []


def test_alerts_that_cannot_be_read_cost_the_feed_alone_and_are_told(tmp_path: Path) -> None:
    tables = fill_warehouse(str(tmp_path), REPOS[:1], days=0)
    tables.files.write(Tables(tables.files).path(ALERTS, None), b"damaged")
    publication = publish(tables.files, REPOS[:1], NOW)
    [said] = publication.warnings
    assert said.startswith("What others may take of the report lacks rows: ")
    assert "alerts.parquet" in said
    assert not (tmp_path / "report" / "feed.xml").exists()
