"""A browser, and a report that it shows.

Playwright keeps an event loop running in the thread of the tests, until the last test of this
folder.
"""

from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
from playwright.sync_api import sync_playwright

from repo_stats.report.index_page import make_index
from repo_stats.report.publish import publish
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats_tests.helpers.report_data import NOW, fill_warehouse
from repo_stats_tests.report.in_browser.many_rows import COUNT, make_rows
from repo_stats_tests.report.in_browser.visitor import Visitor

REPOS = ["acme/rocket", "acme/tiny-tools", "octo-org/a-very-long-repository-name"]

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    # Fewer processes, and nothing that a graphics card would do: opening a page costs a fifth less.
    *("--disable-gpu-compositing", "--in-process-gpu", "--no-zygote"),
    "--disable-site-isolation-trials",
]


@pytest.fixture(scope="package")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report on three repositories with two years of history."""
    root = tmp_path_factory.mktemp("rich")
    tables = fill_warehouse(str(root), REPOS)
    tables.files.delete(f"star_days/{REPOS[2]}.parquet")  # of it, only what was seen is known
    RefreshFailures(tables.files).record("acme/rocket", "It is <b>gone</b>.", "run", NOW)
    publish(tables.files, REPOS, NOW)
    return root / "report"


@pytest.fixture(scope="package")
def browser() -> Iterator[Visitor]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield Visitor(browser.new_page())
        browser.close()


@pytest.fixture(scope="package")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A first page with many repositories, without their pages."""
    path = tmp_path_factory.mktemp("index") / "index.html"
    path.write_text(make_index(list(make_rows(COUNT)), {}, ["alpha"], NOW), encoding="utf-8")
    return path
