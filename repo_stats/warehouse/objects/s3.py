"""S3, and what speaks its protocol: one request for each read, write and listing of 1,000 objects.

s3fs asks for the size of an object before each read, and again after each write. So its requests
are made here, with its sessions, credentials and retries. Nothing is remembered between them.
"""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from mimetypes import MimeTypes
from typing import Any, BinaryIO

from repo_stats.warehouse.objects.store import (
    ChangedMeanwhileError,
    EndOfObject,
    Entry,
    ObjectStore,
    StoredObject,
)
from repo_stats.warehouse.stamps import remote_stamp

_END_SIZE = 65_536
"""How much of an object is fetched at first to have its end, in bytes: nearly always enough."""

_CHANGED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
"""The codes with which a server refuses a conditional write."""

_EMPTY = ("InvalidRange", "416")
"""The codes with which a server answers if the end of an empty object is asked for."""

_TRIES = 3
"""How often an object is requested whose bytes do not all arrive."""

_KINDS = MimeTypes()
"""The types of files by their names: Python's own, whatever is installed beside it."""

_NO_CREDENTIALS = (
    "there are no credentials for it: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
    "AWS_PROFILE"
)


class S3Store(ObjectStore):
    """The objects of buckets."""

    def read(self, url: str) -> StoredObject:
        """See `ObjectStore`."""
        try:
            content, answer = self._get(url)
        except FileNotFoundError:
            return StoredObject(None, None)
        return StoredObject(content, answer["ETag"])

    def open(self, url: str) -> BinaryIO:
        """See `ObjectStore`."""
        try:
            end, answer = self._get(url, Range=f"bytes=-{_END_SIZE}")
        except OSError as error:
            if _code_of(error) not in _EMPTY:
                raise
            return EndOfObject(b"", 0, bytes)
        size = int(answer.get("ContentRange", f"/{len(end)}").rpartition("/")[2])
        return EndOfObject(end, size, lambda: self._get(url)[0])

    def find(self, url: str) -> Entry:
        """See `ObjectStore`."""
        told = self._call("head_object", url)
        return Entry(url, _stamp(told, told["ContentLength"]), told["ContentLength"])

    def write(self, url: str, content: bytes) -> str:
        """See `ObjectStore`."""
        return _stamp(self._put(url, content), len(content))

    def write_version(self, url: str, content: bytes, version: str | None) -> None:
        """See `ObjectStore`."""
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        with _refusals_told():
            self._put(url, content, **condition)

    def delete(self, url: str) -> None:
        """See `ObjectStore`."""
        self._call("delete_object", url)

    def delete_version(self, url: str, version: str | None) -> None:
        """See `ObjectStore`."""
        with _refusals_told():
            self._call("delete_object", url, IfMatch=version)

    def list(self, url: str) -> Iterator[Entry]:
        """See `ObjectStore`."""
        return self._list(url, Delimiter="/")

    def walk(self, url: str) -> Iterator[Entry]:
        """See `ObjectStore`."""
        return self._list(url)

    def _list(self, url: str, **options: str) -> Iterator[Entry]:
        bucket, key, _ = self.filesystem.split_path(url)
        prefix = f"{key.rstrip('/')}/" if key else ""
        while True:
            with _errors_told():
                answer = self.filesystem.call_s3(
                    "list_objects_v2", Bucket=bucket, Prefix=prefix, **options
                )
            for folder in answer.get("CommonPrefixes", ()):
                yield Entry(folder["Prefix"].removeprefix(prefix).rstrip("/"), "")
            for found in answer.get("Contents", ()):
                if found["Key"] != prefix:  # a folder that a console has made
                    stamp = _stamp(found, found["Size"])
                    yield Entry(found["Key"].removeprefix(prefix), stamp, found["Size"])
            if not answer.get("IsTruncated"):
                return
            options = {**options, "ContinuationToken": answer["NextContinuationToken"]}

    def _get(self, url: str, **options: str) -> tuple[bytes, Mapping[str, Any]]:
        """The bytes of an object, and what the server says of it."""
        for tries_left in reversed(range(_TRIES)):
            answer = self._call("get_object", url, **options)
            try:
                with _errors_told():
                    return self._receive(answer["Body"]), answer
            except OSError:
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _receive(self, body: Any) -> bytes:
        from fsspec.asyn import sync

        async def receive() -> bytes:
            try:
                content: bytes = await body.read()
            finally:
                body.close()
            return content

        received: bytes = sync(self.filesystem.loop, receive)
        return received

    def _put(self, url: str, content: bytes, **options: Any) -> Mapping[str, Any]:
        kind = _KINDS.guess_type(url)[0] or "application/octet-stream"
        encoding = "; charset=utf-8" if kind.startswith("text/") else ""
        return self._call("put_object", url, Body=content, ContentType=kind + encoding, **options)

    def _call(self, method: str, url: str, **options: Any) -> Mapping[str, Any]:
        bucket, key, _ = self.filesystem.split_path(url)
        with _errors_told():
            answer: Mapping[str, Any] = self.filesystem.call_s3(
                method, Bucket=bucket, Key=key, **options
            )
        return answer


def _stamp(told: Mapping[str, Any], size: int) -> str:
    return remote_stamp({"ETag": told["ETag"], "size": size})


def _code_of(error: OSError) -> str:
    """S3's code of an error."""
    answer: Mapping[str, Any] = getattr(error.__cause__, "response", {})
    return str(answer.get("Error", {}).get("Code", ""))


@contextmanager
def _refusals_told() -> Iterator[None]:
    """Turn what a server answers to a conditional request into the errors of `ObjectStore`."""
    try:
        yield
    except OSError as error:
        is_gone = isinstance(error, FileNotFoundError) and _code_of(error) != "NoSuchBucket"
        if is_gone or _code_of(error) in _CHANGED:
            raise ChangedMeanwhileError from error
        if error.errno == errno.ENOSYS:
            raise NotImplementedError from error
        raise


@contextmanager
def _errors_told() -> Iterator[None]:
    """Turn the errors of the libraries below s3fs into an `OSError`, as s3fs does with S3's."""
    from aiohttp import ClientError
    from botocore.exceptions import BotoCoreError, NoCredentialsError, PartialCredentialsError

    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise OSError(errno.EACCES, _NO_CREDENTIALS) from error
    except (BotoCoreError, ClientError) as error:
        kind = type(error).__name__
        raise OSError(errno.EIO, f"the storage gave no usable answer: {kind}") from error
