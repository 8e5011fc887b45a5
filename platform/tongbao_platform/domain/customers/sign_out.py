"""End a session: the customer's own wish, or a worker's, when it has expired. Ending an ended one changes nothing."""

import msgspec

from tongbao_platform.domain.customers.model import LoginSession
from tongbao_platform.domain.customers.store import CustomerStore
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class SignOut(msgspec.Struct, frozen=True, kw_only=True):
    """The session to end."""

    session_id: str


async def expired(reader: Reader, now: Instant, limit: int) -> list[str]:
    """Return the ids of at most ``limit`` sessions that have expired."""
    return await CustomerStore(reader).expired_sessions(now, limit)


def keys(command: SignOut, found: Found) -> Keys:
    """Name the session."""
    del found
    return Keys(rows=((LoginSession, command.session_id),))


def decide(rows: Rows, command: SignOut, now: Instant) -> Changes | Refusal:
    """Delete the session."""
    del now
    session = rows.get(LoginSession, command.session_id)
    return Changes(result=None, delete=() if session is None else (session,))
