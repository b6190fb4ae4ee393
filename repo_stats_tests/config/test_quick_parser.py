"""A watchlist is read by the parser in C, and only a malformed one by the slow one as well."""

from typing import Any

import pytest
import yaml

from repo_stats.config.errors import WatchlistError
from repo_stats.config.watchlist import parse_watchlist


def test_a_watchlist_that_is_fine_is_read_by_the_quick_parser_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaders: list[object] = []
    compose = yaml.compose

    def note(text: str, Loader: Any) -> yaml.Node | None:  # noqa: N803 - PyYAML calls it so
        loaders.append(Loader)
        return compose(text, Loader=Loader)

    monkeypatch.setattr(yaml, "compose", note)
    assert parse_watchlist("repos: [quick/one, {org: quick}]", "w").repos == ("quick/one",)
    assert loaders == [getattr(yaml, "CSafeLoader", yaml.SafeLoader)]
    with pytest.raises(WatchlistError, match=r"w, line 1: '\[nested, list\]' is not a repository"):
        parse_watchlist("repos: [quick/two, [nested, list]]", "w")
    assert loaders[-1] is yaml.SafeLoader
