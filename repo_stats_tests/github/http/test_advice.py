"""The sentence about each final refusal, word for word."""

import pytest

from repo_stats.github.http.advice import advise

TOKEN = "token 2 of GITHUB_TOKENS"


@pytest.mark.parametrize(
    ("status", "message", "token_name", "sentence"),
    [
        (
            404,
            "Not Found",
            None,
            "GitHub knows no public repository a/b; check its name, or set GITHUB_TOKEN if it is "
            "private.",
        ),
        (
            404,
            "Not Found",
            TOKEN,
            "GitHub knows no repository a/b, or token 2 of GITHUB_TOKENS may not read it; check "
            "its name, and the token's permissions if it is private.",
        ),
        (
            401,
            "Requires authentication",
            None,
            "GitHub requires a token (request for a/b); set GITHUB_TOKEN.",
        ),
        (
            401,
            "Bad credentials",
            TOKEN,
            "GitHub does not accept token 2 of GITHUB_TOKENS (request for a/b); it may have "
            "expired: make a new one at https://github.com/settings/tokens, or unset it for public "
            "repositories.",
        ),
        (451, "", TOKEN, "GitHub has blocked access to a/b (no reason given); leave it out."),
        (
            403,
            "Repository access BLOCKED",
            None,
            "GitHub has blocked access to a/b (Repository access BLOCKED); leave it out.",
        ),
        (
            403,
            "SAML",
            TOKEN,
            "GitHub forbids reading a/b (SAML); check the permissions of token 2 of GITHUB_TOKENS "
            "and its single sign-on authorization.",
        ),
        (
            403,
            "",
            None,
            "GitHub forbids reading a/b (no reason given); check the permissions of GITHUB_TOKEN "
            "and its single sign-on authorization.",
        ),
        (
            410,
            "",
            None,
            "GitHub says that the issues of a/b are gone (disabled); leave it out, or enable them.",
        ),
        (
            410,
            "Issues are off",
            None,
            "GitHub says that the issues of a/b are gone (Issues are off); leave it out, or enable "
            "them.",
        ),
        (
            422,
            "a block of text",
            TOKEN,
            "GitHub refused the request for a/b with status 422 (a block of text); check "
            "REPO_STATS_API_URL and the name.",
        ),
    ],
)
def test_a_refusal_says_what_happened_to_whom_and_what_to_do(
    status: int, message: str, token_name: str | None, sentence: str
) -> None:
    assert advise(status, message, repo="a/b", token_name=token_name) == sentence
