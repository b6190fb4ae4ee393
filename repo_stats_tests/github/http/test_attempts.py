"""What became of one request: when it is sent again, and when a limit is about it alone."""

import pytest

from repo_stats.github.auth.credentials import Token
from repo_stats.github.http.attempts import MOST_STOPS, QUICK_RETRIES, Attempts

FIRST, SECOND = Token("one", "first"), Token("two", "second")


def test_each_request_has_two_quick_retries_the_second_one_later() -> None:
    drawn = [Attempts().delays for _ in range(50)]
    assert [len(delays) for delays in drawn] == [QUICK_RETRIES] * 50
    assert QUICK_RETRIES == 2
    firsts, seconds = zip(*drawn, strict=True)
    assert 0.375 <= min(firsts) < max(firsts) <= 0.625
    assert 0.75 <= min(seconds) < max(seconds) <= 1.25


def test_only_the_first_refusal_of_each_token_is_looked_at_again() -> None:
    attempts = Attempts()
    refused = [attempts.refuse(token) for token in (FIRST, SECOND, FIRST, None, SECOND, None)]
    assert refused == [True, True, False, True, False, False]
    assert Attempts().refuse(FIRST)


def stops(*answers: int, token: Token | None = FIRST) -> list[bool]:
    """Whether each stop ends it, with so many answers of others before each of them."""
    attempts = Attempts()
    return [attempts.stop(token, count) for count in answers]


@pytest.mark.parametrize(
    ("answers", "ended"),
    [
        ((0, 0, 0, 0, 0, 0), [False] * 6),
        ((7, 7, 7, 7, 7, 7), [False] * 6),
        ((0, 1, 1, 1, 1, 1), [False] * 4 + [True] * 2),
        ((0, 0, 0, 0, 1), [False] * 4 + [True]),
        ((0, 0, 0, 0, 0, 0, 1), [False] * 6 + [True]),
        ((0, 9, 9, 9), [False] * 4),
    ],
)
def test_a_limit_is_about_one_request_alone_if_it_stops_it_five_times_and_lets_others_pass(
    answers: tuple[int, ...], ended: list[bool]
) -> None:
    assert stops(*answers) == ended
    assert MOST_STOPS == 5


def test_the_stops_of_each_token_are_counted_by_themselves() -> None:
    attempts = Attempts()
    tokens = [FIRST, SECOND] * 4 + [FIRST]
    assert [attempts.stop(token, count) for count, token in enumerate(tokens)] == [
        *[False] * 8,
        True,
    ]
