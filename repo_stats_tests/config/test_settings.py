"""The settings: their defaults, and the errors for malformed values."""

from pathlib import Path

import pytest

from repo_stats import __version__
from repo_stats.config.errors import SettingsError, WatchlistError, quote
from repo_stats.config.reference import list_settings
from repo_stats.config.settings import PROPERTIES, find_dagster_home, load_settings


def test_without_any_variable_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings({})
    assert settings.repos == ("PrefectHQ/prefect",)
    assert settings.api_url == "https://api.github.com"
    assert settings.warehouse == str(tmp_path / "warehouse")
    assert (settings.max_age, settings.per_page, settings.in_flight) == (3600, 100, 10)
    assert settings.per_minute == 800


def test_the_environments_list_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path,
) -> None:
    (tmp_path / "watchlist.yaml").write_text("repos: [from/file]")
    (tmp_path / "other.yaml").write_text("repos: [from/other]")
    assert load_settings({}).repos == ("from/file",)
    other = {"REPO_STATS_WATCHLIST": "other.yaml"}
    assert load_settings(other).repos == ("from/other",)
    assert load_settings({**other, "REPO_STATS_REPOS": "from/env"}).repos == ("from/env",)


@pytest.mark.parametrize("variable", ["REPO_STATS_REPOS", "REPO_STATS_HISTORY"])
def test_a_bad_name_is_told_with_the_variable_that_holds_it(variable: str) -> None:
    with pytest.raises(WatchlistError) as refusal:
        load_settings({variable: "PrefectHQ/prefect, oops"})
    assert str(refusal.value) == (
        f"{variable}: 'oops' is not a repository name; write owner/name, for example "
        "PrefectHQ/prefect."
    )


@pytest.mark.parametrize(
    ("name", "value", "span"),
    [
        ("REPO_STATS_MAX_AGE", "-1", "from 0 to 31536000"),
        ("REPO_STATS_MAX_AGE", "1h", "from 0 to 31536000"),
        ("REPO_STATS_MAX_AGE", "1.5", "from 0 to 31536000"),
        ("REPO_STATS_PER_PAGE", "0", "from 1 to 100"),
        ("REPO_STATS_PER_PAGE", "101", "from 1 to 100"),
        ("REPO_STATS_PER_PAGE", "٣", "from 1 to 100"),
        ("REPO_STATS_FETCH_STEPS", "65", "from 1 to 64"),
        ("REPO_STATS_IN_FLIGHT", "0", "from 1 to 100"),
        ("REPO_STATS_PER_MINUTE", "0", "from 1 to 900"),
        ("REPO_STATS_PER_MINUTE", "901", "from 1 to 900"),
        ("REPO_STATS_MAX_WAIT", "86401", "from 0 to 86400"),
        ("REPO_STATS_MIN_REFRESH", "86401", "from 0 to 86400"),
        ("REPO_STATS_KEEP_RUNS", "0", "from 1 to 3650"),
        ("REPO_STATS_REPOS_PER_RUN", "0", "from 1 to 1000000"),
        ("REPO_STATS_REPOS_PER_RUN", "all", "from 1 to 1000000"),
        ("REPO_STATS_RUNS_AT_ONCE", "101", "from 0 to 100"),
    ],
)
def test_a_number_out_of_range_is_refused_with_the_range(name: str, value: str, span: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({name: value})
    assert str(refusal.value) == f"{name} is {value!r}; write a whole number {span}."


@pytest.mark.parametrize(
    ("variable", "most"), [("REPO_STATS_IN_FLIGHT", 3), ("REPO_STATS_PER_MINUTE", 7)]
)
def test_runs_at_once_for_which_there_are_too_few_requests_are_refused(
    variable: str, most: int
) -> None:
    environ = {"REPO_STATS_RUNS_AT_ONCE": str(most), variable: str(most)}
    assert load_settings(environ).runs_at_once == most
    with pytest.raises(SettingsError) as refusal:
        load_settings({**environ, "REPO_STATS_RUNS_AT_ONCE": str(most + 1)})
    assert str(refusal.value) == (
        f"REPO_STATS_RUNS_AT_ONCE is '{most + 1}', more than {variable}, which is {most}; each run "
        "at once needs a share of these requests."
    )


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("100", 100), ("100".zfill(20), 100), ("100".zfill(21), None)]
)
def test_a_number_may_be_the_smallest_and_the_largest(text: str, number: int | None) -> None:
    environ = {"REPO_STATS_PER_PAGE": text}
    if number is None:
        with pytest.raises(SettingsError, match="write a whole number from 1 to 100"):
            load_settings(environ)
    else:
        assert load_settings(environ).per_page == number


