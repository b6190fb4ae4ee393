"""Recorded API objects and GitHub's schemas, in files that only some machines have."""

from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared"

SCHEMAS = SHARED / "github-openapi-subset.json"

RECORDED = SHARED / "recorded" / "rails__rails"
