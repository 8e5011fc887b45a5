"""How customers and their sessions are stored, and every query for them."""

from typing import Final

from sqlalchemy import select

from tongbao_platform.domain.customers.model import Customer, LoginSession
from tongbao_platform.domain.customers.tables import CUSTOMERS as CUSTOMER
from tongbao_platform.domain.customers.tables import LOGIN_SESSIONS as SESSION
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.rowset import RowSet

CUSTOMERS: Final = RowSet(
    Customer,
    CUSTOMER,
    mutable=(
        "password_hash",
        "pin_hash",
        "status",
        "pin_failures",
        "pin_locked_at",
        "sign_in_failures",
        "sign_in_blocked_until",
    ),
)
LOGIN_SESSIONS: Final = RowSet(LoginSession, SESSION, mutable=())


class CustomerStore:
    """Customers, for the bank's own pages; no client of the API reaches them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def get(self, customer_id: str) -> Customer | None:
        """Return one customer."""
        found = await self._reader.models(CUSTOMERS, select(CUSTOMER).where(CUSTOMER.c.id == customer_id))
        return found[0] if found else None

    async def by_login(self, login: str) -> Customer | None:
        """Return the customer with this login."""
        found = await self._reader.models(CUSTOMERS, select(CUSTOMER).where(CUSTOMER.c.login == login))
        return found[0] if found else None

    async def session(self, token_hash: bytes, now: Instant) -> LoginSession | None:
        """Return the session of a cookie while it lasts."""
        statement = select(SESSION).where(SESSION.c.token_hash == token_hash, SESSION.c.expires_at > now)
        found = await self._reader.models(LOGIN_SESSIONS, statement)
        return found[0] if found else None

    async def expired_sessions(self, now: Instant, limit: int) -> list[str]:
        """Return ids of sessions that have ended."""
        statement = select(SESSION.c.id).where(SESSION.c.expires_at <= now).order_by(SESSION.c.expires_at).limit(limit)
        return [str(row[0]) for row in await self._reader.rows(statement)]
