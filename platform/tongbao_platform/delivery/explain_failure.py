"""Name the failure behind an exception of the HTTP client.

The transport turns aiohttp's errors into httpx's, rather coarsely (a broken connection becomes a connect time-out),
so the cause is looked at first.
"""

import ssl
from collections.abc import Iterator

import aiohttp

from tongbao_platform.delivery.connect_guard import ConnectNote
from tongbao_platform.delivery.sender import Failure


def explain_failure(error: BaseException, note: ConnectNote) -> tuple[Failure, str]:
    """Return the failure and a short phrase about it; ``note`` is what the guard said during the attempt."""
    if note.refusal is not None:
        return "address_refused", f"the host's address is not allowed: {note.refusal}"
    causes = tuple(_causes(error))
    if any(isinstance(cause, aiohttp.ClientConnectorDNSError) for cause in causes):
        return "dns", note.name_failure or "the name does not resolve"
    if any(isinstance(cause, ssl.CertificateError | aiohttp.ClientConnectorCertificateError) for cause in causes):
        return "tls", _certificate_fault(causes)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "tls", "no TLS session"
    if any(isinstance(cause, aiohttp.ClientConnectorError) for cause in causes):
        return "connect", "no connection"
    if any(isinstance(cause, aiohttp.ConnectionTimeoutError) for cause in causes):
        return "connect", "no connection in time"
    if any(isinstance(cause, aiohttp.ClientResponseError) for cause in causes):
        return "malformed", "the answer is not valid HTTP"
    return "disconnected", "the connection or the answer broke off"


def _certificate_fault(causes: tuple[BaseException, ...]) -> str:
    """Return what OpenSSL says about the certificate, e.g. ``certificate has expired``."""
    messages = (getattr(cause, "verify_message", None) for cause in causes)
    return next((str(message) for message in messages if message), "the certificate is not trusted")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, what caused it, and the system error that aiohttp's connector errors carry."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        if isinstance(seen, aiohttp.ClientConnectorError):
            yield seen.os_error
        seen = seen.__cause__ or seen.__context__
