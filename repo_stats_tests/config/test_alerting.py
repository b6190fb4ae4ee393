"""Where alerts go: the address of the webhook, a secret, and that of the UI."""

import httpx
import pytest

from repo_stats.config.alerting import load_alerting
from repo_stats.config.errors import SettingsError
from repo_stats.safe_text import holds_secret, make_safe


def test_addresses_are_read_from_the_environment() -> None:
    assert load_alerting({}) == (None, None)
    assert load_alerting({"REPO_STATS_UI_URL": "https://ui/"}) == (None, "https://ui")


@pytest.mark.parametrize(
    "text",
    [
        *("hooks.slack.com/secret", "ftp://secret", "http://[secret", "https:///secret"),
        *("https://x:99999/secret", "https://x:0/secret", "https://x:port/secret"),
        *("https://a b/secret", "https://x/sec ret", "https://x/sec\tret", "https://a..b/secret"),
        *(f"https://{'a' * 64}/secret", f"https://x/{'secret' * 1000}", "https://-x/secret"),
        *("https://%zz/secret", "https://[::1%]/secret", "https://[1.2.3.4]/secret"),
    ],
)
def test_a_malformed_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_alerting({"REPO_STATS_WEBHOOK_URL": text})
    assert str(refusal.value) == (
        "REPO_STATS_WEBHOOK_URL is not a web address; write one like https://HOST/PATH or "
        "https://HOST:PORT/PATH."
    )
    with pytest.raises(SettingsError, match="REPO_STATS_UI_URL is not a web address"):
        load_alerting({"REPO_STATS_UI_URL": text})


def test_the_path_of_the_webhook_is_not_told_but_any_issue_may_hold_it() -> None:
    load_alerting({"REPO_STATS_WEBHOOK_URL": "https://chat.example/api/hooks/of/our/chat"})
    assert make_safe("no answer from /api/hooks/of/our/chat") == "no answer from ***"
    assert not holds_secret('{"title": "Document /api/hooks/of/our/chat"}')


def test_the_whole_address_of_the_webhook_is_a_secret_however_short_its_path() -> None:
    load_alerting({"REPO_STATS_WEBHOOK_URL": "https://brief.example/x"})
    assert make_safe("no answer from https://brief.example/x") == "no answer from ***"
    assert make_safe("see https://other.example/x") == "see https://other.example/x"
    assert holds_secret("see https://brief.example/x")


def test_a_path_of_twenty_characters_is_a_secret_by_itself_and_a_shorter_one_is_not() -> None:
    for path in ("/19-characters-long", "/20-characters-long-"):
        load_alerting({"REPO_STATS_WEBHOOK_URL": f"https://paths.example{path}"})
    assert make_safe("POST /19-characters-long") == "POST /19-characters-long"
    assert make_safe("POST /20-characters-long-") == "POST ***"


@pytest.mark.parametrize(
    "text",
    [
        *("http://x", "https://HOOKS.example.org:65535/a?b=c", "http://[::1]:80/x", "http://a_b:1"),
        *("https://user:password@x/", "https://bücher.example/ü", "http://127.0.0.1", "http://x."),
    ],
)
def test_any_address_that_can_be_requested_is_accepted(text: str) -> None:
    assert load_alerting({"REPO_STATS_WEBHOOK_URL": text})[0] == text
    httpx.URL(text)
