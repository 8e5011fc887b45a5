"""The bank's customer and its sessions on the bank's own pages."""

from typing import Literal

import msgspec

from tongbao_platform.kernel.clock import Instant

CustomerStatus = Literal["active", "blocked"]


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer.

    ``password_hash`` and ``pin_hash`` are argon2id strings. ``name_masked`` is all that is kept of the name here.
    A locked PIN (``pin_locked_at``) stays locked until the bank sets a new one; wrong passwords only slow sign-in
    down (``sign_in_blocked_until``), for a lock would let strangers lock people out.
    """

    id: str
    login: str
    password_hash: str
    pin_hash: str
    name_masked: str
    status: CustomerStatus
    livemode: bool
    created_at: Instant
    pin_failures: int = 0
    pin_locked_at: Instant | None = None
    sign_in_failures: int = 0
    sign_in_blocked_until: Instant | None = None


class LoginSession(msgspec.Struct, frozen=True, kw_only=True):
    """A customer signed in on a browser; the cookie's token is kept as its SHA-256 only."""

    id: str
    token_hash: bytes
    customer_id: str
    created_at: Instant
    expires_at: Instant
