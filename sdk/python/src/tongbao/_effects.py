"""The seam between rules and I/O.

A rule is a generator: it yields what it wants done (an effect) and is sent the result. Two thin drivers, one blocking
and one asynchronous, do it; so each rule exists once. A failed exchange is thrown into the generator as
``TransportFailure``.
"""

from collections.abc import Callable, Generator
from typing import Any, TypeAlias, TypeVar

import msgspec

from tongbao._errors import ResponseFacts

T = TypeVar("T")


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """Send one request and return its answer (``Reply``). ``timeout_seconds`` bounds connecting and each wait."""

    method: str
    origin: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes | None
    timeout_seconds: float


class Pause(msgspec.Struct, frozen=True):
    """Wait."""

    seconds: float


class Alone(msgspec.Struct, frozen=True):
    """Run ``steps`` while nobody else runs steps under the same ``name`` (single flight)."""

    name: str
    steps: Callable[[], "Steps[Any]"]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer with all its header fields, names in lower case, in order."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Return all values of one header field (``name`` in lower case)."""
        return [value for field, value in self.fields if field == name]

    def value(self, name: str) -> str | None:
        """Return the first value of one header field."""
        return next(iter(self.values(name)), None)

    def facts(self) -> ResponseFacts:
        """Return the public form."""
        return ResponseFacts(status=self.status, headers=dict(reversed(self.fields)), body=self.body)


class TransportFailure(Exception):
    """No answer. ``sent`` says whether the server may have received the request; ``timed_out`` why."""

    def __init__(self, reason: str, *, sent: bool, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.timed_out = timed_out


Effect: TypeAlias = Exchange | Pause | Alone
Steps: TypeAlias = Generator[Effect, Any, T]
