"""Tokens and the GitHub App: what is accepted, and that no error shows a secret."""

from pathlib import Path
from typing import NoReturn

import pytest

from repo_stats.config.credentials import load_credentials
from repo_stats.config.errors import SettingsError, quote
from repo_stats.config.settings import load_settings
from repo_stats.github.auth.credentials import App
from repo_stats.warehouse.app_tokens import StoredTokens
from repo_stats.warehouse.files import Files


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


def test_a_token_has_a_longest_length() -> None:
    assert texts({"GITHUB_TOKEN": "x" * 4_096}) == ["x" * 4_096]
    with pytest.raises(SettingsError) as refusal:
        load_credentials({"GITHUB_TOKENS": f"one,{'x' * 4_097}"})
    assert str(refusal.value) == (
        "GITHUB_TOKENS holds characters that no token has, or too many; copy it again, without "
        "blanks."
    )


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


@pytest.mark.parametrize(
    ("warehouse", "is_shared"),
    [("s3://bucket/stats", True), ("file:///data", False), ("/data", False), ("", False)],
)
def test_the_apps_token_is_kept_in_a_warehouse_that_machines_share(
    private_key: str, tmp_path: Path, warehouse: str, is_shared: bool
) -> None:
    app = load_credentials(
        {**app_environ(private_key, tmp_path), "REPO_STATS_WAREHOUSE": warehouse}
    ).app
    assert app is not None
    shared = StoredTokens(Files("s3://bucket/stats"))
    assert (app.cache == shared, isinstance(app.cache, Path)) == (is_shared, not is_shared)


def test_a_relative_cache_folder_is_ignored_as_its_standard_says(
    private_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "x")
    app = load_credentials(app_environ(private_key, tmp_path)).app
    assert app is not None
    assert app.cache == Path.home() / ".cache" / "repo_stats"


def test_a_cache_folder_that_depends_on_the_working_directory_is_not_used(
    private_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", Path)  # as earlier versions of it do
    app = load_credentials(app_environ(private_key, tmp_path)).app
    assert app is not None
    assert app.cache is None


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
    assert str(refusal.value) == (
        f"A GitHub App needs three settings, of which {missing} is not set; set all three or none."
    )


def test_an_app_with_one_setting_alone_is_refused_with_the_names_of_the_others() -> None:
    with pytest.raises(SettingsError) as refusal:
        load_credentials({"REPO_STATS_APP_INSTALLATION_ID": "42"})
    assert str(refusal.value) == (
        "A GitHub App needs three settings, of which REPO_STATS_APP_ID and "
        "REPO_STATS_APP_PRIVATE_KEY_FILE are not set; set all three or none."
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("REPO_STATS_APP_ID", value) for value in ("7", "Iv1.8a61f9b3a7aba766", "9" * 100)),
        *(("REPO_STATS_APP_INSTALLATION_ID", value) for value in ("42", "9" * 20)),
    ],
)
def test_numbers_of_an_app_and_its_client_id_are_accepted(
    name: str, value: str, private_key: str, tmp_path: Path
) -> None:
    app = load_credentials({**app_environ(private_key, tmp_path), name: value}).app
    assert app is not None
    assert value in (app.app_id, app.installation_id)


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        *(
            ("REPO_STATS_APP_ID", value, "write the App's number or its client ID.")
            for value in ("my app", ".", "Iv\u0661", "9" * 101)
        ),
        *(
            (
                "REPO_STATS_APP_INSTALLATION_ID",
                value,
                "write the number at the end of the installation's address.",
            )
            for value in ("x/42", "\u0664\u0662", "9" * 21)
        ),
    ],
)
def test_what_is_no_number_of_an_app_is_refused(
    name: str, value: str, advice: str, private_key: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_credentials({**app_environ(private_key, tmp_path), name: value})
    assert str(refusal.value) == f"{name} is {quote(value)}; {advice}"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("no/such.pem", "No such file or directory"),
        (".", "Is a directory"),
        ("~nobody-here/key.pem", "its home folder is unknown"),
    ],
)
def test_a_key_file_that_cannot_be_read_is_refused_with_the_reason(
    path: str, reason: str, private_key: str, tmp_path: Path
) -> None:
    environ = app_environ(private_key, tmp_path)
    with pytest.raises(SettingsError) as refusal:
        load_settings({**environ, "REPO_STATS_APP_PRIVATE_KEY_FILE": path})
    assert str(refusal.value) == (
        f"REPO_STATS_APP_PRIVATE_KEY_FILE names a file that cannot be read ({reason}); write the "
        "path of the App's private key, a .pem file."
    )


def test_a_file_that_is_no_key_is_refused_and_not_repeated(
    private_key: str, tmp_path: Path
) -> None:
    cut = private_key[: len(private_key) // 2]
    for text in ["", "s3cret", cut]:
        with pytest.raises(SettingsError) as refusal:
            load_settings(app_environ(text, tmp_path))
        assert str(refusal.value) == (
            "REPO_STATS_APP_PRIVATE_KEY_FILE names a file that is not an RSA key in PEM format "
            "without a password; download the App's private key again."
        )


def test_a_key_that_was_pasted_in_place_of_its_path_is_not_repeated(
    private_key: str, tmp_path: Path
) -> None:
    environ = app_environ(private_key, tmp_path)
    with pytest.raises(SettingsError) as refusal:
        load_settings({**environ, "REPO_STATS_APP_PRIVATE_KEY_FILE": private_key})
    assert private_key[40:80] not in str(refusal.value)
