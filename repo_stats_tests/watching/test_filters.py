"""Which repositories an entry brings in, and why not the others."""

from dataclasses import replace
from typing import Any

import pytest

from repo_stats.config.list_sources import ListSource
from repo_stats.github.listings import ListedRepository
from repo_stats.watching.filters import count_obstacles, find_obstacle

ORG = ListSource("org", "acme")

ROW = ListedRepository("acme/rocket", 1, stars=10, topics=("A", "b"))


@pytest.mark.parametrize(
    ("entry", "row", "obstacle"),
    [
        ({}, {}, None),
        ({}, {"is_archived": True}, "archived"),
        ({"archived": True}, {"is_archived": True}, None),
        ({"archived": True}, {}, None),
        ({}, {"is_fork": True}, "a fork"),
        ({"forks": True}, {"is_fork": True}, None),
        ({"forks": True}, {}, None),
        ({}, {"visibility": "private"}, None),
        ({"visibility": "public"}, {"visibility": "private"}, "not public"),
        ({"visibility": "public"}, {"visibility": "internal"}, "not public"),
        ({"visibility": "public"}, {}, None),
        ({"visibility": "private"}, {}, "public"),
        ({"visibility": "private"}, {"visibility": "internal"}, None),
        ({"min_stars": 10}, {}, None),
        ({"min_stars": 11}, {}, "below 11 stars"),
        ({"topics": ("a", "z")}, {}, None),
        ({"topics": ("z",)}, {}, "without the topic z"),
        ({"topics": ("y", "z")}, {}, "without any of the topics y, z"),
        ({"exclude_topics": ("z", "b")}, {}, "with the topic b"),
        ({"exclude_topics": ("z",)}, {}, None),
        ({"topics": ("a",), "exclude_topics": ("b",)}, {}, "with the topic b"),
        ({"exclude": ("acme/Rocket",)}, {}, "excluded by acme/Rocket"),
        ({"exclude": ("acme/x", "acme/r*")}, {"is_fork": True}, "excluded by acme/r*"),
        ({"exclude": ("acme/rock",)}, {}, None),
        ({}, {"repo": "acme/a..b"}, "no table can have its name"),
    ],
)
def test_an_entry_brings_in_what_its_filters_let_through(
    entry: dict[str, Any], row: dict[str, Any], obstacle: str | None
) -> None:
    assert find_obstacle(replace(ORG, **entry), replace(ROW, **row)) == obstacle


def test_obstacles_are_counted_the_most_common_first() -> None:
    rows = [replace(ROW, is_fork=True), *[replace(ROW, is_archived=True)] * 2, ROW]
    assert count_obstacles(ORG, rows) == "2 archived, 1 a fork"
