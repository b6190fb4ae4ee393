"""Servers of S3's protocol and of PostgreSQL, a warehouse in a bucket, and Dagster's history."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.warehouse import changes
from repo_stats.warehouse.files import Files
from repo_stats_tests.scale.instances import make_home
from repo_stats_tests.scale.postgres_server import PostgresServer, find_programs, serve_postgres
from repo_stats_tests.scale.s3_server import BUCKET, S3Server, serve_s3


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of PostgreSQL."""
    programs = find_programs()
    if programs is None:
        pytest.skip("needs PostgreSQL (Debian: apt-get install postgresql)")
    with serve_postgres(programs) as served:
        yield served


@pytest.fixture
def kept_instance(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance whose history is in an empty database of PostgreSQL."""
    for name, value in make_home(tmp_path / "home", postgres).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as instance:
        yield instance


@pytest.fixture
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A server; a test may say by a parameter what it does with conditional writes."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(changes, "_tried", {})
    with serve_s3(getattr(request, "param", "keeps")) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
        bucket = Files(f"s3://{BUCKET}").filesystem
        bucket.clear_instance_cache()  # the server before had another address
        Files(f"s3://{BUCKET}").filesystem.call_s3("create_bucket", Bucket=BUCKET)
        served.calls.clear()
        yield served


@pytest.fixture
def files(server: S3Server) -> Files:
    """A warehouse in the bucket."""
    return Files(f"s3://{BUCKET}/stats")
