"""What a driver's error means to the committer, whichever the driver.

PostgreSQL classes: appendix A of its manual. SQLite codes: sqlite.org/rescode.html.
"""

import sqlite3
from enum import Enum

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted


class Fault(Enum):
    """The committer's view of a database error."""

    DATA = "data"
    CONFLICT = "conflict"
    LOCKED = "locked"
    UNAVAILABLE = "unavailable"
    OTHER = "other"


_BY_CLASS = {"22": Fault.DATA, "23": Fault.DATA, "40": Fault.CONFLICT}
# 25: the server made the session read-only (it is a standby now) or ended it for idling. 0A: a migration changed what
# the session had prepared. Both are over on a new connection.
_UNAVAILABLE_CLASSES = ("08", "0A", "25", "53", "57", "58")
_SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_NOMEM,
}


def fault_of(error: BaseException) -> Fault:
    """Classify ``error``; what is no database error at all is ``OTHER``. A reader's error has the driver's inside."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return fault_of(error.orig.__cause__ or error.orig)
    if isinstance(error, PoolExhausted):
        return Fault.UNAVAILABLE
    if isinstance(error, asyncpg.PostgresError):
        return _postgres_fault(error.sqlstate or "")
    if isinstance(error, sqlite3.Error):
        return _sqlite_fault(error)
    if isinstance(error, asyncpg.InterfaceError | OSError | TimeoutError | EOFError):
        return Fault.UNAVAILABLE
    return Fault.OTHER


def is_duplicate(error: BaseException) -> bool:
    """Tell whether ``error`` says that a key was there already (unique_violation)."""
    return isinstance(error, asyncpg.UniqueViolationError)


def is_mistake(error: BaseException) -> bool:
    """Tell a mistake in a reader's query (``error`` has the driver's inside) from a database that is away.

    A writer answers both with a new connection.
    """
    inside = getattr(error, "orig", None)
    causes = (error, inside, getattr(inside, "__cause__", None))
    return any(
        isinstance(cause, asyncpg.ReadOnlySQLTransactionError | sqlite3.ProgrammingError)
        or getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY
        for cause in causes
    )


def _postgres_fault(sqlstate: str) -> Fault:
    if sqlstate == "55P03":
        return Fault.LOCKED
    if sqlstate.startswith(_UNAVAILABLE_CLASSES):
        return Fault.UNAVAILABLE
    return _BY_CLASS.get(sqlstate[:2], Fault.OTHER)


def _sqlite_fault(error: sqlite3.Error) -> Fault:
    # Extended codes keep the primary code in their low byte.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH}:
        return Fault.DATA
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return Fault.LOCKED
    if code in _SQLITE_UNAVAILABLE or isinstance(error, sqlite3.ProgrammingError):
        return Fault.UNAVAILABLE
    return Fault.OTHER
