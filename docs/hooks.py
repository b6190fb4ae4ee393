"""What MkDocs does differently for this site."""

import logging
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

INCLUDED = {"changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
"""Pages whose text is that of a file in the root, so that each has one source."""


def on_startup(**_: Any) -> None:
    """Let `--quiet` keep warnings: without them, `--strict` would let dead links pass."""
    logging.getLogger("mkdocs").setLevel(logging.WARNING)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The text of a page, with links as they are below `docs/`."""
    name = INCLUDED.get(page.file.src_uri)
    if name is None:
        return markdown
    return (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
