"""All issues of a repository by Perceval's GitHub client, as its backend reads the list.

The backend itself also asks for the comments and reactions of each issue and the profile of each
user, one request after the other; that is left out here, since nobody else does it. Run as a
script with the address, the token and the repository; writes `issues.jsonl`.
"""

import json
import sys
from pathlib import Path

from perceval.backends.core.github import GitHubClient


def main(url: str, token: str, repo: str) -> None:
    """Read the list and write an object a line."""
    owner, name = repo.split("/")
    client = GitHubClient(owner, name, tokens=[token], base_url=url)
    with Path("issues.jsonl").open("w", encoding="utf-8") as file:
        for page in client.issues():
            file.writelines(f"{json.dumps(issue)}\n" for issue in json.loads(page))


if __name__ == "__main__":
    main(*sys.argv[1:])
