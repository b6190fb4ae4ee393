"""Takes the pictures of README and docs: `make screenshots`.

It serves a simulated GitHub, refreshes the six repositories of the demo, makes the
report, and opens the report and Dagster's lineage in Chromium. Nothing leaves this machine.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from repo_stats.config.credentials import CREDENTIAL_VARIABLES
from repo_stats.simulator.server import Server
from repo_stats.simulator.showcase import MISSING, WATCHED, build_world
from repo_stats.simulator.simulator import Simulator

IMAGES = Path(__file__).parent / "images"

DAGSTER_YAML = "telemetry:\n  enabled: false\nnux:\n  enabled: false\n"
"""No statistics for Dagster's makers, and no window that asks for a subscription."""

PATIENCE = 120_000
"""Milliseconds for a page to show what is waited for."""

DRAWING = 5_000
"""Milliseconds for Dagster to colour the assets, and to move the picture to its place."""

COMPARED = ",".join(WATCHED[:3])

DRAWN = """
() => [...document.querySelectorAll("figure.chart")].every((one) => one.querySelector(".reading"))
"""
"""Whether all charts of a page are drawn."""

MARGIN = 12
"""Pixels around what a picture shows."""


def main() -> None:
    """Take all pictures."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None:
        sys.exit("There is no Chromium; install Debian's package chromium.")
    with TemporaryDirectory() as name:
        folder = Path(name)
        environment = _prepare(folder)
        with _webserver(folder, environment) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            _take_report(browser, folder / "warehouse" / "report")
            _take_lineage(browser, address)
            browser.close()


def _prepare(folder: Path) -> dict[str, str]:
    """Refresh the simulated repositories and make their report.

    Returns:
        The environment of whoever looks at what is stored.
    """
    now = datetime.now(timezone.utc).replace(microsecond=0)
    home = folder / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(DAGSTER_YAML, encoding="utf-8")
    names = ",".join(name for name in WATCHED if name != MISSING)
    environment = {k: v for k, v in os.environ.items() if k not in CREDENTIAL_VARIABLES}
    environment |= {
        "DAGSTER_HOME": str(home),
        "REPO_STATS_REPOS": names,
        "REPO_STATS_HISTORY": names,
        "REPO_STATS_WAREHOUSE": str(folder / "warehouse"),
        "GITHUB_TOKEN": "simulated",
        "NO_PROXY": "127.0.0.1",
    }
    with Server(Simulator(build_world(now)).app) as server:
        environment["REPO_STATS_API_URL"] = server.url
        for command in ("refresh", "report"):
            arguments = [sys.executable, "-m", "repo_stats", command]
            subprocess.run(arguments, cwd=folder, env=environment, check=True)  # noqa: S603
    return environment


@contextmanager
def _webserver(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """Dagster's UI on a free port of this machine, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    arguments = ["-m", "dagster_webserver", "-m", "repo_stats.definitions", "-p", str(port)]
    with (folder / "webserver.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, *arguments], cwd=folder, env=environment, stdout=log, stderr=log
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, process)
            yield address
        finally:
            process.terminate()
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE // 500):
        if process.poll() is not None:
            sys.exit("dagster-webserver ended at once.")
        try:
            httpx.get(f"{address}/server_info", trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.5)
        else:
            return
    sys.exit("dagster-webserver does not answer.")


def _open(browser: Browser, address: str, width: int, scale: float) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, device_scale_factor=scale, timezone_id="UTC"
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script("localStorage.setItem('large-screen-nav-open', 'false')")
    page = context.new_page()
    page.goto(address)
    return page


def _take_report(browser: Browser, report: Path) -> None:
    """The page of all repositories, that of one, and a comparison, down to the second chart."""
    for path, name, width, scale in (
        ("index.html", "report.png", 1280, 1.0),
        ("acme/compass.html", "repository.png", 680, 1.4),
        (f"compare.html#repos={COMPARED}", "compare.png", 1200, 1.0),
    ):
        page = _open(browser, f"{report.as_uri()}/{path}", width, scale)
        page.wait_for_function(DRAWN)
        top = FloatRect(x=0, y=0, width=width - MARGIN, height=0)
        _save(page, name, [top, page.locator("section").nth(1).bounding_box()])


def _take_lineage(browser: Browser, address: str) -> None:
    """All that the report is made of, as Dagster draws it."""
    lineage = f"{address}/assets/report?view=lineage&lineageScope=upstream&lineageDepth=9"
    page = _open(browser, lineage, 1300, 1.25)
    page.get_by_text("repo_metadata", exact=True).first.wait_for()
    page.wait_for_timeout(DRAWING)
    nodes = page.locator("svg foreignObject")
    page.mouse.move(650, 250)
    page.mouse.wheel(3 * MARGIN, 0)  # out from under the buttons at the right
    page.wait_for_timeout(DRAWING)
    _save(page, "lineage.png", [node.bounding_box() for node in nodes.all()])


def _save(page: Page, name: str, boxes: Sequence[FloatRect | None]) -> None:
    """Save the part of a page that holds some boxes, with a margin around it."""
    found = [box for box in boxes if box is not None]
    left = max(0.0, min(box["x"] for box in found) - MARGIN)
    top = max(0.0, min(box["y"] for box in found) - MARGIN)
    right = max(box["x"] + box["width"] for box in found) + MARGIN
    bottom = max(box["y"] + box["height"] for box in found) + MARGIN
    clip = FloatRect(x=left, y=top, width=right - left, height=bottom - top)
    path = IMAGES / name
    page.screenshot(path=path, full_page=True, clip=clip)
    print(f"{path}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
