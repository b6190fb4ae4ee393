"""Other readers: from a web server, by touch, in another time zone, and without scripts."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from repo_stats_tests.report.in_browser.visitor import NO_SCRIPTS, Visitor

ROCKET = Path("acme", "rocket.html")


LABELS = """
() => [...document.querySelectorAll(".picture text, .reading")]
  .map((one) => [one.textContent, one.getAttribute("transform")])
"""
"""The labels of charts with their places, and what is read."""


PHONE: dict[str, dict[str, object]] = {
    "Emulation.setDeviceMetricsOverride": {
        "width": 390,
        "height": 800,
        "deviceScaleFactor": 1,
        "mobile": True,
    },
    "Emulation.setTouchEmulationEnabled": {"enabled": True},
}
"""Makes the browser that of a phone."""

ZONE = "Intl.DateTimeFormat().resolvedOptions().timeZone"


LINES = "[...document.querySelectorAll('#elsewhere code')].map((one) => one.textContent)"
"""The lines to paste elsewhere: on a web server they have the address of the page."""


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and prints nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A web server with the files of a folder, at the address that it gives."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_finger_reads_the_day_that_it_touches(rich: Path, browser: Visitor) -> None:
    with browser.behave(PHONE) as tab:
        page = browser.page
        page.goto((rich / ROCKET).as_uri())
        browser.wait_for_charts(4)
        assert page.evaluate("[innerWidth, navigator.maxTouchPoints]") == [390, 1]
        chart = page.locator("figure.chart").first
        chart.scroll_into_view_if_needed()
        before = chart.locator(".reading").inner_text()
        box = chart.locator(".reader").bounding_box()
        assert box is not None
        finger = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 60}
        tab.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
        tab.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        chart.locator(".mark").wait_for()
        assert chart.locator(".reading").inner_text()[:7] in ("2025-07", "2025-08", "2025-09")
        assert chart.locator(".reading").inner_text() != before


def test_days_are_the_same_wherever_the_reader_is(rich: Path, browser: Visitor) -> None:
    shown = []
    for zone in ("Pacific/Honolulu", "Pacific/Kiritimati"):
        with browser.behave({"Emulation.setTimezoneOverride": {"timezoneId": zone}}):
            browser.open(rich / ROCKET)
            assert browser.page.evaluate(ZONE) == zone
            browser.wait_for_charts(4)
            shown.append(browser.page.evaluate(LABELS))
    assert len(shown[0]) > 20
    assert shown[0] == shown[1]


def test_without_scripts_the_numbers_are_there(rich: Path, browser: Visitor) -> None:
    with browser.behave(NO_SCRIPTS):
        page = browser.page
        page.goto((rich / ROCKET).as_uri())
        page.get_by_text("A script draws this chart").first.wait_for()
        page.locator("summary").first.click()
        rows = page.locator("details[open] tbody tr")
        assert rows.count() == 105
        assert rows.last.inner_text().split()[0] == "2026-09-02"
        page.goto((rich / "compare.html").as_uri())
        assert page.locator("noscript p").is_visible()
        assert not page.get_by_label("Repository").is_visible()


@pytest.fixture(scope="module")
def address(rich: Path) -> Iterator[str]:
    """Where a web server has the report."""
    with served(rich) as address:
        yield address


def test_a_report_on_a_web_server_draws_its_charts_under_the_same_policy(
    browser: Visitor, address: str
) -> None:
    browser.leave()
    browser.complaints.clear()
    browser.page.goto(f"{address}/compare.html#repos=acme/rocket,acme/tiny-tools")
    browser.wait_for_charts(5)
    browser.page.goto(f"{address}/acme/rocket.html")
    browser.wait_for_charts(4)
    assert browser.complaints == []


def test_lines_to_paste_have_the_address_of_the_page(
    rich: Path, browser: Visitor, address: str
) -> None:
    if browser.page.url != f"{address}/acme/rocket.html":
        browser.leave()
        browser.page.goto(f"{address}/acme/rocket.html")
    served = browser.page.evaluate(LINES)
    assert "ADDRESS" not in browser.page.inner_text("#elsewhere")
    browser.look_at(rich / ROCKET, charts=4)
    from_disk = browser.page.evaluate(LINES)
    assert len(from_disk) == 6
    assert all("ADDRESS/rocket." in line for line in from_disk)
    assert served == [line.replace("ADDRESS", f"{address}/acme") for line in from_disk]
