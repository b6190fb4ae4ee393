"""The index of states: several writers, damage, and files of other versions."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.parquet import from_parquet, to_parquet
from repo_stats.warehouse.states import state_index
from repo_stats.warehouse.states.state_index import FOLDER, StateIndex
from repo_stats_tests.helpers.counted_files import CountedFiles
from repo_stats_tests.helpers.known_states import known_state
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.helpers.stored import KilledError, MortalFiles

ONE, TWO = known_state("a/b"), known_state("c/d", repo_id=2)

CHANGED = replace(ONE, counter=4)


def read(files: Files) -> dict[str, object]:
    return dict(StateIndex(files).read())


def indexes(files: Files) -> list[str]:
    return [f"{FOLDER}/{name}" for name in files.names(FOLDER) if name.endswith(".parquet")]


def test_states_come_back_and_those_of_others_stay(files: Files) -> None:
    assert read(files) == {}
    StateIndex(files).update({"a/b": ONE})
    StateIndex(files).update({"c/d": TWO})
    StateIndex(files).update({"a/b": CHANGED})
    assert read(files) == {"a/b": CHANGED, "c/d": TWO}
    assert len(indexes(files)) == 1


def test_nothing_is_written_for_no_state(files: Files) -> None:
    StateIndex(files).update({})
    assert files.names(FOLDER) == []


def test_the_columns_of_the_index_tell_until_when_rows_hold(files: Files) -> None:
    later = NOW + timedelta(hours=1)
    unseen = replace(TWO, seen_at=None)
    StateIndex(files).update({"c/d": unseen, "a/b": replace(ONE, seen_at=later)})
    [path] = indexes(files)
    table = from_parquet(files.read(path) or b"")
    assert [field.name for field in table.schema if field.nullable] == ["snapshot_at"]
    rows = table.to_pylist()
    told = [(row["repo"], row["version"], row["read_at"], row["snapshot_at"]) for row in rows]
    assert told == [("a/b", 1, NOW, NOW), ("c/d", 1, NOW, None)]


def test_the_times_of_snapshots_are_those_of_the_states_that_have_one(files: Files) -> None:
    later = NOW + timedelta(hours=1)
    StateIndex(files).update(
        {
            "a/b": replace(ONE, seen_at=later, read_at=later),
            "c/d": replace(TWO, seen_at=None),
            "e/f": ONE,
        }
    )
    assert StateIndex(files).snapshot_times() == {"a/b": later, "e/f": NOW}


def test_a_state_that_was_changed_since_it_was_read_is_not_replaced(files: Files) -> None:
    index = StateIndex(files)
    index.update({"a/b": ONE, "c/d": TWO})
    since = index.read()
    index.update({"a/b": CHANGED, "e/f": ONE})
    assert [since.version(repo) for repo in ("a/b", "c/d", "e/f")] == [1, 1, 0]
    index.update({repo: replace(TWO, counter=9) for repo in ("a/b", "c/d", "e/f", "g/h")}, since)
    nine = replace(TWO, counter=9)
    assert read(files) == {"a/b": CHANGED, "c/d": nine, "e/f": ONE, "g/h": nine}
    assert [index.read().version(repo) for repo in ("a/b", "c/d", "g/h")] == [2, 2, 1]


@dataclass(frozen=True)
class BusyFiles(Files):
    """Files that other processes change just before this one first writes."""

    others: list[Callable[[], None]] = field(default_factory=list)

    def write(self, path: str, content: bytes) -> str:
        while self.others:
            self.others.pop()()
        return super().write(path, content)


def test_two_processes_that_write_at_once_lose_no_state_of_different_repositories(
    files: Files,
) -> None:
    StateIndex(files).update({"a/b": ONE})
    other = StateIndex(files)
    busy = BusyFiles(files.root, [lambda: other.update({"c/d": TWO})])
    StateIndex(busy).update({"a/b": CHANGED})
    assert len(indexes(files)) == 2
    assert read(files) == {"a/b": CHANGED, "c/d": TWO}
    other.update({"e/f": TWO})
    assert len(indexes(files)) == 1
    assert read(files) == {"a/b": CHANGED, "c/d": TWO, "e/f": TWO}


@pytest.mark.parametrize("times", [1, 2])
def test_two_processes_that_change_one_state_at_once_leave_one_of_both(
    files: Files, times: int
) -> None:
    StateIndex(files).update({"a/b": ONE})
    others = [replace(ONE, counter=10 + n) for n in range(times)]

    def write_others() -> None:
        for other in others:
            StateIndex(files).update({"a/b": other})

    StateIndex(BusyFiles(files.root, [write_others])).update({"a/b": CHANGED})
    found = read(files)["a/b"]
    assert found in [CHANGED, others[-1]]
    if times == 2:
        assert found == others[-1]  # it has the higher version
    StateIndex(files).update({"c/d": TWO})
    assert read(files)["a/b"] == found


@pytest.mark.parametrize("dies_before", [1, 2, 3])
def test_a_process_that_is_killed_while_it_writes_loses_nothing(
    tmp_path: Path, dies_before: int
) -> None:
    files = Files(str(tmp_path))
    StateIndex(files).update({"a/b": ONE})
    [first] = indexes(files)
    files.write(f"{FOLDER}/other.parquet", files.read(first) or b"")
    with pytest.raises(KilledError):
        StateIndex(MortalFiles(files.root, dies_before)).update({"c/d": TWO})
    stored = {"a/b": ONE} if dies_before == 1 else {"a/b": ONE, "c/d": TWO}
    assert read(files) == stored
    StateIndex(files).update({"a/b": CHANGED})
    assert read(files) == {**stored, "a/b": CHANGED}
    assert len(indexes(files)) == 1


@dataclass(frozen=True)
class FleetingFiles(Files):
    """Files of which another process replaces each index that this one lists first."""

    replaced: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes | None:
        if not self.replaced:
            self.replaced.append(path)
            StateIndex(Files(self.root)).update({"c/d": TWO})
        return super().read(path)


def test_an_index_that_is_replaced_while_it_is_read_is_read_again(files: Files) -> None:
    StateIndex(files).update({"a/b": ONE})
    forget()
    assert read(FleetingFiles(files.root)) == {"a/b": ONE, "c/d": TWO}


def forget() -> None:
    """Let this process be another one than the one that has written so far."""
    state_index._LATEST.clear()


def test_an_index_is_read_once_until_another_process_writes_it(files: Files) -> None:
    StateIndex(files).update({"a/b": ONE})
    counted = CountedFiles(files.root)
    assert read(counted) == {"a/b": ONE}
    assert counted.read_tables == []
    forget()
    assert [read(counted) for _ in range(3)] == [{"a/b": ONE}] * 3
    assert StateIndex(counted).snapshot_times() == {"a/b": NOW}
    assert len(counted.read_tables) == 1
    written = dict(state_index._LATEST)
    StateIndex(Files(files.root)).update({"c/d": TWO})
    state_index._LATEST.update(written)
    assert read(counted) == {"a/b": ONE, "c/d": TWO}
    assert len(counted.read_tables) == 2


def test_a_state_that_is_known_is_not_written_again(files: Files) -> None:
    StateIndex(files).update({"a/b": ONE, "c/d": TWO})
    before = indexes(files)
    StateIndex(files).update({"a/b": ONE})
    assert indexes(files) == before
    assert StateIndex(files).read().version("a/b") == 1
    StateIndex(files).update({"a/b": ONE, "c/d": replace(TWO, counter=TWO.counter + 1)})
    assert indexes(files) != before
    assert [StateIndex(files).read().version(repo) for repo in ("a/b", "c/d")] == [1, 2]


def test_a_damaged_index_says_nothing(files: Files) -> None:
    StateIndex(files).update({"a/b": ONE})
    [name] = indexes(files)
    files.write(name, b"damaged")
    assert read(files) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PAR1 damaged",
        to_parquet(pa.table({"repo": ["a/b"]})),
        to_parquet(pa.table({"repo": ["x/y"], "version": [9], "state": ["{}"]})),
    ],
)
def test_a_damaged_index_counts_as_none_and_is_replaced(files: Files, content: bytes) -> None:
    files.write(f"{FOLDER}/old.parquet", content)
    assert read(files) == {}
    StateIndex(files).update({"a/b": ONE})
    assert read(files) == {"a/b": ONE}
    assert len(indexes(files)) == 1
    files.write(f"{FOLDER}/old.parquet", content)
    assert read(files) == {"a/b": ONE}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"repo": 1}'])
def test_a_state_of_another_version_is_unknown_and_its_neighbour_is_not(
    files: Files, text: str
) -> None:
    StateIndex(files).update({"a/b": ONE, "c/d": TWO})
    [path] = indexes(files)
    rows = from_parquet(files.read(path) or b"")
    place = rows.schema.get_field_index("state")
    texts = [text, rows["state"][1].as_py()]
    spoilt = rows.set_column(place, rows.schema.field(place), pa.array(texts))
    files.write(path, to_parquet(spoilt))
    assert read(files) == {"c/d": TWO}
    assert len(StateIndex(files).read()) == 1
    StateIndex(files).update({"a/b": CHANGED})
    assert read(files) == {"a/b": CHANGED, "c/d": TWO}


def test_what_is_no_index_is_left_alone(files: Files) -> None:
    files.write(f"{FOLDER}/notes.txt", b"mine")
    StateIndex(files).update({"a/b": ONE})
    StateIndex(files).update({"a/b": CHANGED})
    assert read(files) == {"a/b": CHANGED}
    assert files.read(f"{FOLDER}/notes.txt") == b"mine"
