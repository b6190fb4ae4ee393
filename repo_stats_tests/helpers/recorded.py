"""Recorded API objects and GitHub's own schemas, where they lie beside the checkout."""

from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared"


SCHEMAS = SHARED / "github-openapi-subset.json"


RECORDED = SHARED / "recorded" / "rails__rails"
