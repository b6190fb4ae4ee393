"""The topics of repositories, as GitHub's lists of an organisation's or user's repositories tell.

A pulse leaves topics out. Lists have them, and are read to find new repositories anyway.
"""

from contextlib import suppress

from repo_stats.github.listings import ListingPage
from repo_stats.json_codec import from_json
from repo_stats.warehouse.schemas import REPOSITORY_LISTS
from repo_stats.warehouse.tables import Tables


def read_topics(tables: Tables) -> dict[str, tuple[str, ...]]:
    """The topics of the repositories on stored lists, by their owner/name in lower case.

    What cannot be read is left out: it is read from GitHub again with the next refresh.

    Raises:
        WarehouseError: the file of the lists exists and cannot be opened.
    """
    stored = tables.find(REPOSITORY_LISTS, None, ("content",))
    topics: dict[str, tuple[str, ...]] = {}
    for content in () if stored is None else stored["content"]:
        with suppress(ValueError):
            page = from_json(ListingPage, str(content).encode())
            topics |= {listed.repo.lower(): listed.topics for listed in page.rows}
    return topics
