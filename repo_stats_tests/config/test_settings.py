"""The settings: their defaults, and how bad values are refused."""

from pathlib import Path

import pytest

from repo_stats import __version__
from repo_stats.config.credentials import load_credentials
from repo_stats.config.errors import SettingsError
from repo_stats.config.settings import load_settings
from repo_stats.github.auth.credentials import App


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
    ],
)
def test_a_number_out_of_range_is_refused_with_the_range(name: str, value: str, span: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({name: value})
    assert str(refusal.value) == f"{name} is {value!r}; write a whole number {span}."


@pytest.mark.parametrize(
    "url",
    ["api.github.com", "ftp://x", "https://", "https://x?y", "x y", "http://[::1", "http://x:abc"],
)
def test_what_is_no_address_of_an_api_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"REPO_STATS_API_URL is .* no address of an API"):
        load_settings({"REPO_STATS_API_URL": url})


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({"REPO_STATS_API_URL": "https://me:secret@host/api/v3"})
    assert "secret" not in str(refusal.value)


def test_a_slash_at_the_end_of_the_address_is_dropped() -> None:
    url = load_settings({"REPO_STATS_API_URL": "https://host/api/v3/"}).api_url
    assert url == "https://host/api/v3"


def test_a_host_is_written_in_lower_case_as_github_answers_it() -> None:
    assert load_settings({"REPO_STATS_API_URL": "https://API.GitHub.com"}).api_url == (
        "https://api.github.com"
    )


def test_a_warehouse_on_object_storage_stays_an_address() -> None:
    assert load_settings({"REPO_STATS_WAREHOUSE": "s3://b/x"}).warehouse == "s3://b/x"


def texts(environ: dict[str, str]) -> list[str]:
    return [token.text for token in load_credentials(environ).tokens]


def test_a_token_is_stripped_and_a_blank_one_is_none() -> None:
    assert texts({"GITHUB_TOKEN": " abc\n"}) == ["abc"]
    assert texts({"GITHUB_TOKEN": "  ", "GITHUB_TOKENS": " , "}) == []
    assert texts({}) == []


def test_all_tokens_count_once_and_are_named_by_their_position() -> None:
    tokens = load_credentials(
        {"GITHUB_TOKEN": "one", "GITHUB_TOKENS": "two, one,,three,two"}
    ).tokens
    assert [(token.text, token.name) for token in tokens] == [
        ("one", "GITHUB_TOKEN"),
        ("two", "token 1 of GITHUB_TOKENS"),
        ("three", "token 3 of GITHUB_TOKENS"),
    ]


@pytest.mark.parametrize("token", ["a b", "a\nb", "tökén"])
@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "GITHUB_TOKENS"])
def test_a_mangled_token_is_refused_and_not_repeated(name: str, token: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} holds") as refusal:
        load_credentials({name: token})
    assert token not in str(refusal.value)
    with pytest.raises(SettingsError):
        load_settings({name: token})


@pytest.mark.parametrize("text", ["a\tb", "räpo", "a\x7f"])
def test_a_user_agent_that_no_header_can_hold_is_refused(text: str) -> None:
    assert load_settings({"REPO_STATS_USER_AGENT": "my-org stats"}).user_agent == "my-org stats"
    assert load_settings({}).user_agent == f"repo_stats/{__version__}"
    with pytest.raises(SettingsError, match=r"REPO_STATS_USER_AGENT is .* printable ASCII"):
        load_settings({"REPO_STATS_USER_AGENT": text})


def app_environ(pem: str, folder: Path) -> dict[str, str]:
    (folder / "key.pem").write_text(pem)
    return {
        "REPO_STATS_APP_ID": "7",
        "REPO_STATS_APP_INSTALLATION_ID": "42",
        "REPO_STATS_APP_PRIVATE_KEY_FILE": str(folder / "key.pem"),
    }


def test_an_app_is_read_with_its_key_which_is_in_no_representation(
    private_key: str, tmp_path: Path
) -> None:
    credentials = load_credentials({**app_environ(private_key, tmp_path), "GITHUB_TOKEN": "s3cret"})
    assert credentials.app == App("7", "42", private_key, tmp_path / "cache" / "repo_stats")
    assert credentials.names == ["GITHUB_TOKEN", "the GitHub App"]
    assert "PRIVATE" not in repr(credentials)
    assert "s3cret" not in repr(credentials)


def test_a_relative_cache_folder_is_ignored_as_its_standard_says(
    private_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "x")
    app = load_credentials(app_environ(private_key, tmp_path)).app
    assert app is not None
    assert app.cache == Path.home() / ".cache" / "repo_stats"


@pytest.mark.parametrize(
    "missing",
    ["REPO_STATS_APP_ID", "REPO_STATS_APP_INSTALLATION_ID", "REPO_STATS_APP_PRIVATE_KEY_FILE"],
)
def test_an_app_with_a_setting_too_few_is_refused_with_its_name(
    missing: str, private_key: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({**app_environ(private_key, tmp_path), missing: " "})
    assert f"of which {missing} is not set" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("REPO_STATS_APP_ID", "my app", "write the App's number or its client ID"),
        ("REPO_STATS_APP_INSTALLATION_ID", "x/42", "write the number at the end"),
        ("REPO_STATS_APP_PRIVATE_KEY_FILE", "no/such.pem", "(No such file or directory)"),
        ("REPO_STATS_APP_PRIVATE_KEY_FILE", ".", "(Is a directory)"),
    ],
)
def test_a_bad_setting_of_the_app_is_refused_with_its_name(
    name: str, value: str, says: str, private_key: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({**app_environ(private_key, tmp_path), name: value})
    assert str(refusal.value).startswith(name)
    assert says in str(refusal.value)


def test_a_file_that_is_no_key_is_refused_and_not_repeated(
    private_key: str, tmp_path: Path
) -> None:
    cut = private_key[: len(private_key) // 2]
    for text in ["", "s3cret", cut]:
        with pytest.raises(SettingsError, match="PRIVATE_KEY_FILE names a file that is not an RSA key"):
            load_settings(app_environ(text, tmp_path))


def test_a_key_that_was_pasted_in_place_of_its_path_is_not_repeated(
    private_key: str, tmp_path: Path
) -> None:
    environ = app_environ(private_key, tmp_path)
    with pytest.raises(SettingsError) as refusal:
        load_settings({**environ, "REPO_STATS_APP_PRIVATE_KEY_FILE": private_key})
    assert private_key[40:80] not in str(refusal.value)
