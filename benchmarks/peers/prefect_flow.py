"""The workflow tutorial's flow as it is written for Prefect 3, with its retries, cache and subflow.

`BENCHMARK_API_URL` and `GITHUB_TOKEN` are the address and the token. The script writes the numbers
of the items that it read to `issues.json`, so that they can be counted.
"""

import json
import math
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from prefect import flow, task
from prefect.tasks import task_input_hash

API_URL = os.environ["BENCHMARK_API_URL"]
HEADERS = {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}"}
PER_PAGE = 100


@task(cache_key_fn=task_input_hash, cache_expiration=timedelta(hours=1))
def get_url(url: str, params: dict[str, Any] | None = None) -> Any:
    """The JSON at an address."""
    response = httpx.get(url, params=params, headers=HEADERS)
    response.raise_for_status()
    return response.json()


@flow
def get_open_issues(repo_name: str, open_issues_count: int) -> list[dict[str, Any]]:
    """All open issues of a repository; the pages are read concurrently."""
    url = f"{API_URL}/repos/{repo_name}/issues"
    pages = [
        get_url.submit(url, {"page": page, "per_page": PER_PAGE, "state": "open"})
        for page in range(1, math.ceil(open_issues_count / PER_PAGE) + 1)
    ]
    return [issue for page in pages for issue in page.result()]


@flow(retries=3, retry_delay_seconds=5, log_prints=True)
def get_repo_info(repo_name: str = "PrefectHQ/prefect") -> list[dict[str, Any]]:
    """Print a repository's stars, forks and open issues per user."""
    repo = get_url(f"{API_URL}/repos/{repo_name}")
    issues = get_open_issues(repo_name, repo["open_issues_count"])
    users = {issue["user"]["id"] if issue["user"] else 10137 for issue in issues}
    print(f"{repo_name} repository statistics 🤓:")
    print(f"Stars 🌠 : {repo['stargazers_count']}")
    print(f"Forks 🍴 : {repo['forks_count']}")
    print(f"Average open issues per user 💌 : {len(issues) / len(users):.2f}")
    return issues


if __name__ == "__main__":
    numbers = [issue["number"] for issue in get_repo_info()]
    Path("issues.json").write_text(json.dumps(numbers), encoding="utf-8")
