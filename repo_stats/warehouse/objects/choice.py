"""Which storage is asked in which way, and whether it can hold what cannot be fetched again."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from repo_stats.warehouse.file_errors import WarehouseError
from repo_stats.warehouse.objects.memory import MemoryStore
from repo_stats.warehouse.objects.s3 import S3Store
from repo_stats.warehouse.objects.store import ChangedMeanwhileError, ObjectStore

_STORES: Mapping[str, type[ObjectStore]] = {"s3": S3Store, "s3a": S3Store, "memory": MemoryStore}

PROBE = "conditional_writes"
"""An empty object, which conditional writes are tried with."""

_NO_VERSION = '"00000000000000000000000000000000"'
"""A version that no object has."""


def open_filesystem(root: str) -> Any:
    """The fsspec file system of a warehouse.

    Raises:
        WarehouseError: no file system is installed for the URL.
    """
    from fsspec.core import url_to_fs  # a warehouse on local disks does not need it

    try:
        # Other processes write as well, so that a remembered listing may be outdated.
        return url_to_fs(root, use_listings_cache=False)[0]
    except (ImportError, ValueError) as error:
        raise WarehouseError(
            f"REPO_STATS_WAREHOUSE is {root!r}, which cannot be reached ({error})."
        ) from None


def choose_store(root: str, filesystem: Any) -> ObjectStore:
    """How to ask for the objects of a warehouse.

    Args:
        root: the warehouse's URL.
        filesystem: of fsspec.
    """
    return _STORES.get(urlsplit(root).scheme, ObjectStore)(filesystem)


def writes_conditionally(store: ObjectStore, root: str) -> bool:
    """Whether a store refuses a conditional write if the condition does not hold.

    A store that does not know conditions may say so, or write as if there were none. So both that
    are used are tried: that there is no object, and that it has the version that was read.

    Args:
        store: to be tried.
        root: the warehouse's URL.

    Raises:
        OSError: that cannot be found out.
    """
    url = _probe(root)
    try:
        # The first of these writes succeeds if there is no object yet, but never the second.
        is_refused = _refuses(store, url, None) or _refuses(store, url, None)
        return is_refused and _refuses(store, url, _NO_VERSION)
    except NotImplementedError:
        return False


def deletes_conditionally(store: ObjectStore, root: str) -> bool:
    """Whether a store, which writes conditionally, also removes an object only on a condition.

    Args:
        store: to be tried.
        root: the warehouse's URL.

    Raises:
        OSError: that cannot be found out.
    """
    try:
        store.delete_version(_probe(root), _NO_VERSION)
    except ChangedMeanwhileError:
        return True
    except NotImplementedError:
        pass
    return False


def _probe(root: str) -> str:
    return f"{root.rstrip('/')}/{PROBE}"


def _refuses(store: ObjectStore, url: str, version: str | None) -> bool:
    try:
        store.write_version(url, b"", version)
    except ChangedMeanwhileError:
        return True
    return False
