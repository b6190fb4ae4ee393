"""Which authors count as bots."""

import pytest

from repo_stats.metrics.bots import mark_bots
from repo_stats_tests.helpers.items import item, items


@pytest.mark.parametrize(
    ("login", "bots", "is_bot"),
    [
        ("ada", (), False),
        ("dependabot[bot]", (), True),
        ("K8s-CI-Robot", ("k8s-ci-robot",), True),
        ("k8s-ci-robot-2", ("k8s-ci-robot",), False),
        ("my-k8s-ci-robot", ("k8s-ci-robot",), False),
        ("k8s-any-robot", ("bors", "k8s-*-robot"), True),
        ("k8s-robot", ("k8s-*-robot",), False),
        ("bot1", ("bot?",), True),
        ("bot12", ("bot?",), False),
        ("renovateb", ("renovate[bot]",), False),
        ("a-c", ("a.c",), False),
    ],
)
def test_a_login_is_that_of_a_bot_if_a_name_or_pattern_is_the_whole_of_it_in_any_case(
    login: str, bots: tuple[str, ...], is_bot: bool
) -> None:
    marked = mark_bots(items(item(1, 1, user=login)), bots)
    assert marked["is_bot"].tolist() == [is_bot]


def test_earlier_marks_do_not_count_and_types_do() -> None:
    rows = items(
        item(1, 1, is_bot=True),
        item(2, 2, user_type="Bot", is_bot=None),
        item(3, 2, user_type="Mannequin", is_bot=None),
    )
    assert mark_bots(rows, ())["is_bot"].tolist() == [False, True, False]
    assert mark_bots(rows[:0], ("ada",))["is_bot"].tolist() == []
