"""Puts files of the repository's root into the site, so that each has one source."""

from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


INCLUDED = {"changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
"""Pages whose text is that of a file in the root."""


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The text of a page, with links as they are below `docs/`."""
    name = INCLUDED.get(page.file.src_uri)
    if name is None:
        return markdown
    return (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
