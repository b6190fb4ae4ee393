"""Files that cannot be used: each error is one sentence with the file, the reason and its kind."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, NoReturn

import pytest
from filelock import FileLock

from repo_stats.warehouse import locks as locks_module
from repo_stats.warehouse.files import Files, InUseError, UnusableFileError, WarehouseError


def lock(files: Files) -> None:
    with files.locked("t/n"):
        pass


CHECK = "Check REPO_STATS_WAREHOUSE"

OPERATIONS: dict[str, tuple[str, Callable[[Files], object], str]] = {
    "read": ("read_bytes", lambda files: files.read("t/n"), "n cannot be read ({})."),
    "open": ("open", lambda files: files.open("t/n"), "n cannot be read ({})."),
    "exists": ("stat", lambda files: files.exists("t/n"), "n cannot be read ({})."),
    "write": (
        "replace",
        lambda files: files.write("t/n", b""),
        f"n cannot be written ({{}}); what was stored before is unchanged. {CHECK}, its "
        "permissions and its free space.",
    ),
    "lock": ("mkdir", lock, f"n cannot be locked ({{}}). {CHECK} and its permissions."),
    "delete": ("unlink", lambda files: files.delete("t/n"), "n cannot be removed ({})."),
    "same": ("samefile", lambda files: files.is_same_file("t/n", "o"), "n cannot be read ({})."),
    "names": ("iterdir", lambda files: files.names("t/n"), "n cannot be listed ({})."),
}
"""What can be done with a file: the method of a path that does it, and how an error is told."""

REMOTE = [name for name in OPERATIONS if name not in ("lock", "same")]
"""Without what needs no request."""

BROKEN = OSError(5, "Input/output error")


def failing(error: OSError) -> Callable[..., NoReturn]:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


class BrokenStorage:
    """A file system on which everything fails."""

    def __init__(self, error: OSError) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        return failing(self._error)


def storage_with(error: OSError) -> Files:
    class BrokenFiles(Files):
        @property
        def filesystem(self) -> Any:
            return BrokenStorage(error)

    return BrokenFiles("s3://bucket")


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_error_of_the_disk_is_told_with_the_file_and_the_reason(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method, use, sentence = OPERATIONS[name]
    monkeypatch.setattr(Path, method, failing(BROKEN))
    with pytest.raises(WarehouseError) as raised:
        use(Files(str(tmp_path)))
    assert str(raised.value) == f"{tmp_path}/t/{sentence.format('Input/output error')}"
    assert type(raised.value) is WarehouseError


@pytest.mark.parametrize("name", REMOTE)
def test_an_error_of_other_storage_is_told_in_the_same_words(name: str) -> None:
    _, use, sentence = OPERATIONS[name]
    with pytest.raises(WarehouseError) as raised:
        use(storage_with(BROKEN))
    assert str(raised.value) == f"s3://bucket/t/{sentence.format('Input/output error')}"
    assert type(raised.value) is WarehouseError


@pytest.mark.parametrize(
    ("name", "error"),
    [
        *product(["read", "open", "exists", "write"], [IsADirectoryError, PermissionError]),
        ("write", NotADirectoryError),
    ],
)
def test_an_error_of_one_file_says_nothing_of_the_others(name: str, error: type[OSError]) -> None:
    _, use, sentence = OPERATIONS[name]
    with pytest.raises(UnusableFileError) as raised:
        use(storage_with(error()))
    assert str(raised.value) == f"s3://bucket/t/{sentence.format(error.__name__)}"


@pytest.mark.parametrize("error", [FileNotFoundError(), NotADirectoryError()])
def test_what_is_not_there_is_no_error(
    error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for method in ("read_bytes", "open", "samefile", "iterdir", "stat"):
        monkeypatch.setattr(Path, method, failing(error))
    for files in (Files(str(tmp_path)), storage_with(error)):
        assert files.read("t/n") is None
        assert files.open("t/n") is None
        assert not files.exists("t/n")
        assert files.names("t") == []
        assert not files.is_same_file("t/n", "t/o")


def test_a_file_in_the_way_is_not_removed_as_if_it_were_not_there() -> None:
    with pytest.raises(WarehouseError, match=r"n cannot be removed \(NotADirectoryError\)"):
        storage_with(NotADirectoryError()).delete("t/n")
    storage_with(FileNotFoundError()).delete("t/n")


@pytest.mark.parametrize("wait", [0.0, 0.02])
def test_who_waits_for_a_lock_in_vain_is_told_what_to_look_for(tmp_path: Path, wait: float) -> None:
    files = Files(str(tmp_path))
    with (
        files.locked("t/n"),
        pytest.raises(InUseError) as raised,
        files.locked("t/n", wait),
    ):
        pass
    assert str(raised.value) == (
        f"{tmp_path}/t/n is in use by another process, which did not release it within 0 seconds; "
        f"find the process that holds {tmp_path}/t/.n.lock."
    )


def test_a_lock_is_released_after_an_error_and_other_storage_has_none(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks: list[FileLock] = []

    class KeptLock(FileLock):
        def acquire(self, *arguments: Any, **options: Any) -> Any:
            locks.append(self)
            return super().acquire(*arguments, **options)

    monkeypatch.setattr(locks_module, "FileLock", KeptLock)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), files.locked("t/n", 0.0):
            raise ZeroDivisionError
    assert [lock.is_locked for lock in locks] == [False] * (2 if files.is_local else 0)
    if not files.is_local:
        with files.locked("t/n", 0.0), files.locked("t/n", 0.0):
            assert files.names("t") == []


def test_files_of_this_machine_may_have_an_address(tmp_path: Path) -> None:
    files = Files(f"file://{tmp_path}/")
    files.write("t/n", b"1")
    assert (tmp_path / "t" / "n").read_bytes() == b"1"
    assert files.is_local
    assert files.exists("t/n")
    assert files.uri("t/n") == f"file://{tmp_path}/t/n"
    assert not Files("s3://bucket").is_local


def test_two_paths_are_one_file_if_they_lead_there(files: Files, tmp_path: Path) -> None:
    files.write("t/n", b"1")
    assert files.is_same_file("t/n", "t/n")
    assert not files.is_same_file("t/n", "t/o")
    files.write("t/o", b"1")
    assert not files.is_same_file("t/n", "t/o")
    if files.is_local:
        (tmp_path / "t" / "link").symlink_to(tmp_path / "t" / "n")
        assert files.is_same_file("t/n", "t/link")


def test_what_other_processes_write_is_seen_because_no_listing_is_remembered() -> None:
    assert Files("memory://listings").filesystem.dircache.use_listings_cache is False


def test_whether_there_is_a_file_can_be_asked_of_any_storage(files: Files) -> None:
    assert not files.exists("t/n")
    files.write("t/n", b"1")
    files.write("t/m", b"1")
    assert files.exists("t/n")
    assert files.names("t") == ["m", "n"]


def test_a_storage_that_is_not_installed_is_told_with_the_reason() -> None:
    with pytest.raises(WarehouseError) as raised:
        Files("nowhere://bucket").read("x")
    assert str(raised.value) == (
        "REPO_STATS_WAREHOUSE is 'nowhere://bucket', which cannot be reached (Protocol not known: "
        "nowhere)."
    )
