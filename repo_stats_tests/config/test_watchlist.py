"""The watchlist: what is accepted, and how everything else is refused."""

from pathlib import Path

import pytest

from repo_stats.config.errors import WatchlistError, quote
from repo_stats.config.marks import MARKS, Mark
from repo_stats.config.repository_names import check_repository_name
from repo_stats.config.watchlist import (
    Watchlist,
    mark_more,
    parse_names,
    parse_watchlist,
    read_watchlist,
)


@pytest.mark.parametrize(
    "name",
    [
        *("PrefectHQ/prefect", "a/b", "octo-org/.github", "x/_", "user_corp/a.b-c_d", "4/2"),
        *("o/n-", "a/git", "a/b.gitx", f"{'a' * 39}/{'b' * 100}"),
    ],
)
def test_names_in_githubs_alphabet_are_accepted(name: str) -> None:
    assert check_repository_name(name, "here") == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "prefect",
        "/",
        "a/",
        "/b",
        "a/b/c",
        "a b/c",
        "a/b c",
        "a/..",
        "../b",
        "a/.",
        "a/b..c",
        "-a/b",
        "a/b.git",
        "a/b|c",
        "a/b,c",
        "a/ü",
        "a/[b]",
        "a/b\n",
        "a" * 40 + "/b",
        "a/" + "b" * 101,
        "a/b.GIT",
        "_a/b",
    ],
)
def test_anything_else_is_refused_with_the_offending_text(name: str) -> None:
    with pytest.raises(WatchlistError) as refusal:
        check_repository_name(name, "watchlist.yaml, line 3")
    assert str(refusal.value) == (
        f"watchlist.yaml, line 3: {quote(name)} is not a repository name; write owner/name, for "
        "example PrefectHQ/prefect."
    )


@pytest.mark.parametrize(
    "address",
    ["https://github.com/a/b", "ssh://a/b", "GitHub.com/a", "git@github.com:a/b", "GIT@host:a/b"],
)
def test_an_address_is_refused_with_the_part_to_write(address: str) -> None:
    with pytest.raises(WatchlistError) as refusal:
        check_repository_name(address, "here")
    assert str(refusal.value) == (
        f"here: '{address}' is an address; write only the owner/name at its end."
    )


def test_a_watchlist_keeps_its_order() -> None:
    assert parse_watchlist("repos:\n  - b/b\n  - a/a\n", "w").repos == ("b/b", "a/a")
    assert parse_watchlist("repos: [b/b, a/a]", "w").repos == ("b/b", "a/a")


EMPTY = "w: the watchlist is empty; write a list of owner/name under `repos:`."

NESTED = "w: this is nested too deeply; write a list of owner/name under `repos:`."

NO_NAME = "is not a repository name; write owner/name, for example PrefectHQ/prefect."

TRUE_OR_FALSE = "write true or false."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        *((text, EMPTY) for text in ("", "repos:", "repos: ~", "repos: []", "# nothing")),
        ("repos:\n  - a/b\n  - oops", f"w, line 3: 'oops' {NO_NAME}"),
        ("repos:\n  - a/b\n  - A/B", "w, line 3: 'A/B' is listed twice."),
        ("repos:\n  - {a: b}", "w, line 2: 'a' is not a setting of a repository."),
        ("repos:\n  - a/b\n  - - c/d", "w, line 3: '- c/d' is not a repository name."),
        (
            "repos:\n  - {history: true}",
            "w, line 2: '{history: true}' has no `repo:`; write its owner/name.",
        ),
        ("repos:\n  - {repo: [a/b]}", "w, line 2: '[a/b]' is not a repository name."),
        ("repos:\n  - {repo: oops}", f"w, line 2: 'oops' {NO_NAME}"),
        ("repos:\n  - {repo: a/b, repo: c/d}", "w, line 2: `repo` is given a second time."),
        ("repos:\n  - {repo: a/b, history: 7}", f"w, line 2: `history` is '7'; {TRUE_OR_FALSE}"),
        ("repos:\n  - {repo: a/b, history: []}", f"w, line 2: `history` is '[]'; {TRUE_OR_FALSE}"),
        (
            "repos:\n  - {repo: a/b, history: 'true'}",
            f"w, line 2: `history` is 'true'; {TRUE_OR_FALSE}",
        ),
        (
            "repos:\n  - {repo: a/b, history: !!bool []}",
            f"w, line 2: `history` is '!!bool []'; {TRUE_OR_FALSE}",
        ),
        (
            "repos:\n  - {repo: a/b, history: !!bool 7}",
            f"w, line 2: `history` is '7'; {TRUE_OR_FALSE}",
        ),
        ("repos: a/b", "w, line 1: 'a/b' stands where a list should."),
        ("\nrepos: {a: b}", "w, line 2: '{a: b}' stands where a list should."),
        ("- a/b\n", "w, line 1: '- a/b' stands where `repos:` should."),
        ("a/b", "w, line 1: 'a/b' stands where `repos:` should."),
        ("repo:\n  - a/b", "w, line 1: 'repo' is not a setting of a watchlist."),
        ("repos: [a/b]\nrepos: [c/d]", "w, line 2: `repos` is given a second time."),
        (
            "repos: [a/b",
            "w, line 1: this is not valid YAML: expected ',' or ']', but got '<stream end>'.",
        ),
        (
            "repos:\n\t- a/b",
            "w, line 2: this is not valid YAML: found character '\\t' that cannot start any token.",
        ),
        (
            "repos: \x00",
            "w: this is not valid YAML: unacceptable character #x0000: special characters are not "
            "allowed.",
        ),
        (
            "repos: \ud800",
            "w: this is not valid YAML: unacceptable character #xd800: special characters are not "
            "allowed.",
        ),
        ('repos: ["\\ud800/b"]', f"w, line 1: '\\ud800/b' {NO_NAME}"),
        ("repos: [" + "x" * 50_000 + "]", f"w, line 1: '{'x' * 80}…' {NO_NAME}"),
        (f"{{{'x' * 1_000}: 1}}", f"w, line 1: '{'x' * 80}…' is not a setting of a watchlist."),
        (
            "[" + "a/b, " * 1_000 + "]",
            f"w, line 1: '[{'a/b, ' * 15}a/b,…' stands where `repos:` should.",
        ),
        (
            "repos: [*" + "x" * 50_000 + "]",
            f"w, line 1: this is not valid YAML: found undefined alias '{'x' * 277}….",
        ),
        ("repos: &a [*a]", "w, line 1: '&a [*a]' is not a repository name."),
        (f"repos: {'[' * 600}{']' * 600}", NESTED),
        ("repos:\n" + "".join(f"{' ' * n}-\n" for n in range(1, 700)), NESTED),
    ],
)
def test_a_malformed_watchlist_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(WatchlistError) as refusal:
        parse_watchlist(text, "w")
    assert str(refusal.value) == sentence
    assert refusal.value.__context__ is None or refusal.value.__suppress_context__


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"repos: [a/b]\n" + b"#" * 10_000)
    assert read_watchlist(path).repos == ("a/b",)
    with path.open("ab") as file:
        file.truncate(50 << 20)
    with pytest.raises(WatchlistError, match=r"huge.yaml: this is larger than 4 MiB"):
        read_watchlist(path)
    with pytest.raises(WatchlistError, match="/dev/zero: this is larger than 4 MiB"):
        read_watchlist(Path("/dev/zero"))


