"""Other readers: from a web server, by touch, in another time zone, and without scripts."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Page

from repo_stats_tests.report.in_browser.visitor import DRAWN, Visitor

ROCKET = Path("acme", "rocket.html")


LABELS = """
() => [...document.querySelectorAll(".picture text, .reading")]
  .map((one) => [one.textContent, one.getAttribute("transform")])
"""
"""The labels of charts with their places, and what is read."""


ZONE = "Intl.DateTimeFormat().resolvedOptions().timeZone"


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


@contextmanager
def reader_with(browser: Visitor, **settings: Any) -> Iterator[Page]:
    """A tab with settings of its own."""
    own = browser.page.context.browser
    assert own is not None
    context = own.new_context(**settings)
    try:
        yield context.new_page()
    finally:
        context.close()


def test_a_report_on_a_web_server_draws_its_charts_under_the_same_policy(
    rich: Path, browser: Visitor
) -> None:
    with served(rich) as address:
        browser.complaints.clear()
        browser.page.goto(f"{address}/{ROCKET}")
        browser.wait_for_charts(4)
        browser.page.goto(f"{address}/compare.html#repos=acme/rocket,acme/tiny-tools")
        browser.wait_for_charts(5)
        browser.page.goto("about:blank")
    assert browser.complaints == []


def test_a_finger_reads_the_day_that_it_touches(rich: Path, browser: Visitor) -> None:
    phone = {"width": 390, "height": 800}
    with reader_with(browser, viewport=phone, has_touch=True, is_mobile=True) as page:
        page.goto((rich / ROCKET).as_uri())
        page.wait_for_function(DRAWN, arg=4)
        chart = page.locator("figure.chart").first
        chart.scroll_into_view_if_needed()
        before = chart.locator(".reading").inner_text()
        box = chart.locator(".reader").bounding_box()
        assert box is not None
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 60)
        assert chart.locator(".mark").is_visible()
        assert chart.locator(".reading").inner_text()[:7] in ("2025-07", "2025-08", "2025-09")
        assert chart.locator(".reading").inner_text() != before


def test_days_are_the_same_wherever_the_reader_is(rich: Path, browser: Visitor) -> None:
    browser.look_at(rich / ROCKET, charts=4)
    shown = [browser.page.evaluate(LABELS)]
    tab = browser.page.context.new_cdp_session(browser.page)
    try:
        for zone in ("Pacific/Honolulu", "Pacific/Kiritimati"):
            tab.send("Emulation.setTimezoneOverride", {"timezoneId": zone})
            browser.open(rich / ROCKET)
            assert browser.page.evaluate(ZONE) == zone
            browser.wait_for_charts(4)
            shown.append(browser.page.evaluate(LABELS))
    finally:
        tab.detach()  # this ends what it has set, too
    assert len(shown[0]) > 20
    assert shown[0] == shown[1] == shown[2]


def test_without_scripts_the_numbers_are_there(rich: Path, browser: Visitor) -> None:
    with reader_with(browser, java_script_enabled=False) as page:
        page.goto((rich / ROCKET).as_uri())
        page.get_by_text("A script draws this chart").first.wait_for()
        page.locator("summary").first.click()
        rows = page.locator("details[open] tbody tr")
        assert rows.count() == 105
        assert rows.last.inner_text().split()[0] == "2026-09-02"
        page.goto((rich / "compare.html").as_uri())
        assert page.locator("noscript p").is_visible()
        assert not page.get_by_label("Repository").is_visible()
