"""The global ids of nodes as GitHub forms them, and those that it formed before 2021."""

import base64
import binascii
import re
import struct

REPOSITORY = "R"

ISSUE = "I"

PULL_REQUEST = "PR"

_FIRST = {REPOSITORY: 0x92, ISSUE: 0x93, PULL_REQUEST: 0x93}
"""How the array begins that an id holds: with its length, as MessagePack writes it."""

_LEGACY = re.compile(r"010:Repository([0-9]+)")


def repository_id(number: int) -> str:
    """The id of a repository, such as `R_kgDOLbcpyg`."""
    return _write(REPOSITORY, 0, number)


def item_id(repository: int, number: int, *, is_pull_request: bool) -> str:
    """The id of an issue or a pull request.

    Args:
        repository: the number of its repository.
        number: GitHub's number of it, which is not the one in its address.
        is_pull_request: whether it is a pull request.
    """
    return _write(PULL_REQUEST if is_pull_request else ISSUE, 0, repository, number)


def legacy_repository_id(number: int) -> str:
    """The id that a repository had before 2021, such as `MDEwOlJlcG9zaXRvcnkxMjM=`."""
    return base64.b64encode(f"010:Repository{number}".encode()).decode()


def is_legacy(node_id: str) -> bool:
    """Whether an id has the legacy form."""
    return _LEGACY.fullmatch(_decode(node_id).decode("latin-1")) is not None


def read_repository(node_id: str) -> int | None:
    """The number of the repository that an id of either form names; None if it names none."""
    legacy = _LEGACY.fullmatch(_decode(node_id).decode("latin-1"))
    if legacy:
        return int(legacy[1])
    kind, _, packed = node_id.partition("_")
    numbers = _unpack(_decode(packed)) if kind == REPOSITORY else []
    return numbers[1] if len(numbers) == 2 and numbers[0] == 0 else None


def _write(kind: str, *numbers: int) -> str:
    packed = bytes([_FIRST[kind]]) + b"".join(map(_pack, numbers))
    return f"{kind}_{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def _pack(number: int) -> bytes:
    """A number as MessagePack writes it."""
    if number < 0x80:
        return struct.pack("B", number)
    for first, form, bits in ((0xCC, "B", 8), (0xCD, "H", 16), (0xCE, "I", 32)):
        if number < 1 << bits:
            return struct.pack(f">B{form}", first, number)
    return struct.pack(">BQ", 0xCF, number)


def _unpack(packed: bytes) -> list[int]:
    """The numbers of an array; none if it is malformed."""
    numbers, rest = [], packed[1:]
    while rest:
        size = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}.get(rest[0], 0)
        if len(rest) <= size or (size == 0 and rest[0] >= 0x80):
            return []
        numbers.append(int.from_bytes(rest[1 : 1 + size], "big") if size else rest[0])
        rest = rest[1 + size :]
    return numbers if packed[:1] == bytes([0x90 + len(numbers)]) else []


def _decode(text: str) -> bytes:
    """The bytes that base64 in either alphabet stands for; none if it is malformed."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
