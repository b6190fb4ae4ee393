"""Until when a page says that its numbers hold: also after refreshes that changed no number."""

from datetime import timedelta
from pathlib import Path

import pytest

from repo_stats.report.publish import publish
from repo_stats_tests.helpers.report_data import NOW, fill_warehouse
from repo_stats_tests.report.in_browser.visitor import Visitor

LATER = NOW + timedelta(hours=5)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report on one repository."""
    root = tmp_path_factory.mktemp("times")
    tables = fill_warehouse(str(root), ["acme/rocket"], days=0)
    publish(tables.files, ["acme/rocket"], NOW)
    return root / "report"


@pytest.mark.parametrize(
    ("script", "moment"),
    [
        (f'const TIMES = {{"acme/rocket": {int(LATER.timestamp())}}};', "2026-09-02 17:00 UTC"),
        ('const TIMES = {"acme/rocket": 1};', "2026-09-02 12:00 UTC"),
        ('const TIMES = {"acme/another": 1};', "2026-09-02 12:00 UTC"),
    ],
)
def test_a_page_tells_the_later_of_its_own_time_and_that_of_the_script(
    report: Path, browser: Visitor, script: str, moment: str
) -> None:
    (report / "_times" / "acme.js").write_text(script)
    browser.open(report / "acme" / "rocket.html")
    time = browser.page.locator("time[data-repo]")
    assert time.inner_text().startswith(moment)
    assert time.get_attribute("title") == moment
    assert browser.complaints == []
