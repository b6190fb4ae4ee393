"""Opening pages in a browser as a reader does, and what a page must never lack."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Dialog, Page

NO_CHARTS: dict[str, dict[str, object]] = {
    "Network.enable": {},
    "Network.setBlockedURLs": {"urls": ["*/charts.js*"]},
}
"""Makes the browser load no script of charts: drawing them is most of opening a page."""

NO_SCRIPTS = {"Emulation.setScriptExecutionDisabled": {"value": True}}
"""Makes the browser run no scripts of pages."""

Scheme = Literal["dark", "light"]

SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")

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
  const isText = ({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim();
  const hasText = (node) => node.matches("input, select") || [...node.childNodes].some(isText);
  const texts = [...document.body.querySelectorAll("*:not(script):not(style):not(noscript)")]
    .filter((node) => !node.disabled && hasText(node));
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


COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""What axe-core finds in colours alone. These are all that a page's other scheme can change.

The first takes most of the time of all rules together, and `CONTRAST` finds the same.
"""


FIND_VIOLATIONS = "options => axe.run(options).then(found => found.violations)"

Sight = tuple[Path, int, str]
"""A page, its width, and the fragment of its address."""


class Visitor:
    """Opens pages from the disk, one after the other in the same tab: a new one costs much more.

    Attributes:
        page: the tab.
        complaints: what the page complained of since it was opened.
        requests: what it requested, itself included.
        looked_at: the page that is open, its width and its fragment, if nobody touched it.
        shown: the same, if somebody may have touched it.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.looked_at: Sight | None = None
        self.shown: Sight | None = None
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._dismiss)
        page.on("request", lambda request: self.requests.append(request.url))

    def open(
        self, path: Path, scheme: Scheme = "light", width: int = 1280, fragment: str = ""
    ) -> None:
        """Open a page as somebody sees it who never saw it before."""
        size = self.page.viewport_size
        is_drawn_anew = fragment or size is None or size["width"] != width
        if is_drawn_anew:  # or it would be the page that is left now
            self.page.goto("about:blank")
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": 800})
        self.looked_at, self.shown = None, (path, width, fragment)
        self.complaints.clear()
        self.requests.clear()
        self.page.goto(f"{path.as_uri()}#{fragment}" if fragment else path.as_uri())

    def _dismiss(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def wait_for_charts(self, count: int) -> None:
        """Wait until so many charts are drawn, which are all of the page."""
        self.page.wait_for_function(DRAWN, arg=count)

    def look_at(
        self,
        path: Path,
        scheme: Scheme = "light",
        charts: int = 0,
        width: int = 1280,
        fragment: str = "",
    ) -> None:
        """Show a page to somebody who only looks, or leaves it as it was.

        Where the last one only looked at the same page, it is still open, with all that it
        complained of and requested.
        """
        if self.looked_at != (path, width, fragment):
            self.open(path, width=width, fragment=fragment)
            if charts:
                self.wait_for_charts(charts)
            self.looked_at = self.shown
        self.page.emulate_media(color_scheme=scheme)

    def go_on_with(self, path: Path, charts: int = 0) -> None:
        """Show a page to somebody to whom it makes no difference what others did to its charts."""
        if self.shown != (path, 1280, ""):
            self.open(path)
            self.wait_for_charts(charts)
        self.page.emulate_media(color_scheme="light")
        self.looked_at = None

    def touch(self) -> None:
        """Do something to the page that is open: after it, nobody takes it for a new one."""
        self.looked_at = None

    def leave(self) -> None:
        """Go to pages, or change them, in ways that nobody may go on with."""
        self.looked_at = self.shown = None

    @contextmanager
    def behave(self, settings: Mapping[str, Mapping[str, object]]) -> Iterator[CDPSession]:
        """Be another browser for a while. Opening a tab for it takes longer than most tests.

        Args:
            settings: commands of Chromium's protocol, and what they are told.
        """
        self.leave()
        tab = self.page.context.new_cdp_session(self.page)
        try:
            for command, told in settings.items():
                tab.send(command, dict(told))
            yield tab
        finally:
            self.page.goto("about:blank")
            tab.detach()  # this ends what it has set, too

    def find_barriers(self, rules: Sequence[str] = (), without: Sequence[str] = ()) -> list[str]:
        """What axe-core finds on the page that keeps some people from using it.

        Args:
            rules: only these, if there are any.
            without: none of these.
        """
        options: dict[str, Any] = {"resultTypes": ["violations"]}  # all else is half the work
        if rules:
            options["runOnly"] = {"type": "rule", "values": [*rules]}
        options["rules"] = {rule: {"enabled": False} for rule in without}
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(Axe().axe_script)
        found = self.page.evaluate(FIND_VIOLATIONS, options)
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in found
            for node in rule["nodes"]
        ]

    def find_barriers_in_both_schemes(self, without: Sequence[str] = COLOUR_RULES[:1]) -> list[str]:
        """The same on a light page, and what is wrong with its colours when it becomes dark.

        Args:
            without: none of these rules on the light page.
        """
        self.page.emulate_media(color_scheme="light")
        light = [*self._find_faint_texts(), *self.find_barriers(without=without)]
        self.page.emulate_media(color_scheme="dark")
        dark = [*self._find_faint_texts(), *self.find_barriers(COLOUR_RULES[1:])]
        return [*light, *(f"dark {barrier}" for barrier in dark)]

    def _find_faint_texts(self) -> list[str]:
        contrast = self.page.evaluate(CONTRAST)
        return [f"a text with a contrast of {contrast}"] if contrast < 4.5 else []
