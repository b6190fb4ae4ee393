"""The heads of stored pages, in memory: a step reads each once, and keeps it current.

The proof of a list, the planning of a refresh and the choice of windows all need heads, many times.
On object storage each of these reads would be a request.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from threading import Lock

from repo_stats.github.issues.pages import Page, PageHead, PageKey, PageStore


class PageIndex:
    """The heads of a store's pages, by repository.

    Every write goes through to the store. The store still compares the head that was sent with the
    one it holds, because another run may have replaced the page since it was indexed.

    Args:
        store: where the pages are kept.
        known: heads that need not be loaded, by repository: an earlier step has read them all.
    """

    def __init__(
        self, store: PageStore, known: Mapping[str, Mapping[PageKey, PageHead]] | None = None
    ) -> None:
        self._store = store
        self._heads = {repo: dict(heads) for repo, heads in (known or {}).items()}
        self._loading = Lock()

    def heads(self, repo: str) -> dict[PageKey, PageHead]:
        """The heads of a repository's pages."""
        return dict(self._load(repo))

    def head(self, key: PageKey) -> PageHead | None:
        """The head of a page; None if there is no such page."""
        return self._load(key.repo).get(key)

    def heads_by_repo(self, repos: Iterable[str]) -> dict[str, dict[PageKey, PageHead]]:
        """The heads of several repositories, to hand on to a later step."""
        return {repo: self.heads(repo) for repo in repos}

    def latest(self, repos: Iterable[str]) -> dict[str, datetime]:
        """When a page of each repository that has pages was validated last (UTC)."""
        times = {repo: [head.validated_at for head in self._load(repo).values()] for repo in repos}
        return {repo: max(validated) for repo, validated in times.items() if validated}

    def write(self, key: PageKey, page: Page) -> None:
        """Replace a page in the store and its head here."""
        self._store.write(key, page)
        self._put(key, page.head)

    def confirm(self, key: PageKey, sent: PageHead, confirmed: PageHead) -> None:
        """Give a page's head later times, in the store and here."""
        self._store.confirm(key, sent, confirmed)
        self._put(key, confirmed)

    def delete(self, key: PageKey) -> None:
        """Remove a page from the store and its head from here."""
        self._store.delete(key)
        self._load(key.repo).pop(key, None)

    def _put(self, key: PageKey, head: PageHead) -> None:
        self._load(key.repo)[key] = head

    def _load(self, repo: str) -> dict[PageKey, PageHead]:
        """The heads of a repository, read from the store if they are not here yet.

        Several threads write pages. Without the lock two of them could load the same repository,
        and the slower one would undo what the other has put there since.
        """
        with self._loading:
            if repo not in self._heads:
                self._heads[repo] = self._store.heads(repo)
            return self._heads[repo]
