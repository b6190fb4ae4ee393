"""Working through repositories one by one: an error in one does not stop the others."""

import logging

import pytest

from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.one_by_one import try_each


def refuse_b(repo: str) -> str:
    if repo == "b":
        raise WarehouseError("b cannot be read.")
    return repo.upper()


def test_the_others_go_on_and_the_error_is_given_by_repository() -> None:
    assert try_each("abc", refuse_b) == ({"a": "A", "c": "C"}, {"b": "b cannot be read."})


def test_an_unforeseen_error_is_a_sentence_and_only_the_debug_level_has_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = logging.getLogger("of a step")
    with caplog.at_level(logging.DEBUG, log.name):
        results, errors = try_each("ab", lambda repo: 1 // "ab".index(repo), log)
    assert results == {"b": 1}
    assert errors["a"].startswith("The work on a ended with an error that was not foreseen (Zero")
    assert "Traceback" not in errors["a"]
    [record] = caplog.records
    assert record.levelno == logging.DEBUG
    assert "ZeroDivisionError" in record.getMessage()
    assert "Traceback" in record.getMessage()


def test_an_error_that_the_caller_foresees_is_told_as_it_is() -> None:
    assert try_each("a", lambda _: int("x"), foreseen=(ValueError,))[1]["a"].startswith("invalid")


def test_a_lack_of_memory_ends_it() -> None:
    def exhaust(repo: str) -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        try_each("a", exhaust)
