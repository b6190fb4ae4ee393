"""Loads the open issues of a repository into DuckDB, with dlt's declarative REST source.

The arguments of the script are the address, the token and the repository. It writes
`issues.duckdb`.
"""

import sys

import dlt
from dlt.sources.rest_api import rest_api_source


def main(url: str, token: str, repo: str) -> None:
    """Run the pipeline."""
    source = rest_api_source(
        {
            "client": {
                "base_url": url,
                "auth": {"type": "bearer", "token": token},
                "paginator": {"type": "header_link"},
            },
            "resources": [
                {
                    "name": "issues",
                    "primary_key": "id",
                    "write_disposition": "replace",
                    "endpoint": {
                        "path": f"repos/{repo}/issues",
                        "params": {"state": "open", "per_page": 100},
                    },
                }
            ],
        }
    )
    pipeline = dlt.pipeline(
        "issues",
        pipelines_dir="pipelines",
        destination=dlt.destinations.duckdb("issues.duckdb"),
        dataset_name="github",
    )
    pipeline.run(source).raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
