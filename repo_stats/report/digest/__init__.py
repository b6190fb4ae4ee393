"""The digest: what changed in a week, as Markdown and as a page of the report."""
