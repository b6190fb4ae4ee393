"""Entries of the watchlist that stand for lists of GitHub's: what is read, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from repo_stats.config.errors import WatchlistError
from repo_stats.config.list_sources import ListSource
from repo_stats.config.repository_names import matches
from repo_stats.config.settings import load_settings
from repo_stats.config.watchlist import Watchlist, mark_more, parse_watchlist, read_watchlist

ORG = ListSource("org", "dagster-io")

FULL = """\
repos:
  - PrefectHQ/prefect
  - org: dagster-io
    topics: [Orchestration, data-tools, orchestration]
    exclude_topics: [no]
    visibility: public
    archived: true
    forks: yes
    min_stars: 10
    exclude: [dagster-io/skeleton, "Dagster-IO/*-archive", "*/old-*"]
    history: true
  - user: simonw
  - installation: true
"""


def test_an_entry_may_stand_for_the_list_of_an_organisation_a_user_or_an_installation() -> None:
    watchlist = parse_watchlist(FULL, "w")
    assert watchlist.repos == ("PrefectHQ/prefect",)
    assert watchlist.history == ()
    assert watchlist.sources == (
        ListSource(
            "org",
            "dagster-io",
            topics=("orchestration", "data-tools"),
            exclude_topics=("no",),
            visibility="public",
            archived=True,
            forks=True,
            min_stars=10,
            exclude=("dagster-io/skeleton", "Dagster-IO/*-archive", "*/old-*"),
            history=True,
        ),
        ListSource("user", "simonw"),
        ListSource("installation", ""),
    )
    assert [entry.where for entry in watchlist.sources] == ["w, line 3", "w, line 12", "w, line 13"]
    assert [entry.written for entry in watchlist.sources] == [
        *("org: dagster-io", "user: simonw", "installation: true"),
    ]


def test_without_filters_archived_ones_and_forks_are_left_out_and_all_else_counts() -> None:
    watchlist = parse_watchlist("repos: [{org: dagster-io}]", "w")
    assert watchlist == Watchlist((), (), (ORG,))
    plain = (ORG.topics, ORG.exclude_topics, ORG.exclude, ORG.visibility, ORG.min_stars)
    assert plain == ((), (), (), "all", 0)
    assert (ORG.archived, ORG.forks, ORG.history) == (False, False, False)


def test_one_owner_may_be_listed_with_several_filters() -> None:
    text = "repos: [{org: a, topics: [x]}, {org: A}, {user: a}]"
    sources = parse_watchlist(text, "w").sources
    assert [entry.key for entry in sources] == [("org", "a"), ("org", "a"), ("user", "a")]


LIST = "write a list in brackets, or leave it out."

BOOL = "write true or false."

ORG_NAME = (
    "is not the name of an organisation; write it as at the end of its address, for example "
    "dagster-io."
)

PATTERN = (
    "is neither a repository name nor a pattern; write owner/name, in which * stands for any "
    "characters, for example dagster-io/*-archive."
)

TOPIC = "is no topic; write letters, digits and hyphens, at most 50."

NUMBER = "write a whole number from 0 to 999999999."


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("org: a/b", f"'a/b' {ORG_NAME}"),
        ("org:", f"'' {ORG_NAME}"),
        (f"org: {'a' * 40}", f"'{'a' * 40}' {ORG_NAME}"),
        ("org: https://github.com/a", f"'https://github.com/a' {ORG_NAME}"),
        ("org: [a, b]", "'[a, b]' stands where the name of `org` should."),
        ("user: -a", f"'-a' {ORG_NAME.replace('an organisation', 'a user')[:-11]}simonw."),
        ("installation: 7", f"`installation` is '7'; {BOOL}"),
        ("installation: false", "`installation` is false; leave the entry out."),
        ("org: a, user: b", "one entry has `org` and `user`; write an entry for each."),
        ("repo: a/b, org: a", "one entry has `repo` and `org`; write an entry for each."),
        ("org: a, org: b", "`org` is given a second time."),
        ("org: a, stars: 3", "'stars' is not a setting of an entry `org:`."),
        ("org: a, [forks]: no", "'[forks]' is not a setting of an entry `org:`."),
        ("repo: a/b, topics: [c]", "'topics' is not a setting of a repository."),
        ("user: a, forks: no, forks: yes", "`forks` is given a second time."),
        *(
            (f"org: a, {key}: {value}", f"`{key}` is '{shown}'; {BOOL}")
            for key in ("archived", "forks", "history", "traffic", "downloads")
            for value, shown in (("7", "7"), ("'yes'", "yes"), ("", ""), ("[]", "[]"))
        ),
        *(
            (f"org: a, {key}: {value}", f"`{key}` is '{value}'; {LIST}")
            for key in ("topics", "exclude_topics", "exclude")
            for value in ("a/b", "", "[]", "{a: b}")
        ),
        ("org: a, topics: [b, [c]]", "'[c]' stands in `topics` where a text should."),
        ("org: a, topics: [b c]", f"'b c' {TOPIC}"),
        ("org: a, topics: [-b]", f"'-b' {TOPIC}"),
        ("org: a, topics: [~]", f"'~' {TOPIC}"),
        (f"org: a, exclude_topics: [{'b' * 51}]", f"'{'b' * 51}' {TOPIC}"),
        ("org: a, visibility: secret", "`visibility` is 'secret'; write public, private or all."),
        ("org: a, visibility: [all]", "`visibility` is '[all]'; write public, private or all."),
        *(
            (f"org: a, min_stars: {value}", f"`min_stars` is '{value}'; {NUMBER}")
            for value in ("-1", "1.5", "010", "many", "1_000", "1000000000", "", "[1]", "0x1f")
        ),
        ("org: a, min_stars: '1'", f"`min_stars` is '1'; {NUMBER}"),
        ("org: a, exclude: [skeleton]", f"'skeleton' {PATTERN}"),
        ("org: a, exclude: ['a/b?']", f"'a/b?' {PATTERN}"),
        ("org: a, exclude: ['a/[b]']", f"'a/[b]' {PATTERN}"),
        ("org: a, exclude: ['a/b/*']", f"'a/b/*' {PATTERN}"),
        (
            "org: a, exclude: [b/*]",
            "'b/*' is no repository of a; `exclude` leaves out only what the entry itself would "
            "bring in.",
        ),
    ],
)
def test_a_malformed_entry_is_refused_with_its_line_and_text(entry: str, sentence: str) -> None:
    with pytest.raises(WatchlistError) as refusal:
        parse_watchlist(f"repos:\n  - x/y\n  - {{{entry}}}\n", "w")
    assert str(refusal.value) == f"w, line 3: {sentence}"


def test_the_line_is_that_of_the_value() -> None:
    text = FULL.replace("*-archive", "?-archive")
    with pytest.raises(WatchlistError, match=r"^w, line 10: 'Dagster-IO/\?-archive' is neither"):
        parse_watchlist(text, "w")


def test_an_entry_that_says_the_same_as_another_is_refused() -> None:
    with pytest.raises(WatchlistError) as refusal:
        parse_watchlist("repos:\n  - {org: a, forks: no}\n  - user: a\n  - org: A\n", "w")
    assert str(refusal.value) == "w, line 4: 'org: A' is listed twice."


def test_an_installation_may_leave_out_repositories_of_any_owner() -> None:
    text = "repos: [{installation: true, exclude: [a/b, c/*]}]"
    [entry] = parse_watchlist(text, "w").sources
    assert entry == replace(ListSource("installation", ""), exclude=("a/b", "c/*"))


@pytest.mark.parametrize(
    ("repo", "pattern", "expected"),
    [
        ("A/b-Archive", "a/*-archive", True),
        ("a/b-archive-2", "a/*-archive", False),
        ("a/b", "A/B", True),
        ("a/b", "*/b", True),
        ("a/b", "a/*", True),
        ("ab/c", "a/*", False),
        ("a/b.c", "a/b-c", False),
    ],
)
def test_a_pattern_is_compared_with_the_whole_name_in_any_case(
    repo: str, pattern: str, *, expected: bool
) -> None:
    assert matches(repo, pattern) is expected


def test_the_variable_may_mark_a_repository_that_only_a_list_brings_in() -> None:
    watchlist = Watchlist(("a/a", "B/b"), ("a/a",), (ORG,))
    marked = mark_more(watchlist, "history", "dagster-io/x, b/B", "here")
    assert marked == replace(watchlist, history=("a/a", "B/b", "dagster-io/x"))


def test_settings_take_a_watchlist_of_lists_alone(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_text("repos: [{org: acme}]")
    assert load_settings({"REPO_STATS_WATCHLIST": str(path)}).repos == ()
    path.write_text(FULL)
    assert len(read_watchlist(path).sources) == 3
