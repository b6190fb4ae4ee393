"""Where alerts go: a webhook, whose address is a secret, and the UI that alerts link to."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from repo_stats.config.addresses import is_web_address
from repo_stats.config.errors import SettingsError
from repo_stats.safe_text import keep_secret

_WEBHOOK_URL = "REPO_STATS_WEBHOOK_URL"

_UI_URL = "REPO_STATS_UI_URL"

ALERTING_VARIABLES = {
    _WEBHOOK_URL: (
        "Address of the webhook that alerts are posted to, in the format of Slack's incoming "
        "webhooks."
    ),
    _UI_URL: "Address of the Dagster UI, for the links in alerts.",
}
"""The variables of alerting, with their descriptions."""


_SECRET_PATH = 20
"""Characters of a path that may be a secret by itself. A shorter one, such as `/services`, may be
a word of any message."""


def load_alerting(environ: Mapping[str, str] = os.environ) -> tuple[str | None, str | None]:
    """Read the address of the webhook, a secret, and that of the UI without a slash at its end.

    Raises:
        SettingsError: one of them is not a web address.
    """
    webhook, ui = (_read_address(environ, variable) for variable in (_WEBHOOK_URL, _UI_URL))
    if webhook is not None:
        keep_secret(webhook)
        if len(path := urlsplit(webhook).path) >= _SECRET_PATH:
            keep_secret(path, is_unique=False)
    return webhook, None if ui is None else ui.rstrip("/")


def _read_address(environ: Mapping[str, str], variable: str) -> str | None:
    """Read an address; an error does not show it, because it may hold a secret.

    Raises:
        SettingsError: it is not a web address.
    """
    text = environ.get(variable, "").strip()
    if text and not is_web_address(text):
        raise SettingsError(
            f"{variable} is not a web address; write one like https://HOST/PATH or "
            "https://HOST:PORT/PATH."
        )
    return text or None
