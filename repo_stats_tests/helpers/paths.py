"""Where the checkout is, with its README and its documentation."""

from pathlib import Path

ROOT = Path(__file__).parents[2]

README = (ROOT / "README.md").read_text(encoding="utf-8")

DOCS = ROOT / "docs"
