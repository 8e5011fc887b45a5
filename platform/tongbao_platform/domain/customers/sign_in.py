"""Sign a customer in: store a session.

The password was verified before, off the event loop, against ``password_hash``. It is checked here again that this is
still the customer's and that sign-in is not slowed down, so that guesses count in the order they are committed.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from tongbao_platform.domain.customers import errors
from tongbao_platform.domain.customers.model import Customer, LoginSession
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import MINUTE_MS, Instant, later
from tongbao_platform.kernel.errors import Refusal

SESSION_LIFE_MS: Final = 15 * MINUTE_MS


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs in: the SHA-256 of the cookie's token, and the ``password_hash`` that the password matched."""

    session_id: str
    token_hash: bytes
    customer_id: str
    password_hash: str


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The session and its customer."""

    session: LoginSession
    customer: Customer


def keys(command: SignIn, found: Found) -> Keys:
    """Name the customer."""
    del found
    return Keys(rows=((Customer, command.customer_id),))


def decide(rows: Rows, command: SignIn, now: Instant) -> Changes | Refusal:
    """Store the session and forgive earlier failures."""
    customer = rows.get(Customer, command.customer_id)
    if customer is None or customer.status != "active":
        return errors.CREDENTIALS_WRONG
    if customer.sign_in_blocked_until is not None and customer.sign_in_blocked_until > now:
        return errors.CREDENTIALS_LOCKED
    if customer.password_hash != command.password_hash:
        return errors.CREDENTIALS_WRONG
    session = LoginSession(
        id=command.session_id,
        token_hash=command.token_hash,
        customer_id=customer.id,
        created_at=now,
        expires_at=later(now, SESSION_LIFE_MS),
    )
    if not customer.sign_in_failures:
        return Changes(result=SignedIn(session=session, customer=customer), insert=(session,))
    forgiven = replace(customer, sign_in_failures=0, sign_in_blocked_until=None)
    return Changes(result=SignedIn(session=session, customer=forgiven), insert=(session,), update=(forgiven,))
