"""The index of page heads: read once, and current whatever is written."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.pages import Page, PageHead, PageKey
from repo_stats_tests.helpers.pages import MemoryStore, head

FIRST, SECOND = PageKey.numbered("a/b", 1), PageKey.numbered("a/b", 2)


def read_index(store: MemoryStore) -> PageIndex:
    """An index that has read the heads of a/b."""
    index = PageIndex(store)
    index.heads("a/b")
    return index


def test_the_heads_of_a_repository_are_read_once_and_those_of_others_not_at_all() -> None:
    store = MemoryStore({FIRST: head(1), PageKey.numbered("c/d", 1): head(1)})
    index = PageIndex(store)
    assert index.head(FIRST) == head(1)
    assert index.head(SECOND) is None
    assert index.heads("a/b") == {FIRST: head(1)}
    assert store.reads == {"a/b": 1}


def test_what_is_written_is_in_the_store_and_in_the_index() -> None:
    store = MemoryStore({FIRST: head(1)})
    index = read_index(store)
    index.write(SECOND, Page(head(2, rows=3), []))
    assert index.heads("a/b") == store.stored == {FIRST: head(1), SECOND: head(2, rows=3)}
    assert store.reads == {"a/b": 1}


def test_a_confirmed_head_is_in_the_store_and_in_the_index() -> None:
    store = MemoryStore({FIRST: head(1)})
    index = read_index(store)
    later = replace(head(1), validated_at=head(1).validated_at + timedelta(hours=1))
    index.confirm(FIRST, head(1), later)
    assert index.head(FIRST) == store.stored[FIRST] == later


def test_a_page_that_another_run_replaced_is_not_confirmed_in_the_store() -> None:
    store = MemoryStore({FIRST: head(1)})
    index = read_index(store)
    store.stored[FIRST] = head(1, rows=7)
    index.confirm(FIRST, head(1), head(1, age=0))
    assert store.stored[FIRST] == head(1, rows=7)


def test_a_deleted_page_is_neither_in_the_store_nor_in_the_index() -> None:
    store = MemoryStore({FIRST: head(1), SECOND: head(2)})
    index = read_index(store)
    index.delete(FIRST)
    assert index.heads("a/b") == store.stored == {SECOND: head(2)}
    index.delete(FIRST)
    assert index.head(FIRST) is None
    assert store.reads == {"a/b": 1}


def test_the_latest_time_of_a_repository_is_that_of_its_page_validated_last() -> None:
    other = PageKey.numbered("c/d", 1)
    store = MemoryStore({FIRST: head(1, age=50), SECOND: head(2, age=20), other: head(1, age=70)})
    latest = PageIndex(store).latest(["c/d", "a/b", "e/f"])
    assert latest == {"a/b": head(1, age=20).validated_at, "c/d": head(1, age=70).validated_at}


def test_heads_that_an_earlier_step_hands_on_are_not_read_again() -> None:
    store = MemoryStore({FIRST: head(1)})
    index = PageIndex(store, {"a/b": {FIRST: head(1, rows=5)}})
    assert index.heads_by_repo(["a/b"]) == {"a/b": {FIRST: head(1, rows=5)}}
    assert store.reads == Counter()


def test_what_is_given_away_does_not_change_with_the_index() -> None:
    index = PageIndex(MemoryStore({}))
    before = index.heads("a/b")
    index.write(FIRST, Page(head(1), []))
    assert before == {}


class MetStore(MemoryStore):
    """A store in which whoever reads heads waits a moment for somebody else who does."""

    def __init__(self, stored: dict[PageKey, PageHead]) -> None:
        super().__init__(stored)
        self._met = Barrier(2)

    def heads(self, repo: str) -> dict[PageKey, PageHead]:
        with suppress(BrokenBarrierError):
            self._met.wait(timeout=0.1)
        return super().heads(repo)


def test_of_two_threads_that_ask_at_once_only_one_reads_the_store() -> None:
    store = MetStore({FIRST: head(1)})
    index = PageIndex(store)
    with ThreadPoolExecutor(2) as threads:
        assert [*threads.map(index.heads, ["a/b", "a/b"])] == [{FIRST: head(1)}] * 2
    assert store.reads == {"a/b": 1}