def test_a_file_may_be_as_large_as_the_largest_watchlist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repo_stats.config.watchlist.MOST_BYTES", 100)
    path = tmp_path / "large.yaml"
    path.write_bytes(b"repos: [a/b]\n".ljust(100, b"#"))
    assert read_watchlist(path).repos == ("a/b",)
    path.write_bytes(b"repos: [a/b]\n".ljust(101, b"#"))
    with pytest.raises(WatchlistError, match=r"large.yaml: this is larger"):
        read_watchlist(path)


def test_a_byte_order_mark_is_no_part_of_a_watchlist(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text("repos: [a/b]", encoding="utf-8-sig")
    assert read_watchlist(tmp_path / "w.yaml").repos == ("a/b",)


def test_a_watchlist_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(WatchlistError, match=r"missing.yaml: the watchlist cannot be read \(No su"):
        read_watchlist(tmp_path / "missing.yaml")
    (tmp_path / "latin1.yaml").write_bytes(b"repos: [a/\xfc]")
    with pytest.raises(WatchlistError, match=r"latin1.yaml: the watchlist is not UTF-8 text"):
        read_watchlist(tmp_path / "latin1.yaml")


def test_a_comma_separated_list_ignores_blanks_around_names() -> None:
    assert parse_names(" a/b , c/d,", "REPO_STATS_REPOS") == ("a/b", "c/d")


@pytest.mark.parametrize("text", [",", " , "])
def test_a_comma_separated_list_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(WatchlistError, match="REPO_STATS_REPOS: no repository is listed"):
        parse_names(text, "REPO_STATS_REPOS")


def test_repositories_with_history_are_marked_in_the_list() -> None:
    text = (
        "repos:\n  - a/a\n  - repo: b/b\n    history: true\n  - {repo: c/c, history: no}\n"
        "  - repo: d/d\n"
    )
    watchlist = parse_watchlist(text, "w")
    assert watchlist.repos == ("a/a", "b/b", "c/c", "d/d")
    assert watchlist.history == ("b/b",)


@pytest.mark.parametrize("mark", MARKS)
def test_each_mark_is_read_and_malformed_values_of_it_are_refused(mark: Mark) -> None:
    text = f"repos:\n  - a/a\n  - {{repo: b/b, {mark}: true}}\n  - {{org: acme, {mark}: true}}\n"
    watchlist = parse_watchlist(text, "w")
    assert [other for other in MARKS if watchlist.marked(other)] == [mark]
    assert watchlist.marked(mark) == ("b/b",)
    assert watchlist.sources[0].marks == {mark}
    for entry in ("repo: a/b", "org: acme"):
        with pytest.raises(WatchlistError) as refusal:
            parse_watchlist(f"repos:\n  - {{{entry}, {mark}: perhaps}}", "w")
        assert str(refusal.value) == f"w, line 2: `{mark}` is 'perhaps'; {TRUE_OR_FALSE}"


def test_marks_of_the_list_and_of_the_variable_add_up_whatever_their_case() -> None:
    watchlist = Watchlist(("a/a", "B/b", "c/C", "d/d"), ("c/C",))
    marked = mark_more(watchlist, "history", "b/B, A/A", "here")
    assert marked == Watchlist(watchlist.repos, ("a/a", "B/b", "c/C"))


def test_a_mark_of_a_repository_that_is_not_listed_is_refused() -> None:
    with pytest.raises(WatchlistError) as refusal:
        mark_more(Watchlist(("a/a",)), "history", "a/a,b/b", "REPO_STATS_HISTORY")
    assert str(refusal.value) == (
        "REPO_STATS_HISTORY: 'b/b' is not in the watchlist; add it there first."
    )
