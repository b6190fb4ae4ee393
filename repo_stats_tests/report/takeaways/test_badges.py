"""Badges in the format of shields.io."""

import json

import pytest

from repo_stats.report.takeaways.badges import BADGES, make_badges, shorten_number

NUMBERS = {"stars": 12_159, "forks": 0, "open_issues": 591, "open_pull_requests": 1_000}


def test_each_number_has_a_badge_that_shields_io_can_show() -> None:
    badges = {name: json.loads(content) for name, content in make_badges(NUMBERS).items()}
    assert tuple(badges) == BADGES
    assert {(badge["label"], badge["message"]) for badge in badges.values()} == {
        ("stars", "12.1k"),
        ("forks", "0"),
        ("open issues", "591"),
        ("open pull requests", "1k"),
    }
    for badge in badges.values():
        assert set(badge) == {"schemaVersion", "label", "message", "color"}
        assert badge["schemaVersion"] == 1
        assert len(badge["color"]) == 6


@pytest.mark.parametrize(
    ("number", "short"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1k"),
        (1_099, "1k"),
        (1_100, "1.1k"),
        (99_999, "99.9k"),
        (100_500, "100k"),
        (999_999, "999k"),
        (1_000_000, "1M"),
        (2_550_000, "2.5M"),
        (3_100_000_000, "3.1G"),
    ],
)
def test_a_number_is_shortened_and_never_rounded_up(number: int, short: str) -> None:
    assert shorten_number(number) == short
