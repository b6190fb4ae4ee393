"""Why a connection could not be made, in words."""

import socket
import ssl
from collections.abc import Iterator

import httpx

_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, OSError)


def is_unreachable(error: Exception) -> bool:
    """Whether there was no connection, so that the request was not sent."""
    return isinstance(error, _NOT_CONNECTED)


def find_certificate_problem(error: BaseException) -> str | None:
    """What is wrong with the server's certificate; None if that was not the reason."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return str(cause.verify_message)
    return None


def describe(error: BaseException) -> str:
    """Why there is no connection, in a few words."""
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return "its name cannot be resolved"
        if isinstance(cause, ConnectionRefusedError):
            return "it refuses the connection"
        if isinstance(cause, httpx.ProxyError):
            return f"the proxy answers {str(cause)[:100]!r}"
        if isinstance(cause, httpx.ConnectTimeout | TimeoutError):
            return "it does not answer"
        if isinstance(cause, ssl.SSLError):
            return f"no encrypted connection: {str(cause.reason or cause)[:100]}"
        if isinstance(cause, OSError) and cause.strerror and cause.errno:
            return cause.strerror[:100].lower()
    return type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that led to it, innermost first; the outermost comes last."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.append(each)
            further = [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
            waiting += [cause for cause in further if cause is not None]
    return reversed(seen)
