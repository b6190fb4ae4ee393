"""Reads all issues of a repository with Perceval's GitHub client, as its backend reads the list.

The backend itself also requests the comments and reactions of each issue and the profile of each
user, one after the other. That is left out here, because no other peer does it. The arguments of
the script are the address, the token and the repository. It writes `issues.jsonl`.
"""

import json
import sys
from pathlib import Path

from perceval.backends.core.github import GitHubClient


def main(url: str, token: str, repo: str) -> None:
    """Read the list, and write one object on each line."""
    owner, name = repo.split("/")
    client = GitHubClient(owner, name, tokens=[token], base_url=url)
    with Path("issues.jsonl").open("w", encoding="utf-8") as file:
        for page in client.issues():
            file.writelines(f"{json.dumps(issue)}\n" for issue in json.loads(page))


if __name__ == "__main__":
    main(*sys.argv[1:])
