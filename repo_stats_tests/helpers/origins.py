"""Code locations that runs were started from, as Dagster notes them."""

from dagster._core.remote_origin import (
    CodeLocationOrigin,
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)


def make_location(name: str) -> CodeLocationOrigin:
    """A code location."""
    return RegisteredCodeLocationOrigin(name)


def make_origin(location: str, job: str = "refresh_repo") -> RemoteJobOrigin:
    """Where a run of a job was started from."""
    repository = RemoteRepositoryOrigin(make_location(location), "__repository__")
    return RemoteJobOrigin(repository, job)
