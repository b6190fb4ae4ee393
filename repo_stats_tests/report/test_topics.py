"""The topics on the first page, from what GitHub sent of a repository or from its lists."""

import json
from pathlib import Path
from typing import Any

import pytest

from repo_stats.github.listings import ListedRepository, ListingPage
from repo_stats.json_codec import to_json
from repo_stats.report.data import read_report
from repo_stats.report.publish import publish
from repo_stats.report.topics import read_topics
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import REPO_METADATA, REPO_STATISTICS, REPOSITORY_LISTS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.report_data import fill_warehouse
from repo_stats_tests.helpers.rows import NOW, metadata, statistics


def page_of(**topics: tuple[str, ...]) -> str:
    rows = [
        ListedRepository(f"Acme/{name}", place, topics=chosen)
        for place, (name, chosen) in enumerate(topics.items())
    ]
    return to_json(ListingPage(tuple(rows), None, None, has_next=False)).decode()


def store(tables: Tables, *contents: str) -> None:
    rows = [
        {
            "kind": "org",
            "name": "acme",
            "page": place,
            "is_settled": True,
            "read_at": NOW,
            "content": content,
        }
        for place, content in enumerate(contents, 1)
    ]
    tables.write(REPOSITORY_LISTS, None, to_frame(REPOSITORY_LISTS, rows))


def test_lists_tell_topics_and_a_damaged_one_tells_none(tmp_path: Path) -> None:
    tables = Tables(Files(str(tmp_path)))
    assert read_topics(tables) == {}
    store(tables, page_of(rocket=("space",)), "damaged", page_of(tiny=("cli", "go"), bare=()))
    assert read_topics(tables) == {
        "acme/rocket": ("space",),
        "acme/tiny": ("cli", "go"),
        "acme/bare": (),
    }
    tables.files.write("repository_lists.parquet", b"damaged")
    assert read_topics(tables) == {}


def test_the_first_page_has_the_topics_of_lists(tmp_path: Path) -> None:
    tables = fill_warehouse(str(tmp_path), ["acme/rocket"], days=0)
    store(tables, page_of(rocket=("space",)))
    publish(tables.files, ["acme/rocket"], NOW)
    index = (tmp_path / "report" / "index.html").read_text()
    assert '"topics": [["space"]]' in index
    store(tables, page_of(rocket=("moon",)))
    index_and_its_rows = 3
    assert publish(tables.files, ["acme/rocket"], NOW).written == index_and_its_rows
    assert '"topics": [["moon"]]' in (tmp_path / "report" / "index.html").read_text()


@pytest.mark.parametrize(
    ("sent", "topics"),
    [
        ({"topics": ["a", "b"]}, ("a", "b")),
        ({"topics": []}, ()),
        ({"topics": None}, ()),
        ({"topics": 7}, ()),
        ({}, ()),
        ([], ()),
        ("damaged", ()),
    ],
)
def test_what_github_sent_of_a_repository_may_tell_its_topics(
    tmp_path: Path, sent: Any, topics: tuple[str, ...]
) -> None:
    tables = Tables(Files(str(tmp_path)))
    tables.write(REPO_STATISTICS, "a/b", statistics())
    raw = sent if isinstance(sent, str) else json.dumps(sent)
    tables.write(REPO_METADATA, "a/b", metadata("a/b", raw=raw))
    assert read_report(tables, "a/b", None, NOW).topics == topics
