"""What is wrong with the files of the warehouse. `files` gives the errors to everybody else."""

from collections.abc import Callable

from repo_stats.github.errors import StoreError


class WarehouseError(StoreError):
    """The warehouse cannot be used; the message names the file and the reason in one sentence."""


class InUseError(WarehouseError):
    """Another process holds a lock on a file, and did not release it in time."""


class UnusableFileError(WarehouseError):
    """One file cannot be used, such as a folder of its name; that says nothing of the others."""


def error_kind(error: OSError) -> type[WarehouseError]:
    """The type of the error to raise: whether it says anything of other files."""
    is_of_one_file = isinstance(error, IsADirectoryError | NotADirectoryError | PermissionError)
    return UnusableFileError if is_of_one_file else WarehouseError


def reason_of(error: OSError) -> str:
    """Why a file cannot be used, as a part of a sentence."""
    return error.strerror or str(error).rstrip(".") or type(error).__name__


class IfThere:
    """A context that a file or folder is read in: that there is none is no error.

    Args:
        describe: makes the error to raise of any other one.
    """

    def __init__(self, describe: Callable[[OSError], WarehouseError]) -> None:
        self._describe = describe

    def __enter__(self) -> None:
        """Nothing has to be prepared."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        """Leave the context; an error that says that nothing is there ends here."""
        if isinstance(error, OSError) and not isinstance(
            error, FileNotFoundError | NotADirectoryError
        ):
            raise self._describe(error) from error
        return isinstance(error, OSError)
