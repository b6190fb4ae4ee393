"""The file that keeps an installation's token: who shares it, who may read it, when it counts."""

import re
import stat
from pathlib import Path

import httpx
import pytest
import respx

from repo_stats.github.auth.credentials import App
from repo_stats.github.auth.token_cache import InstallationToken, TokenCache
from repo_stats.warehouse.app_tokens import StoredTokens
from repo_stats.warehouse.files import Files
from repo_stats_tests.helpers.app import LATER, TOKENS_URL, send, sent_tokens, token_response
from repo_stats_tests.helpers.client import API, URL
from repo_stats_tests.helpers.fake_time import NOON


@respx.mock
def test_another_process_uses_the_same_token(app: App) -> None:
    posts = respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_one")])
    route = respx.get(URL).respond(json={})
    send(app)
    send(app)
    assert sent_tokens(route) == ["ghs_one", "ghs_one"]
    assert posts.call_count == 1


@respx.mock
def test_of_two_processes_that_renew_at_once_both_use_the_first_token_kept(app: App) -> None:
    def answer_late(request: httpx.Request) -> httpx.Response:
        TokenCache(app, API).write(InstallationToken("ghs_faster", LATER))
        return token_response("ghs_slower")

    respx.post(TOKENS_URL).mock(side_effect=answer_late)
    route = respx.get(URL).respond(json={})
    send(app)
    assert sent_tokens(route) == ["ghs_faster"]


@respx.mock
def test_the_kept_token_is_encrypted_and_for_its_owner_only(app: App) -> None:
    respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_one")])
    respx.get(URL).respond(json={})
    send(app)
    path = TokenCache(app, API).path
    assert path is not None
    assert [*path.parent.iterdir()] == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"ghs_one" not in path.read_bytes()
    assert TokenCache(app, API).read() == InstallationToken("ghs_one", LATER)


@respx.mock
def test_machines_that_keep_it_together_use_one_token(private_key: str, tmp_path: Path) -> None:
    posts = respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_one")])
    route = respx.get(URL).respond(json={})
    shared = StoredTokens(Files(str(tmp_path)))
    for _ in range(2):
        send(App("7", "42", private_key, shared))
    assert sent_tokens(route) == ["ghs_one", "ghs_one"]
    assert posts.call_count == 1
    [file] = (tmp_path / "app_tokens").iterdir()
    assert b"ghs_one" not in file.read_bytes()


def test_storage_that_cannot_be_used_keeps_nothing_and_is_no_error(
    private_key: str, tmp_path: Path
) -> None:
    (tmp_path / "app_tokens").touch()
    cache = TokenCache(App("7", "42", private_key, StoredTokens(Files(str(tmp_path)))), API)
    cache.write(InstallationToken("ghs_one", LATER))
    assert cache.read() is None


def test_what_is_kept_serves_neither_another_key_nor_another_api(app: App) -> None:
    cache = TokenCache(app, API)
    cache.write(InstallationToken("ghs_one", LATER))
    assert TokenCache(app, "https://other.example").read() is None
    assert TokenCache(App("7", "42", "another key", app.cache), API).read() is None
    other = TokenCache(app, "https://other.example")
    assert cache.path is not None
    assert other.path is not None
    cache.path.rename(other.path)
    assert other.read() is None


@pytest.mark.parametrize("content", [b"", b"damaged", b"gAAAAA", b"\xff\x00"])
@respx.mock
def test_a_damaged_file_counts_as_none(content: bytes, app: App) -> None:
    cache = TokenCache(app, API)
    assert cache.path is not None
    cache.path.parent.mkdir()
    cache.path.write_bytes(content)
    respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_one")])
    respx.get(URL).respond(json={})
    [response], _ = send(app)
    assert response.body == {}
    assert cache.read() == InstallationToken("ghs_one", LATER)


@respx.mock
def test_an_expired_token_counts_as_none(app: App) -> None:
    TokenCache(app, API).write(InstallationToken("ghs_old", NOON + 299))
    respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_new")])
    route = respx.get(URL).respond(json={})
    send(app)
    assert sent_tokens(route) == ["ghs_new"]


@respx.mock
def test_a_folder_that_cannot_be_written_is_no_error(private_key: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    posts = respx.post(TOKENS_URL).mock(
        side_effect=[token_response("ghs_one"), token_response("ghs_two")]
    )
    respx.get(URL).respond(json={})
    for cache in (tmp_path / "file" / "cache", None):
        [response], _ = send(App("7", "42", private_key, cache))
        assert response.body == {}
    assert posts.call_count == 2


@pytest.mark.parametrize(("left", "is_valid"), [(300, True), (299.9, False), (3_600, True)])
def test_a_token_is_renewed_five_minutes_before_it_expires(left: float, is_valid: bool) -> None:
    assert InstallationToken("ghs_one", NOON + left).is_valid_for_long(NOON) is is_valid


def test_each_installation_at_each_api_has_a_file_of_its_own(app: App) -> None:
    installations = [app, App("8", "42", app.private_key, app.cache)]
    installations += [App("7", "43", app.private_key, app.cache)]
    files = [TokenCache(each, api).path for each in installations for api in (API, f"{API}/x")]
    assert len(set(files)) == 6
    assert [file is not None and file.parent == app.cache for file in files] == [True] * 6
    names = [re.fullmatch(r"installation-[0-9a-f]{16}\.token", str(f and f.name)) for f in files]
    assert None not in names
    assert TokenCache(App("7", "42", "key"), API).path is None


def test_a_file_that_holds_something_else_counts_as_none(app: App) -> None:
    cache = TokenCache(app, API)
    cache.write(InstallationToken("ghs_one", LATER))
    assert cache.path is not None
    cache.path.write_bytes(cache._cipher.encrypt(b'{"token": 5}'))
    assert cache.read() is None
