"""Files that count how often they are read."""

from dataclasses import dataclass, field

from repo_stats.warehouse.files import Files


@dataclass(frozen=True)
class CountedFiles(Files):
    """Files that tell what was read of them.

    Attributes:
        read_paths: the files and folders that were looked at, in order.
    """

    read_paths: list[str] = field(default_factory=list)

    @property
    def read_tables(self) -> list[str]:
        """The Parquet files among them."""
        return [path for path in self.read_paths if path.endswith(".parquet")]

    def read(self, path: str) -> bytes | None:
        self.read_paths.append(path)
        return super().read(path)

    def names(self, folder: str) -> list[str]:
        self.read_paths.append(folder)
        return super().names(folder)

    def stamps(self, folder: str) -> dict[str, str]:
        self.read_paths.append(folder)
        return super().stamps(folder)
