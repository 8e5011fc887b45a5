"""An API operation as a value: the pipeline enforces, and the OpenAPI document says, what is written here."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

LimitClass = Literal["read", "write"]


class PathParameter(msgspec.Struct, frozen=True):
    """A parameter in the path: ``pattern`` is anchored; a value of another spelling names nothing and is 404."""

    pattern: str
    description: str
    example: str


class OperationSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One operation: its route, what it needs, what it answers.

    ``path`` is written as OpenAPI does (``/v1/payments/{id}``). ``scope`` is the token scope it needs (``None``: any
    token). ``handler`` is called with the exchange and the services; its docstring is the documentation. ``body`` and
    ``query`` are the wire structs of what is accepted, ``result`` of what is answered with each of ``statuses``.
    ``refusals`` are the codes that it adds to those of the pipeline. ``sealed`` answers show a secret and are stored
    encrypted. ``metadata_filter`` allows ``metadata.<key>`` query parameters.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    operation_id: str
    scope: str | None
    tag: str
    handler: Callable[[Any, Any], Awaitable[Any]]
    statuses: dict[int, str]
    result: type[Any] | None = None
    body: type[Any] | None = None
    query: type[Any] | None = None
    path_parameters: dict[str, PathParameter] = {}
    refusals: tuple[str, ...] = ()
    sealed: bool = False
    metadata_filter: bool = False
    events: tuple[str, ...] = ()

    @property
    def limit_class(self) -> LimitClass:
        """Which rate limit the operation draws on."""
        return "read" if self.method == "GET" else "write"

    @property
    def changes(self) -> bool:
        """Tell whether the operation changes something, so that it must be signed by every profile."""
        return self.method != "GET"
