"""Which repositories of a list its entry in the watchlist brings in, and why not the others."""

from collections import Counter
from collections.abc import Iterable

from repo_stats.config.list_sources import ListSource
from repo_stats.config.repository_names import is_repository_name, matches
from repo_stats.github.listings import ListedRepository


def find_obstacle(entry: ListSource, listed: ListedRepository) -> str | None:
    """Why an entry does not bring in a repository of its list, in a few words; None if it does."""
    if not is_repository_name(listed.repo):
        return "no table can have its name"
    for pattern in entry.exclude:
        if matches(listed.repo, pattern):
            return f"excluded by {pattern}"
    if listed.is_archived and not entry.archived:
        return "archived"
    if listed.is_fork and not entry.forks:
        return "a fork"
    return (
        _judge_visibility(entry, listed)
        or _judge_topics(entry, listed)
        or (f"below {entry.min_stars} stars" if listed.stars < entry.min_stars else None)
    )


def count_obstacles(entry: ListSource, listed: Iterable[ListedRepository]) -> str:
    """Why an entry brings in nothing: `5 archived, 7 a fork`."""
    found = Counter(obstacle for row in listed if (obstacle := find_obstacle(entry, row)))
    return ", ".join(f"{count} {obstacle}" for obstacle, count in found.most_common())


def _judge_visibility(entry: ListSource, listed: ListedRepository) -> str | None:
    is_public = listed.visibility == "public"
    if entry.visibility == "public" and not is_public:
        return "not public"
    return "public" if entry.visibility == "private" and is_public else None


def _judge_topics(entry: ListSource, listed: ListedRepository) -> str | None:
    topics = {topic.lower() for topic in listed.topics}
    if entry.topics and topics.isdisjoint(entry.topics):
        return f"without {'the topic' if len(entry.topics) == 1 else 'any of the topics'} " + (
            ", ".join(entry.topics)
        )
    unwanted = [topic for topic in entry.exclude_topics if topic in topics]
    return f"with the topic {unwanted[0]}" if unwanted else None
