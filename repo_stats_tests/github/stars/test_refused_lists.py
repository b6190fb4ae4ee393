"""Lists of stars that no repository has: each is refused in a sentence."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from repo_stats.github.errors import ContradictoryError, EndlessListError
from repo_stats.github.stars import reader
from repo_stats.github.stars.reader import StarSource
from repo_stats_tests.helpers.star_sources import ask

Body = list[dict[str, Any]]


def pages(make: Callable[[int], Body], count: Any = None) -> httpx.MockTransport:
    """Answers with made pages of weeks, and with a counter."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/count"):
            return httpx.Response(200, json={"count": count})
        return httpx.Response(200, json=make(int(request.url.params["page"])))

    return httpx.MockTransport(answer)


def full_page(number: int) -> Body:
    """A page of 30 weeks without a star."""
    newest = 1_795_305_600 - (number - 1) * 30 * 604_800
    return [{"week": newest - place * 604_800, "total": 0, "days": [0] * 7} for place in range(30)]


SOURCE = StarSource("acme/a", 7, 0, None, lambda: None)


def test_a_week_that_moves_to_the_next_page_while_they_are_read_is_refused() -> None:
    moved = [[], full_page(1), [*full_page(1)[-1:], *full_page(2)[:-1]]]
    shifted = pages(moved.__getitem__)
    with pytest.raises(ContradictoryError, match=r"the week of .* is there twice"):
        ask(shifted, replace(SOURCE, known=None))


def test_a_list_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_PAGES", 3)
    with pytest.raises(EndlessListError, match=r"stars of acme/a has more than 90 weeks"):
        ask(pages(full_page), SOURCE)


def test_an_empty_list_is_believed_only_of_a_repository_without_stars() -> None:
    empty = pages(lambda _: [])
    assert ask(empty, SOURCE).days == {}
    with pytest.raises(ContradictoryError) as raised:
        ask(empty, replace(SOURCE, counter=9))
    assert str(raised.value).startswith(
        "GitHub's list of the stars of acme/a is empty, and its counter says 9. What is stored"
    )


def test_a_counter_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ContradictoryError, match=r"acme/a cannot be read \('count' is a text\)"):
        ask(pages(lambda _: full_page(1)[:9], count="9"), replace(SOURCE, counter=9))