@pytest.mark.parametrize(
    "variable", [field["variable"] for field in PROPERTIES.values() if field["type"] == "integer"]
)
def test_a_number_of_thousands_of_digits_is_refused_and_shortened(variable: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({variable: "9" * 5_000})
    assert str(refusal.value).startswith(f"{variable} is '{'9' * 80}…'; write a whole number from ")


@pytest.mark.parametrize("variable", ["REPO_STATS_WAREHOUSE", "REPO_STATS_WATCHLIST"])
def test_a_home_folder_is_found_or_said_to_be_unknown(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({variable: "~nobody-here/x"})
    assert str(refusal.value) == (
        f"{variable} is '~nobody-here/x', but that home folder is unknown; write an absolute path."
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x").write_text("repos: [a/b]")
    settings = load_settings({variable: "~/x"})
    assert str(tmp_path / "x") == settings.warehouse or settings.repos == ("a/b",)


@pytest.mark.parametrize("variable", [setting.variable for setting in list_settings()])
@pytest.mark.parametrize("text", ["a\0b", "a\udcffb", "\ud800"])
def test_what_is_no_text_is_refused_in_every_variable(variable: str, text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({variable: text})
    assert str(refusal.value) == (
        f"{variable} holds a NUL character, or bytes that are not UTF-8; write it as text."
    )


@pytest.mark.parametrize("variable", [setting.variable for setting in list_settings()])
@pytest.mark.parametrize("character", ["x", "\x1b", "9"])
def test_no_variable_accepts_a_very_long_text_and_no_message_repeats_it(
    variable: str, character: str
) -> None:
    app = {"REPO_STATS_APP_ID": "1", "REPO_STATS_APP_INSTALLATION_ID": "1"}
    app["REPO_STATS_APP_PRIVATE_KEY_FILE"] = "key.pem"
    with pytest.raises((SettingsError, WatchlistError)) as refusal:
        load_settings({**app, variable: character * 100_000})
    assert len(str(refusal.value)) < 600
    assert "\x1b" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    ["api.github.com", "ftp://x", "https://", "https://x?y", "x y", "http://[::1", "http://x:abc"],
)
def test_what_is_not_the_address_of_an_api_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"REPO_STATS_API_URL is .* not the address of an API"):
        load_settings({"REPO_STATS_API_URL": url})


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    for url in ("https://me:secret@host/api/v3", "me:secret@host", "https://host/?key=secret"):
        with pytest.raises(SettingsError) as refusal:
            load_settings({"REPO_STATS_API_URL": url})
        assert "secret" not in str(refusal.value)
        assert "host" in str(refusal.value)


@pytest.mark.parametrize(
    ("variable", "value", "shown"),
    [
        ("REPO_STATS_API_URL", "me:hidden@host", "'host'"),
        ("REPO_STATS_API_URL", "https://host/api/v3?token=hidden", "'https://host/api/v3'"),
        ("REPO_STATS_API_URL", "https://a@b:hidden@host", "'https://host'"),
        ("REPO_STATS_WAREHOUSE", "s3://KEY:hidden@bucket/stats", "'s3://bucket/stats'"),
        ("REPO_STATS_WAREHOUSE", "az://box/stats?sig=hidden", "'az://box/stats'"),
    ],
)
def test_an_address_with_credentials_is_refused_without_them(
    variable: str, value: str, shown: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({variable: value})
    assert str(refused.value).startswith(f"{variable} is {shown}")
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("place", ["sftp://me@host/stats", "s3://bucket/a@b:c/d"])
def test_an_address_without_a_password_is_a_warehouse(place: str) -> None:
    assert load_settings({"REPO_STATS_WAREHOUSE": place}).warehouse == place


def test_a_path_may_have_characters_that_would_begin_a_query() -> None:
    assert load_settings({"REPO_STATS_WAREHOUSE": "/a/what?"}).warehouse == "/a/what?"


def test_a_slash_at_the_end_of_the_address_is_dropped() -> None:
    url = load_settings({"REPO_STATS_API_URL": "https://host/api/v3/"}).api_url
    assert url == "https://host/api/v3"


def test_a_host_is_written_in_lower_case_as_github_answers_it() -> None:
    assert load_settings({"REPO_STATS_API_URL": "https://API.GitHub.com"}).api_url == (
        "https://api.github.com"
    )


def test_a_warehouse_on_object_storage_stays_an_address() -> None:
    assert load_settings({"REPO_STATS_WAREHOUSE": "s3://b/x"}).warehouse == "s3://b/x"


@pytest.mark.parametrize("text", ["a\tb", "räpo", "a\x7f", "x" * 201])
def test_a_user_agent_that_no_header_can_hold_is_refused(text: str) -> None:
    assert load_settings({"REPO_STATS_USER_AGENT": "x" * 200}).user_agent == "x" * 200
    assert load_settings({"REPO_STATS_USER_AGENT": "my-org stats"}).user_agent == "my-org stats"
    assert load_settings({}).user_agent == f"repo_stats/{__version__}"
    with pytest.raises(SettingsError) as refusal:
        load_settings({"REPO_STATS_USER_AGENT": text})
    assert str(refusal.value) == (
        f"REPO_STATS_USER_AGENT is {quote(text)}; write printable ASCII characters only, at most "
        "200."
    )


def test_the_marks_of_the_variable_are_added_to_those_of_the_file(tmp_path: Path) -> None:
    text = "repos: [a/a, {repo: b/b, history: true}, c/c]"
    (tmp_path / "watchlist.yaml").write_text(text)
    assert load_settings({}).history_repos == ("b/b",)
    assert load_settings({"REPO_STATS_HISTORY": "c/c"}).history_repos == ("b/b", "c/c")
    with pytest.raises(WatchlistError, match="REPO_STATS_HISTORY: 'd/d' is not in the watchlist"):
        load_settings({"REPO_STATS_HISTORY": "d/d"})


def test_an_invalid_address_of_the_webhook_is_told_before_anything_happens() -> None:
    with pytest.raises(SettingsError, match="REPO_STATS_WEBHOOK_URL is not a web address"):
        load_settings({"REPO_STATS_WEBHOOK_URL": "hooks.example/secret"})


@pytest.mark.parametrize(
    ("environ", "home"),
    [({}, None), ({"DAGSTER_HOME": "  "}, None), ({"DAGSTER_HOME": " /a/b "}, Path("/a/b"))],
)
def test_a_blank_dagster_home_is_none(environ: dict[str, str], home: Path | None) -> None:
    assert find_dagster_home(environ) == home


def test_a_warehouse_whose_path_is_too_long_is_refused_with_its_beginning() -> None:
    longest = "s3://b/".ljust(4_096, "x")
    assert load_settings({"REPO_STATS_WAREHOUSE": longest}).warehouse == longest
    with pytest.raises(SettingsError) as refusal:
        load_settings({"REPO_STATS_WAREHOUSE": f"{longest}x"})
    assert str(refusal.value) == (
        f"REPO_STATS_WAREHOUSE is '{longest[:80]}…', which is too long for a path or URL."
    )
