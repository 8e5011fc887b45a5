"""The port through which a delivery leaves: one POST, bounded in every direction, told as a value."""

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

Failure = Literal[
    "url_refused",  # the stored URL breaks today's rules; nothing was resolved or sent
    "address_refused",  # the host leads to an address the guard denies; nothing was sent
    "dns",  # the name does not resolve, or not in time
    "connect",  # no TCP connection
    "tls",  # no trustworthy TLS session
    "deadline",  # not everything was done within the total time; the receiver may have acted
    "disconnected",  # the connection or the answer's body broke off; the receiver may have acted
    "malformed",  # what came back is not HTTP
]


class SendResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one attempt.

    ``failure`` None means a complete answer (or one cut at the body limit); ``status`` is also set when the answer's
    head arrived and its body then failed. ``headers`` are the allow-listed ones, names in lower case, in the order
    received; ``body`` is at most 16 KiB, undecoded; ``body_truncated`` says that more was on its way. ``detail`` is a
    short English phrase for the merchant's delivery log without addresses or secrets. ``duration_ms`` is whole
    milliseconds from start to end.
    """

    status: int | None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    body_truncated: bool = False
    failure: Failure | None = None
    detail: str = ""
    duration_ms: int


class Sender(Protocol):
    """Sends one webhook; whatever the receiver does comes back as a result, never as an exception."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, deadline_seconds: float) -> SendResult:
        """POST ``body`` to ``url`` and tell what happened.

        ``deadline_seconds`` covers name look-up, connection, TLS, request and whole answer.
        Redirects are not followed, no cookie is kept, no proxy setting of the environment is used.
        """
        ...
