"""An answer as it came, beside its parsed form."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, ParamSpec, TypeVar, cast

from tongbao._call import Completed

T = TypeVar("T")
P = ParamSpec("P")


class RawResponse(Generic[T]):
    """A verified answer: status, headers, body octets, and ``parse()`` for the typed object."""

    def __init__(self, completed: Completed, parse: Callable[[Completed], T]) -> None:
        self._facts = completed.reply.facts()
        self._completed = completed
        self._parse = parse

    def __repr__(self) -> str:
        return f"<RawResponse {self.status_code} {self.request_id}>"

    @property
    def status_code(self) -> int:
        """The HTTP status: 201 for made now, 200 for found."""
        return self._facts.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields, names in lower case."""
        return self._facts.headers

    @property
    def body(self) -> bytes:
        """The octets that were signed."""
        return self._facts.body

    @property
    def request_id(self) -> str | None:
        """The server's name for the request."""
        return self._facts.request_id

    @property
    def idempotency_key(self) -> str | None:
        """The key that was sent."""
        return self._completed.idempotency_key

    @property
    def idempotent_replayed(self) -> bool:
        """Whether this is the stored answer of an earlier attempt."""
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def attempts(self) -> int:
        """How many requests it took."""
        return self._completed.attempts

    def parse(self) -> T:
        """Return the typed object."""
        return self._parse(self._completed)


def as_raw(method: Callable[P, T]) -> Callable[P, RawResponse[T]]:
    """Give a method of a raw resource the type of what it really returns."""
    return cast("Callable[P, RawResponse[T]]", method)


def as_async_raw(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[RawResponse[T]]]:
    """Give a method of an asynchronous raw resource the type of what it really returns."""
    return cast("Callable[P, Awaitable[RawResponse[T]]]", cast("Any", method))
