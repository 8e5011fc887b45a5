"""What the generated code says about an operation, and one call of it."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of the API's document.

    ``path`` is a template, e.g. ``/v1/payments/{payment_id}``. ``idempotent``: takes an ``Idempotency-Key``.
    ``number_field``: the body's field with the merchant's own number; ``resolve_with``: the operation that tells what
    became of a write, called with ``resolve_argument`` (a field of the body or a path parameter).
    """

    operation_id: str
    method: str
    path: str
    idempotent: bool = False
    has_body: bool = False
    number_field: str | None = None
    resolve_with: str | None = None
    resolve_argument: str | None = None

    @property
    def is_write(self) -> bool:
        """Whether the operation may change something."""
        return self.method not in ("GET", "HEAD")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call: an operation with its arguments. ``body`` fields that are ``UNSET`` are not sent."""

    operation: Operation
    path_values: Mapping[str, str] = {}
    query: Mapping[str, object] = {}
    body: Mapping[str, object] = {}
    options: Mapping[str, Any] = {}
