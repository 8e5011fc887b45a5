"""What lists of accounts and transactions are asked for."""

import msgspec

from tongbao_platform.kernel.clock import Instant


class AccountFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts."""

    currency: str | None = None


class AccountPosition(msgspec.Struct, frozen=True):
    """Where a page of accounts ended: the next one begins with what is older."""

    created_at: Instant
    id: str


class TransactionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which transactions; ``occurred_from`` is inclusive, ``occurred_to`` exclusive."""

    type: str | None = None
    occurred_from: Instant | None = None
    occurred_to: Instant | None = None


class DayFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which business dates (``YYYY-MM-DD``), both ends inclusive."""

    date_from: str | None = None
    date_to: str | None = None
