"""What response headers say, and that no text in them is an error."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_stats.github.http.headers import (
    LONGEST_WAIT,
    Quota,
    is_sendable,
    parse_date,
    read_date,
    read_etag,
    read_quota,
    read_remaining,
    read_reset,
    read_retry_after,
)
from repo_stats.github.http.refusals import read_error

DATE = "Mon, 23 Nov 2026 12:00:00 GMT"

NAMES = (
    "date",
    "etag",
    "retry-after",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
)

ODD_TEXTS = (
    "",
    " ",
    "-1",
    "1e400",
    "nan",
    "9" * 5000,
    "999999999999999",
    "253402300799",
    "٣",
    "²",
    "\x00",
    f"Mon, 23 Nov {'9' * 30} 12:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Mon, 30 Feb 2026 12:00:00 GMT",
    "Mon, 23 Nov 0000 12:00:00 GMT",
    "Mon, 23 Nov 2026 12:00:00 +9999",
    '"\x1b"',
    '"é"',
    DATE,
)


def texts() -> st.SearchStrategy[str]:
    return st.sampled_from(ODD_TEXTS) | st.text() | st.integers().map(str)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.fixed_dictionaries({}, optional={name: texts() for name in NAMES}),
    st.sampled_from([401, 403, 404, 429, 500]),
    st.binary() | st.just(b'{"message": "API rate limit exceeded"}'),
)
def test_whatever_headers_and_body_hold_they_are_read_without_an_error(
    headers: dict[str, str], status: int, body: bytes
) -> None:
    assert "a/b" in str(read_error(status, headers, body, repo="a/b", token_name="GITHUB_TOKEN"))
    quota, etag, wait = read_quota(headers), read_etag(headers), read_retry_after(headers)
    assert quota is None or quota.resets_at + timedelta(seconds=LONGEST_WAIT)
    assert etag is None or etag.isascii()
    assert wait is None or 1.0 <= wait <= LONGEST_WAIT
    assert read_date(headers) + timedelta(seconds=LONGEST_WAIT)


RATE = {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": " 0042 ",
    "x-ratelimit-reset": "1795435200",
}


def test_a_quota_is_read_from_its_three_headers_and_from_no_two_of_them() -> None:
    assert read_quota(RATE) == Quota(5000, 42, datetime(2026, 11, 23, 12, tzinfo=timezone.utc))
    for name in RATE:
        assert read_quota({**RATE, name: "x"}) is None
        assert read_quota({key: text for key, text in RATE.items() if key != name}) is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("000", 0),
        ("007", 7),
        ("999999999999998", 999999999999998),
        ("0999999999999998", 999999999999998),
        ("1000000000000000", 999999999999999),
        ("+7", None),
        ("-7", None),
        ("7.0", None),
        ("٣", None),
        ("", None),
    ],
)
def test_a_count_is_a_whole_number_without_a_sign(text: str, count: int | None) -> None:
    assert read_remaining({"x-ratelimit-remaining": text}) == count


def test_a_reset_after_two_centuries_is_cut_so_that_waits_can_be_added() -> None:
    last = datetime(2199, 12, 31, tzinfo=timezone.utc)
    for seconds in (int(last.timestamp()), int(last.timestamp()) + 1, 253402300799):
        assert read_reset({"x-ratelimit-reset": str(seconds)}) == last
    almost = {"x-ratelimit-reset": str(int(last.timestamp()) - 1)}
    assert read_reset(almost) == last - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 1.0),
        ("Mon, 23 Nov 2026 12:00:20 GMT", 20.0),
        ("Mon, 23 Nov 2026 11:59:00 GMT", 1.0),
        ("999999999999999", LONGEST_WAIT),
        ("9" * 5000, LONGEST_WAIT),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("-7", None),
        ("soon", None),
    ],
)
def test_a_wait_is_told_in_seconds_or_as_a_date(text: str, seconds: float | None) -> None:
    assert read_retry_after({"retry-after": text, "date": DATE}) == seconds


@pytest.mark.parametrize("text", ODD_TEXTS[:-1])
def test_without_a_usable_date_this_machines_time_counts(text: str) -> None:
    before = datetime.now(timezone.utc)
    assert before <= read_date({"date": text}) <= datetime.now(timezone.utc)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        (DATE, datetime(2026, 11, 23, 12, tzinfo=timezone.utc)),
        ("Sat, 01 Jan 2000 01:02:03 GMT", datetime(2000, 1, 1, 1, 2, 3, tzinfo=timezone.utc)),
        ("Tue, 31 Dec 2199 23:59:59 GMT", datetime(2199, 12, 31, 23, 59, 59, tzinfo=timezone.utc)),
    ],
)
def test_a_date_within_two_centuries_is_the_servers_time(text: str, date: datetime) -> None:
    assert read_date({"date": text}) == parse_date(f" {text} ") == date


@pytest.mark.parametrize("number", range(1, 13))
def test_each_month_has_its_name(number: int) -> None:
    date = datetime(2026, number, 23, 12, tzinfo=timezone.utc)
    assert parse_date(f"{date:%a, %d %b %Y %H:%M:%S} GMT") == date


@pytest.mark.parametrize("year", [1999, 2200])
def test_a_date_of_another_century_is_taken_from_this_machine(year: int) -> None:
    text = f"Mon, 23 Nov {year} 12:00:00 GMT"
    assert parse_date(text) == datetime(year, 11, 23, 12, tzinfo=timezone.utc)
    assert read_date({"date": text}).year not in (1999, 2200)


@pytest.mark.parametrize(
    ("etag", "can_be_sent"),
    [
        ('W/"abc"', True),
        ('"a b"', True),
        ("abc", True),
        ('"é"', False),
        ('"\U0001f41b"', False),
        ('"\x1b[31m"', False),
        ('"a\r\nAuthorization: x"', False),
        ('"\x7f"', False),
        (" ", False),
        ("", False),
        (f'"{"a" * 5000}"', False),
        ("a", True),
        ("a" * 1024, True),
        ("a" * 1025, False),
        ("a ", False),
    ],
)
def test_a_validator_is_kept_only_if_it_can_be_sent_back(etag: str, can_be_sent: bool) -> None:
    assert is_sendable(etag) is can_be_sent
    assert read_etag({"etag": etag}) == (etag if can_be_sent else None)
