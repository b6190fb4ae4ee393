"""The feed of alerts: well-formed, the latest first, and with identities that stay."""

import xml.etree.ElementTree as ET
from datetime import datetime, timedelta, timezone

from repo_stats.report.takeaways.feed import MOST_ENTRIES, make_feed

ATOM = "{http://www.w3.org/2005/Atom}"

NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)


def alert(number: int, text: str = "a/b is stale: <gone> & more") -> dict[str, object]:
    return {
        "alerted_at": NOW + timedelta(minutes=number),
        "kind": "stale",
        "text": f"{number} {text}",
        "reason": "" if number % 2 else "gone",
        "run_id": "r",
    }


def read(*alerts: dict[str, object]) -> ET.Element:
    return ET.fromstring(make_feed(alerts))  # noqa: S314 - it is our own


def find(element: ET.Element, name: str) -> list[str]:
    return [str(each.text) for each in element.iter(f"{ATOM}{name}")]


def test_the_latest_alert_comes_first_with_its_text_time_and_reason() -> None:
    feed = read(alert(1), alert(2))
    assert find(feed, "title")[1:] == [
        "2 a/b is stale: <gone> & more",
        "1 a/b is stale: <gone> & more",
    ]
    assert find(feed, "updated") == [
        "2026-11-26T12:02:00Z",
        "2026-11-26T12:02:00Z",
        "2026-11-26T12:01:00Z",
    ]
    assert find(feed, "summary") == ["gone", "1 a/b is stale: <gone> & more"]
    assert [each.get("term") for each in feed.iter(f"{ATOM}category")] == ["stale", "stale"]


def test_a_feed_says_whose_it_is_and_where_its_pages_are() -> None:
    told = {**alert(1), "alerted_at": NOW + timedelta(microseconds=5)}
    assert make_feed([told]).decode().splitlines() == [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        "<title>repo_stats: what happened to the watched repositories</title>",
        "<id>urn:uuid:c8bc2586-cdd8-7cd6-f970-fc4262c4bbc4</id>",
        "<updated>2026-11-26T12:00:00Z</updated>",
        "<author><name>repo_stats</name></author>",
        '<link rel="alternate" type="text/html" href="index.html"/>',
        "<entry><title>1 a/b is stale: &lt;gone&gt; &amp; more</title>"
        "<id>urn:uuid:6890eabd-0d7a-d99e-1f70-f0bf66fb159f</id>"
        '<updated>2026-11-26T12:00:00Z</updated><category term="stale"/>'
        "<summary>1 a/b is stale: &lt;gone&gt; &amp; more</summary></entry>",
        "</feed>",
    ]


def test_an_entry_keeps_its_identity_and_no_two_have_the_same() -> None:
    first, second = find(read(alert(1)), "id"), find(read(alert(1), alert(2)), "id")
    assert second[0] == first[0]
    assert second[2] == first[1]
    assert len({*second}) == 3
    assert all(identity.startswith("urn:uuid:") for identity in second)


def test_old_alerts_are_left_out_and_a_feed_may_be_empty() -> None:
    many = find(read(*map(alert, range(MOST_ENTRIES + 5))), "title")
    assert len(many) == MOST_ENTRIES + 1 == 101
    assert many[-1].startswith("5 ")
    assert find(read(), "updated") == ["1970-01-01T00:00:00Z"]
