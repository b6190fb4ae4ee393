"""What the files of a table were made of, so that only those are made again that changed.

It is kept in one small file for all repositories. If that is lost or damaged, or two processes
write it at once, some files are made again, with the same rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from repo_stats.json_codec import hash_json, to_json
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.json_files import find_json
from repo_stats.warehouse.schemas import TableSchema
from repo_stats.warehouse.table_stamps import list_table_stamps

FOLDER = "made_of"


@dataclass(frozen=True)
class MadeOf:
    """The record of one table.

    Attributes:
        files: of the warehouse.
        schema: the table.
        inputs: the tables that each of its files is made from; of each, the same repository's.
        version: of what else its rows depend on, such as the code.
    """

    files: Files
    schema: TableSchema
    inputs: Sequence[TableSchema]
    version: str

    def describe_inputs(self, repos: Iterable[str]) -> dict[str, str]:
        """What the files of repositories would be made of now.

        Ask before the inputs are read: what changes after that is then noticed the next time.

        Returns:
            A text for each repository, which differs if an input was written again.

        Raises:
            WarehouseError: a folder exists and cannot be listed.
        """
        stamps = list_table_stamps(self.files, self.inputs, repos)
        return {
            repo: hash_json([self.version, sorted(of_repo.items())])
            for repo, of_repo in stamps.items()
        }

    def find_unchanged(self, described: Mapping[str, str]) -> set[str]:
        """The repositories whose files are as they were made, and were made of the same inputs.

        Args:
            described: see `describe_inputs`.

        Raises:
            WarehouseError: a folder exists and cannot be listed, or the record cannot be read.
        """
        kept, stamps = self._read(), self._list_own(described)
        return {
            repo
            for repo, source in described.items()
            if repo in stamps and kept.get(repo) == (source, stamps[repo])
        }

    def keep(self, described: Mapping[str, str]) -> None:
        """Record what the files of repositories were made of, after they were written.

        Args:
            described: what `describe_inputs` told of these repositories before.

        Raises:
            WarehouseError: a folder exists and cannot be listed, or the record cannot be written.
        """
        stamps = self._list_own(described)
        made = {repo: (source, stamps.get(repo, "")) for repo, source in described.items()}
        if made:
            self.files.write(self._path, to_json({**self._read(), **made}))

    @property
    def _path(self) -> str:
        return f"{FOLDER}/{self.schema.name}.json"

    def _read(self) -> dict[str, tuple[str, str]]:
        return find_json(self.files, self._path, dict[str, tuple[str, str]]) or {}

    def _list_own(self, repos: Iterable[str]) -> dict[str, str]:
        stamps = list_table_stamps(self.files, [self.schema], repos)
        return {
            repo: of_repo[self.schema.name]
            for repo, of_repo in stamps.items()
            if self.schema.name in of_repo
        }
