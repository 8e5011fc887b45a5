"""Remember how far the verifier came: accounts proven, and where each kind of run continues."""

import msgspec

from tongbao_platform.domain.verification.model import Cursor, VerifiedAccount
from tongbao_platform.execution.operation import Changes, Found, Keys, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class RememberProven(msgspec.Struct, frozen=True, kw_only=True):
    """What one run proved. Of two verifiers the one that came further wins, account by account."""

    accounts: tuple[VerifiedAccount, ...] = ()
    cursors: tuple[Cursor, ...] = ()


def keys(command: RememberProven, found: Found) -> Keys:
    """Name the rows."""
    del found
    accounts = ((VerifiedAccount, account.id) for account in command.accounts)
    return Keys(rows=(*accounts, *((Cursor, cursor.id) for cursor in command.cursors)))


def decide(rows: Rows, command: RememberProven, now: Instant) -> Changes | Refusal:
    """Write what is new."""
    del now
    insert: list[VerifiedAccount | Cursor] = []
    update: list[VerifiedAccount | Cursor] = []
    for account in command.accounts:
        known = rows.get(VerifiedAccount, account.id)
        if known is None:
            insert.append(account)
        elif known.seq < account.seq:
            update.append(account)
    for cursor in command.cursors:
        (insert if rows.get(Cursor, cursor.id) is None else update).append(cursor)
    return Changes(result=None, insert=tuple(insert), update=tuple(update))
