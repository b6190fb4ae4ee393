"""Attempts: how soon one request is sent again, and when a limit is about it alone."""

import pytest

from repo_stats.github.auth.credentials import Token
from repo_stats.github.http.attempts import Attempts

FIRST, SECOND = Token("one"), Token("two")


def test_there_are_two_quick_retries_and_no_two_steps_retry_together() -> None:
    delays = [Attempts().delays for _ in range(200)]
    assert {len(each) for each in delays} == {2}
    for number, (shortest, longest) in enumerate([(0.375, 0.625), (0.75, 1.25)]):
        seconds = sorted(each[number] for each in delays)
        assert shortest <= seconds[0] < seconds[-1] <= longest
        assert len(set(seconds)) > 100


def test_a_token_is_refused_for_the_first_time_once() -> None:
    attempts = Attempts()
    refused = [attempts.refuse(token) for token in (FIRST, SECOND, None, FIRST, SECOND, None)]
    assert refused == [True, True, True, False, False, False]


@pytest.mark.parametrize(
    ("stops", "ends"),
    [
        ([(FIRST, 0)] * 9, []),
        ([(FIRST, 0), (FIRST, 1), (FIRST, 1), (FIRST, 1), (FIRST, 1)], [4]),
        ([(FIRST, 3), (FIRST, 3), (FIRST, 3), (FIRST, 3), (FIRST, 4)], [4]),
        ([(FIRST, 0)] * 5 + [(FIRST, 1)], [5]),
        ([(FIRST, 0), (FIRST, 1), (FIRST, 2), (SECOND, 3), (FIRST, 4), (FIRST, 5)], [5]),
        ([(None, 2), (None, 3), (None, 4), (None, 5)], []),
    ],
    ids=[
        "while no other request passes",
        "others passed early",
        "others passed late",
        "others passed after five stops",
        "each token is counted by itself",
        "four stops are too few",
    ],
)
def test_a_limit_is_about_one_request_only_if_it_stops_that_often_and_lets_others_pass(
    stops: list[tuple[Token | None, int]], ends: list[int]
) -> None:
    attempts = Attempts()
    told = [attempts.stop(token, answers) for token, answers in stops]
    assert [number for number, is_alone in enumerate(told) if is_alone] == ends
