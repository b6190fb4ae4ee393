"""The alerts as a feed: Atom, https://www.rfc-editor.org/rfc/rfc4287."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any
from xml.sax.saxutils import escape

FEED = "feed.xml"

MOST_ENTRIES = 100

_TITLE = "repo_stats"


def make_feed(alerts: Sequence[Mapping[str, Any]]) -> bytes:
    """The feed.

    Args:
        alerts: rows of the table `alerts`, the latest last. Their texts have no control characters.
    """
    latest = list(reversed(alerts[-MOST_ENTRIES:]))
    updated = latest[0]["alerted_at"] if latest else datetime(1970, 1, 1, tzinfo=timezone.utc)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<title>{_TITLE}: what happened to the watched repositories</title>",
        f"<id>{_make_id('feed')}</id>",
        f"<updated>{_to_text(updated)}</updated>",
        f"<author><name>{_TITLE}</name></author>",
        '<link rel="alternate" type="text/html" href="index.html"/>',
        *map(_make_entry, latest),
        "</feed>",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _make_entry(alert: Mapping[str, Any]) -> str:
    moment = _to_text(alert["alerted_at"])
    identity = _make_id(f"{moment} {alert['run_id']} {alert['text']}")
    summary = alert["reason"] or alert["text"]
    return (
        f"<entry><title>{escape(alert['text'])}</title><id>{identity}</id>"
        f'<updated>{moment}</updated><category term="{escape(alert["kind"])}"/>'
        f"<summary>{escape(summary)}</summary></entry>"
    )


def _make_id(text: str) -> str:
    """An identifier that stays the same for the same text."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    parts = (digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32])
    return f"urn:uuid:{'-'.join(parts)}"


def _to_text(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
