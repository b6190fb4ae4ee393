"""The sentence about a final refusal: what happened, to which repository, and what to do."""


def advise(status: int, message: str, *, repo: str, token_name: str | None) -> str:
    """Describe a refusal and how to remove its cause.

    Args:
        status: HTTP status.
        message: GitHub's own message; may be empty.
        repo: the requested repository, `owner/name`.
        token_name: what the settings call the token of the request; None if it was anonymous.
    """
    reason = message or "no reason given"
    if status == 404:
        return _advise_on_missing(repo, token_name)
    if status == 401:
        return _advise_on_credentials(repo, token_name)
    if is_blocked(status, message):
        return f"GitHub has blocked access to {repo} ({reason}); leave it out."
    if status == 403:
        return (
            f"GitHub forbids reading {repo} ({reason}); check the permissions of "
            f"{token_name or 'GITHUB_TOKEN'} and its single sign-on authorization."
        )
    if status == 410:
        return (
            f"GitHub says that the issues of {repo} are gone ({message or 'disabled'}); leave "
            "it out, or enable them."
        )
    return (
        f"GitHub refused the request for {repo} with status {status} ({reason}); check "
        "REPO_STATS_API_URL and the name."
    )


def is_blocked(status: int, message: str) -> bool:
    """Whether GitHub itself has closed a repository, to whatever token."""
    return status == 451 or (status == 403 and "block" in message.lower())


def _advise_on_missing(repo: str, token_name: str | None) -> str:
    if token_name is None:
        return (
            f"GitHub knows no public repository {repo}; check its name, or set GITHUB_TOKEN if "
            "it is private."
        )
    return (
        f"GitHub knows no repository {repo}, or {token_name} may not read it; check its name, "
        "and the token's permissions if it is private."
    )


def _advise_on_credentials(repo: str, token_name: str | None) -> str:
    if token_name is None:
        return f"GitHub requires a token (request for {repo}); set GITHUB_TOKEN."
    return (
        f"GitHub does not accept {token_name} (request for {repo}); it may have expired: make a "
        "new one at https://github.com/settings/tokens, or unset it for public repositories."
    )
