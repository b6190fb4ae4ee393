"""Bots in the watchlist and in the environment."""

from pathlib import Path

import pytest

from repo_stats.config.bots import DEFAULT_BOTS, check_bot, join_bots
from repo_stats.config.errors import WatchlistError
from repo_stats.config.settings import load_settings
from repo_stats.config.watchlist import parse_watchlist
from repo_stats.config.watchlist_edits import NewEntry, add_entries, remove_repositories

REFUSED = (
    "is neither the login of a bot nor a pattern of logins; write letters, digits and hyphens, "
    "with * for any characters, as in k8s-*-robot."
)


@pytest.mark.parametrize("text", ["bors", "K8s-*-robot", "bot?", "emu_bot", "renovate[bot]", "1"])
def test_logins_and_patterns_are_kept_in_lower_case(text: str) -> None:
    assert check_bot(text, "w") == text.lower()


@pytest.mark.parametrize(
    "text", ["", "*", "?*-", "a b", "a/b", "[a-z]*", "b\u00f6t", "[bot]", "x" * 101]
)
def test_what_is_no_login_or_would_be_everybody_is_refused(text: str) -> None:
    with pytest.raises(WatchlistError) as error:
        check_bot(text, "w, line 1")
    assert str(error.value).startswith("w, line 1: ")
    assert str(error.value).endswith(REFUSED)


@pytest.mark.parametrize(
    ("text", "bots"),
    [
        ("repos: [a/b]", ()),
        ("repos: [a/b]\nbots: []", ()),
        ("bots: [Bors, 'acme-*']\nrepos: [a/b]", ("bors", "acme-*")),
        ("repos: [a/b]\nbots:\n  - 42 # a login of digits\n", ("42",)),
    ],
)
def test_a_watchlist_may_name_bots_beside_its_repositories(
    text: str, bots: tuple[str, ...]
) -> None:
    found = parse_watchlist(text, "w")
    assert (found.repos, found.bots) == (("a/b",), bots)


@pytest.mark.parametrize(
    ("bots", "sentence"),
    [
        ("", "w, line 2: `bots` is ''; write a list in brackets, or leave it out."),
        ("bors", "w, line 2: `bots` is 'bors'; write a list in brackets, or leave it out."),
        ("[[a]]", "w, line 2: '[a]' stands in `bots` where a text should."),
        ("[ok, a/b]", f"w, line 2: 'a/b' {REFUSED}"),
        ("[a]\nbots: [b]", "w, line 3: `bots` is given a second time."),
    ],
)
def test_a_malformed_list_of_bots_is_refused_with_its_line(bots: str, sentence: str) -> None:
    with pytest.raises(WatchlistError) as error:
        parse_watchlist(f"repos: [a/b]\nbots: {bots}", "w")
    assert str(error.value) == sentence


def test_bots_of_file_and_environment_add_to_the_well_known_ones(tmp_path: Path) -> None:
    file = tmp_path / "watchlist.yaml"
    file.write_text("repos: [a/b]\nbots: [acme-*]")
    environ = {"REPO_STATS_WATCHLIST": str(file)}
    assert load_settings(environ).bots == join_bots(DEFAULT_BOTS, ["acme-*"])
    both = load_settings({**environ, "REPO_STATS_BOTS": " Zed , bors,"})
    assert set(both.bots) - set(DEFAULT_BOTS) == {"acme-*", "zed"}
    assert both.bots == tuple(sorted(both.bots))
    with pytest.raises(WatchlistError, match="REPO_STATS_BOTS: 'a b' is neither"):
        load_settings({**environ, "REPO_STATS_BOTS": "zed,a b"})


def test_the_well_known_bots_could_stand_in_a_watchlist() -> None:
    assert len(DEFAULT_BOTS) == len(set(DEFAULT_BOTS)) > 30
    assert [check_bot(bot, "here") for bot in DEFAULT_BOTS] == list(DEFAULT_BOTS)


@pytest.mark.parametrize(
    "text", ["repos:\n  - a/b\nbots: [bors]\n", "bots:\n  - bors\nrepos:\n  - a/b\n"]
)
def test_repositories_are_added_and_removed_beside_bots(text: str) -> None:
    longer = add_entries(text, [NewEntry("repo", "c/d")], "w")
    found = parse_watchlist(longer, "w")
    assert (found.repos, found.bots) == (("a/b", "c/d"), ("bors",))
    assert remove_repositories(longer, ["c/d"], "w") == text
