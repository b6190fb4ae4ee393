"""Opening pages in a browser as a reader does, and what a page must never lack."""

from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Page

Scheme = Literal["dark", "light"]

CONTRAST = """
() => {
  const light = (text) => {
    const parts = text.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const background = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = [...document.querySelectorAll("h1, h2, p, a, dt, dd, th, td, summary, svg text")];
  return Math.min(...texts.map((node) => {
    const style = getComputedStyle(node);
    const paint = node.closest("svg") ? style.fill : style.color;
    const [one, other] = [light(paint), light(background(node))];
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  }));
}
"""
"""The lowest contrast ratio of any text on a page, as WCAG defines it."""


DRAWN = """
(count) => document.querySelectorAll("figure.chart").length === count
  && document.querySelectorAll("figure.chart .reading").length === count
"""
"""Whether all charts of a page are drawn, so many."""


class Visitor:
    """Opens pages from the disk, one after the other in the same tab: a new one costs much more.

    Attributes:
        page: the tab.
        complaints: what the page complained of since it was opened.
        requests: what it requested, itself included.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._dismiss)
        page.on("request", lambda request: self.requests.append(request.url))

    def open(
        self, path: Path, scheme: Scheme = "light", width: int = 1280, fragment: str = ""
    ) -> None:
        """Open a page as somebody sees it who never saw it before."""
        self.page.goto("about:blank")
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": 800})
        self.complaints.clear()
        self.requests.clear()
        self.page.goto(f"{path.as_uri()}#{fragment}" if fragment else path.as_uri())

    def _dismiss(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def wait_for_charts(self, count: int) -> None:
        """Wait until so many charts are drawn, which are all of the page."""
        self.page.wait_for_function(DRAWN, arg=count)

    def find_barriers(self) -> list[str]:
        """What axe-core finds on the page that keeps some people from using it."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in found
            for node in rule["nodes"]
        ]
