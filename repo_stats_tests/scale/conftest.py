"""A server of S3's protocol, and a warehouse in its bucket."""

import os
from collections.abc import Iterator

import pytest

from repo_stats.warehouse import changes
from repo_stats.warehouse.files import Files
from repo_stats_tests.scale.s3_server import BUCKET, S3Server, serve_s3


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
