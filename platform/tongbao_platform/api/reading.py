"""Reads: one object, or a page of a list with its cursor."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Meta

from tongbao_platform.api.services import ApiServices
from tongbao_platform.http.cursors import InvalidCursor
from tongbao_platform.http.exchange import Exchange, HeaderList, Response
from tongbao_platform.http.query import Query
from tongbao_platform.kernel.errors import FieldError, Refusal

JSON: Final = "application/json"
T = TypeVar("T")
Position = tuple[int | str, ...]
_encode = msgspec.json.Encoder().encode

NOT_FOUND: Final = Refusal(code="not_found", detail="There is no such object, or it is not yours.")
_INVALID_CURSOR: Final = Refusal(
    code="invalid_cursor",
    detail="The cursor is not one of this list with these filters. Start from the first page.",
    errors=(FieldError("query:cursor", "not_allowed", "Use next_cursor of the page before, with the same filters."),),
)


def found(body: Any) -> Response:  # noqa: ANN401 - any wire struct
    """Answer 200 with ``body``."""
    return Response(200, [("Content-Type", JSON)], _encode(body))


class ListQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What every list accepts."""

    limit: Annotated[int, Meta(ge=1, le=200, description="How many objects a page holds at most.")] = 20
    cursor: (
        Annotated[
            str, Meta(max_length=1024, description="`next_cursor` of the page before; with the same filters only.")
        ]
        | None
    ) = None


Q = TypeVar("Q", bound=ListQuery)


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """How one list is read: ``fetch(after, limit)``, where an item stands in it, and how an item is shown."""

    fetch: Callable[[Position | None, int], Awaitable[list[T]]]
    position_of: Callable[[T], Position]
    show: Callable[[T], Any]


class Page(msgspec.Struct, frozen=True):
    """A page as it is answered."""

    data: list[Any]
    has_more: bool
    next_cursor: str | None


async def page(exchange: Exchange, services: ApiServices, query: Query[Q], listing: Listing[T]) -> Response:
    """Answer a page; one item more than asked for is read, to know whether more follow."""
    values = query.values
    binding = _binding(exchange, query)
    after: Position | None = None
    if values.cursor is not None:
        try:
            after = services.cursors.read(values.cursor, binding)
        except InvalidCursor:
            return exchange.refuse(_INVALID_CURSOR)
    items = await listing.fetch(after, values.limit + 1)
    has_more = len(items) > values.limit
    items = items[: values.limit]
    cursor = services.cursors.make(listing.position_of(items[-1]), binding) if has_more else None
    headers: HeaderList = [("Content-Type", JSON)]
    if cursor is not None:
        headers.append(("Link", f'<{_next_target(exchange, cursor)}>; rel="next"'))
    return Response(200, headers, _encode(Page([listing.show(item) for item in items], has_more, cursor)))


def _binding(exchange: Exchange, query: Query[Q]) -> tuple[object, ...]:
    """Return what a cursor is good for: this client, merchant, path and filters; the page's size may change."""
    caller = exchange.require_caller()
    filters = msgspec.to_builtins(query.values)
    del filters["cursor"], filters["limit"]
    return (caller.client_id, caller.merchant_id, exchange.path, filters, query.metadata)


def _next_target(exchange: Exchange, cursor: str) -> str:
    # What a sender left unescaped must not end the link early.
    query = quote(exchange.query, safe="=&%+!*'(),:;@/?$~-._")
    kept = [piece for piece in query.split("&") if piece and not piece.startswith("cursor=")]
    return f"{exchange.path}?{'&'.join([*kept, f'cursor={quote(cursor)}'])}"
