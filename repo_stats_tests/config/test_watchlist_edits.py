"""Changes to the text of a watchlist leave all else as it was."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from repo_stats.config.errors import WatchlistError
from repo_stats.config.marks import MARKS
from repo_stats.config.watchlist import parse_watchlist
from repo_stats.config.watchlist_edits import NewEntry, add_entries, remove_repositories

SOURCE = "watchlist.yaml"
NEW = NewEntry("repo", "acme/new")

SOME_MARKS = [(), ("history",), ("traffic",), MARKS]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "repos:\n  - acme/new\n"),
        ("# mine", "# mine\nrepos:\n  - acme/new\n"),
        ("---\n", "---\nrepos:\n  - acme/new\n"),
        ("repos:", "repos:\n  - acme/new"),
        ("repos: # none yet\n\n# end\n", "repos: # none yet\n  - acme/new\n\n# end\n"),
        ("repos: null\n", "repos: \n  - acme/new\n"),
        ("repos: []\n", "repos: [acme/new]\n"),
        ("repos: [\n]\n", "repos: [acme/new\n]\n"),
        ("repos:\n  - a/b\n", "repos:\n  - a/b\n  - acme/new\n"),
        ("repos:\n- a/b", "repos:\n- a/b\n- acme/new"),
        ("repos:\r\n- a/b\r\n", "repos:\r\n- a/b\r\n- acme/new\r\n"),
        ("repos:\n   - 'a/b'  # b\n# c\n", "repos:\n   - 'a/b'  # b\n   - acme/new\n# c\n"),
        (
            "repos:\n  - repo: a/b\n    history: true # all\n\n  # later\n",
            "repos:\n  - repo: a/b\n    history: true # all\n  - acme/new\n\n  # later\n",
        ),
        ("repos: [a/b]\n", "repos: [a/b, acme/new]\n"),
        ("repos: [ a/b, ] # c\n", "repos: [ a/b, acme/new, ] # c\n"),
        ("{repos: [a/b]}", "{repos: [a/b, acme/new]}"),
        ("repos: [\n  a/b,\n  c/d  # d\n]", "repos: [\n  a/b,\n  c/d,  # d\n  acme/new\n]"),
        ("repos: [\n    a/b, # b\n]", "repos: [\n    a/b, # b\n    acme/new,\n]"),
        ("repos: [a/b,\n  {org: c}]", "repos: [a/b,\n  {org: c}, acme/new]"),
    ],
)
def test_a_repository_is_added_to_the_end_in_the_style_of_the_file(
    text: str, expected: str
) -> None:
    assert add_entries(text, [NEW], SOURCE) == expected


@pytest.mark.parametrize(
    ("entry", "block", "flow"),
    [
        (
            NewEntry("repo", "c/d", marks=("history",)),
            "- repo: c/d\n    history: true",
            "{repo: c/d, his",
        ),
        (NewEntry("org", "acme"), "- org: acme", "{org: acme}"),
        (
            NewEntry("user", "me", marks=("history",)),
            "- user: me\n    history: true",
            "{user: me, hist",
        ),
        (
            NewEntry("repo", "c/d", marks=("traffic", "downloads")),
            "- repo: c/d\n    traffic: true\n    downloads: true",
            "{repo: c/d, traffic: true, down",
        ),
        (NewEntry("org", "123"), "- org: 123", "{org: 123}"),
    ],
)
def test_every_kind_of_entry_is_added_to_every_style(
    entry: NewEntry, block: str, flow: str
) -> None:
    assert add_entries("repos:\n  - a/b\n", [entry], SOURCE) == f"repos:\n  - a/b\n  {block}\n"
    assert add_entries("repos: [a/b]\n", [entry], SOURCE).startswith(f"repos: [a/b, {flow}")


@pytest.mark.parametrize(
    ("text", "entry", "says"),
    [
        ("repos: [A/B]", NewEntry("repo", "a/b"), "watchlist.yaml: 'a/b' is there already."),
        (
            "repos:\n- a/b\n- org: Acme\n  forks: true\n",
            NewEntry("org", "acme"),
            "watchlist.yaml, line 3: 'org: Acme' is there already.",
        ),
        ("repos: []", NewEntry("repo", "x"), "'x' is not a repository name; write owner/name"),
        ("repos: []", NewEntry("org", "a/b"), "'a/b' is not the name of an organisation"),
        ("repos: [a/b", NEW, "watchlist.yaml, line 1: this is not valid YAML"),
        ("repos:\n- a/b\nx: 1\n", NEW, "watchlist.yaml, line 3: 'x' is not a setting"),
        ("repos:\n- a\n", NEW, "watchlist.yaml, line 2: 'a' is not a repository name"),
        ("- a/b\n", NEW, "stands where `repos:` should"),
        ("{repos: }", NEW, "acme/new cannot be added in a file of this shape; edit it by hand."),
    ],
)
def test_what_cannot_be_added_is_a_sentence(text: str, entry: NewEntry, says: str) -> None:
    with pytest.raises(WatchlistError) as raised:
        add_entries(text, [entry], SOURCE)
    assert says in str(raised.value)


def test_one_entry_may_not_be_added_twice_at_once() -> None:
    with pytest.raises(WatchlistError, match="'acme/new' is there already"):
        add_entries("", [NEW, NEW], SOURCE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("repos:\n- a/b\n- c/d # it\n# end\n", "repos:\n- a/b\n# end\n"),
        ("repos:\n- c/d\n- a/b", "repos:\n- a/b"),
        ("repos:\n- a/b\r\n- c/d", "repos:\n- a/b"),
        ("repos:\n- a/b\n- repo: c/d\n  history: true\n- e/f\n", "repos:\n- a/b\n- e/f\n"),
        ("repos: [a/b, c/d]", "repos: [a/b]"),
        ("repos: [C/D, a/b]", "repos: [a/b]"),
        ("repos: [a/b, {repo: c/d}, e/f]", "repos: [a/b, e/f]"),
        ("repos:\n- c/d\n- org: a\n", "repos:\n- org: a\n"),
    ],
)
def test_a_repository_is_removed_with_its_line_and_nothing_else(text: str, expected: str) -> None:
    assert remove_repositories(text, ["c/D"], SOURCE) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("repos: [a/b]", "'c/d' is not written out there, so it cannot be removed."),
        (
            "repos: [a/b, org: c]",
            "'c/d' is not written out there, so it cannot be removed; if a list brings it in, add "
            "it to the `exclude` of that entry.",
        ),
        ("", "'c/d' is not written out there"),
        ("repos: [c/d]", "'c/d' is the only entry; a watchlist needs at least one."),
        ("repos: [a/b, # why\n c/d]", "c/d cannot be removed in a file of this shape"),
        ("repos:\n-\n  c/d\n- a/b\n", "c/d cannot be removed in a file of this shape"),
    ],
)
def test_what_cannot_be_removed_is_a_sentence(text: str, says: str) -> None:
    with pytest.raises(WatchlistError) as raised:
        remove_repositories(text, ["c/d"], SOURCE)
    assert says in str(raised.value)


@dataclass(frozen=True)
class File:
    """A watchlist of any shape."""

    text: str
    line_end: str


COMMENT = st.sampled_from(["", " # note", "  # 'quoted', [x]: {y}"])
BETWEEN = st.lists(st.sampled_from(["", "# alone", "  # deeper", "   "]), max_size=2)
FLOW = ["{name}", "'{name}'", '"{name}"', "{{repo: {name}, history: true}}", "{{org: {owner}}}"]


@st.composite
def files(draw: st.DrawFn) -> File:
    """Draw a watchlist of some entries, with comments and blanks wherever YAML has them."""
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    count = draw(st.integers(0, 4))
    kinds = draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    written = [FLOW[k].format(name=f"own{i}/re-{i}", owner=f"org{i}") for i, k in enumerate(kinds)]
    shape = draw(st.sampled_from(["lines", "brackets", "both"])) if count else "nothing"
    lines = draw(BETWEEN)
    if shape == "nothing":
        lines.append(draw(st.sampled_from(["repos:", "repos: []", "repos: ~"])) + draw(COMMENT))
    elif shape == "brackets":
        lines.append(f"repos: [ {' , '.join(written)}{draw(st.sampled_from(['', ' ,']))} ]")
    else:
        lines += _list_lines(draw, written, is_flow=shape == "both")
    lines += draw(BETWEEN)
    end = draw(st.sampled_from([line_end, ""]))
    return File(line_end.join(lines) + end, line_end)


def _list_lines(draw: st.DrawFn, written: Sequence[str], *, is_flow: bool) -> list[str]:
    """A list with an entry on each line, between brackets or behind dashes."""
    indent = " " * draw(st.integers(1 if is_flow else 0, 4))
    lines = [f"repos:{' [' if is_flow else ''}{draw(COMMENT)}"]
    for number, entry in enumerate(written):
        is_last = number == len(written) - 1
        comma = draw(st.sampled_from([",", " ,"])) if not is_last or draw(st.booleans()) else ""
        start, end = (indent, comma) if is_flow else (f"{indent}- ", "")
        lines += [*draw(BETWEEN), f"{start}{entry}{end}{draw(COMMENT)}"]
    return [*lines, *([*draw(BETWEEN), "]"] if is_flow else [])]


def is_subsequence(part: str, whole: str) -> bool:
    rest = iter(whole)
    return all(character in rest for character in part)


@given(files(), st.sampled_from(["repo", "org", "user"]), st.sampled_from(SOME_MARKS))
def test_any_file_keeps_every_character_and_gets_the_entry(
    file: File, kind: Any, marks: Any
) -> None:
    entry = NewEntry(kind, "acme/new" if kind == "repo" else "acme", marks=marks)
    edited = add_entries(file.text, [entry], SOURCE)
    assert sorted(_names(edited)) == sorted([*_names(file.text), entry.written])
    assert edited.count(file.line_end) >= file.text.count(file.line_end)
    if file.line_end in file.text:
        assert edited.count("\n") == edited.count(file.line_end)
    lines = {line.rstrip(",") for line in edited.splitlines()}
    text = file.text.replace("~", "")
    commented = [line for line in text.splitlines() if "#" in line]
    # A comment stays on its line. The line may only get a comma, and a line of brackets an entry.
    assert [c for c in commented if not any(is_subsequence(c, line) for line in lines)] == []
    assert is_subsequence(text, edited)


@given(files(), st.sampled_from(SOME_MARKS))
def test_what_was_added_to_any_file_is_removed_again_or_refused(file: File, marks: Any) -> None:
    edited = add_entries(file.text, [NewEntry("repo", "acme/new", marks=marks)], SOURCE)
    if not _names(file.text):
        with pytest.raises(WatchlistError, match="is the only entry"):
            remove_repositories(edited, ["acme/new"], SOURCE)
        return
    left = edited
    with suppress(WatchlistError):
        left = remove_repositories(edited, ["acme/new"], SOURCE)
    if left == edited:
        assert "[" in file.text  # only between brackets an entry may share its line with a comment
        assert "#" in file.text
    else:
        assert _names(left) == _names(file.text)
        assert is_subsequence(left, edited)
        assert left.count("#") == file.text.count("#")


def _names(text: str) -> list[str]:
    if yaml.safe_load(text) in (None, {"repos": None}, {"repos": []}):
        return []
    watchlist = parse_watchlist(text, SOURCE)
    return [*watchlist.repos, *(source.written for source in watchlist.sources)]
