"""Tokens and the GitHub App: what is accepted, and that no error shows a secret."""

from pathlib import Path
from typing import NoReturn

import pytest

from repo_stats.config.credentials import load_credentials
from repo_stats.config.errors import SettingsError
from repo_stats.config.settings import load_settings
from repo_stats.github.auth.credentials import App


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


def test_without_a_home_folder_there_is_no_cache(
    private_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(uid: int) -> NoReturn:
        raise KeyError(uid)

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", refuse)
    app = load_credentials(app_environ(private_key, tmp_path)).app
    assert app is not None
    assert app.cache is None


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
        with pytest.raises(
            SettingsError, match="PRIVATE_KEY_FILE names a file that is not an RSA key"
        ):
            load_settings(app_environ(text, tmp_path))


def test_a_key_that_was_pasted_in_place_of_its_path_is_not_repeated(
    private_key: str, tmp_path: Path
) -> None:
    environ = app_environ(private_key, tmp_path)
    with pytest.raises(SettingsError) as refusal:
        load_settings({**environ, "REPO_STATS_APP_PRIVATE_KEY_FILE": private_key})
    assert private_key[40:80] not in str(refusal.value)
