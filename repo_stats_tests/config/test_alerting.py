"""Where alerts go: the address of the webhook, a secret, and that of the UI."""

import pytest

from repo_stats.config.alerting import load_alerting
from repo_stats.config.errors import SettingsError


def test_addresses_are_read_from_the_environment() -> None:
    assert load_alerting({}) == (None, None)
    assert load_alerting({"REPO_STATS_UI_URL": "https://ui/"}) == (None, "https://ui")


@pytest.mark.parametrize("text", ["hooks.slack.com/secret", "ftp://secret", "http://[secret"])
def test_a_malformed_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_alerting({"REPO_STATS_WEBHOOK_URL": text})
    assert str(refusal.value) == (
        "REPO_STATS_WEBHOOK_URL is not a web address; write one that begins with https:// or "
        "http://."
    )
