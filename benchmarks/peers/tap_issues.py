"""The Singer tap for GitHub, which checks its token at the address that it is configured with.

The original tap checks the token at github.com, whatever `api_url_base` is. Nothing else is
changed. The arguments of the script are those of the tap.
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
    response = requests.get(
        f"{SETTINGS['api_url_base']}/rate_limit",
        headers={"Authorization": f"token {manager.token}"},
        timeout=60,
    )
    return response.ok


if __name__ == "__main__":
    authenticator.TokenManager.is_valid_token = is_valid_token
    sys.exit(cli())
