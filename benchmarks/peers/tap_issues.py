"""The Singer tap for GitHub, with the check of its token sent to the address it is configured with.

The tap asks github.com itself whether the token is valid, whatever `api_url_base` says; nothing
else of it is changed. Run as a script with the tap's own arguments.
"""

import json
import sys
from pathlib import Path

import requests
from tap_github import authenticator
from tap_github.tap import cli

SETTINGS = json.loads(Path("config.json").read_text(encoding="utf-8"))


def is_valid_token(manager: authenticator.TokenManager) -> bool:
    """Whether the configured API accepts a token."""
    answer = requests.get(
        f"{SETTINGS['api_url_base']}/rate_limit",
        headers={"Authorization": f"token {manager.token}"},
        timeout=60,
    )
    return answer.ok


if __name__ == "__main__":
    authenticator.TokenManager.is_valid_token = is_valid_token
    sys.exit(cli())
