"""What response headers say about the quota."""

from repo_stats.github.http.headers import read_quota


def test_without_rate_headers_there_is_no_quota() -> None:
    assert read_quota({}) is None
    assert read_quota({"x-ratelimit-limit": "x"}) is None
