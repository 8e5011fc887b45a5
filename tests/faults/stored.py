"""What the database holds, read by plain SQL on the tables themselves."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any, Final

import asyncpg
import msgspec


class PaymentRow(msgspec.Struct, frozen=True):
    """A stored payment."""

    id: str
    merchant_id: str
    number: str
    status: str
    amount_minor: int
    captured_minor: int
    refunded_minor: int
    fee_minor: int
    revision: int


class RefundRow(msgspec.Struct, frozen=True):
    """A stored refund."""

    id: str
    merchant_id: str
    number: str
    payment_id: str
    status: str
    amount_minor: int


class Leg(msgspec.Struct, frozen=True):
    """What one group of transfers moved for a payment or refund, by the transfers' type."""

    subject: str
    group_id: str
    type: str
    amount_minor: int
    count: int


class EventRow(msgspec.Struct, frozen=True):
    """A stored event; ``merchant_id`` is told first: the payee."""

    id: str
    type: str
    subject: str
    revision: int
    merchant_id: str


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the reconciliation looks at. Sums are in minor units, over all accounts of all currencies."""

    payments: list[PaymentRow]
    refunds: list[RefundRow]
    legs: list[Leg]
    events: list[EventRow]
    ledger_sum_minor: int
    held_drift_minor: int


_PAYMENTS: Final = """
SELECT id, creator_merchant_id, merchant_order_no, status, amount_minor, amount_captured_minor, amount_refunded_minor,
  fee_minor, revision
FROM payment
"""
_REFUNDS: Final = "SELECT id, merchant_id, merchant_refund_no, payment_id, status, amount_minor FROM refund"
_LEGS: Final = """
SELECT reference_id, group_id, type, CAST(SUM(amount_minor) AS bigint), COUNT(*)
FROM ledger_transfer WHERE reference_type IN ('payment', 'refund') GROUP BY reference_id, group_id, type
"""
# Thin events on accounts belong to no operation; the payee is the first merchant of all others.
_EVENTS: Final = """
SELECT id, type, subject_id, revision, merchant_id FROM event WHERE subject_type IN ('payment', 'refund')
"""
# Each currency by itself: what is missing in one must not be made up for by another.
_LEDGER_SUM: Final = """
SELECT CAST(COALESCE(SUM(ABS(off)), 0) AS bigint) FROM (
  SELECT SUM(e.amount_minor) AS off FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id GROUP BY a.currency
) s
"""
_HELD_DRIFT: Final = """
SELECT CAST(COALESCE(SUM(ABS(a.held_debits - COALESCE(h.held, 0))), 0) AS bigint)
FROM ledger_account a LEFT JOIN (
  SELECT debit_account_id, SUM(amount_minor - posted_minor - released_minor) AS held
  FROM ledger_hold WHERE status = 'open' GROUP BY debit_account_id
) h ON h.debit_account_id = a.id
"""


async def read_stored(database_url: str) -> Stored:
    """Read all of it, from ``sqlite:///path`` or ``postgresql://…``; nobody may be writing."""
    queries = (_PAYMENTS, _REFUNDS, _LEGS, _EVENTS, _LEDGER_SUM, _HELD_DRIFT)
    payments, refunds, legs, events, ledger_sum, held_drift = await query(database_url, *queries)
    return Stored(
        payments=[PaymentRow(*row) for row in payments],
        refunds=[RefundRow(*row) for row in refunds],
        legs=[Leg(*row) for row in legs],
        events=[EventRow(*row) for row in events],
        ledger_sum_minor=int(ledger_sum[0][0]),
        held_drift_minor=int(held_drift[0][0]),
    )


async def event_ids(database_url: str, types: tuple[str, ...], merchant_ids: list[str]) -> set[str]:
    """Return the ids of the stored events of ``types`` that ``merchant_ids`` are told first."""
    names, merchants = (", ".join(f"'{value}'" for value in values) for values in (types, merchant_ids))
    (rows,) = await query(
        database_url, f"SELECT id FROM event WHERE type IN ({names}) AND merchant_id IN ({merchants})"
    )
    return {row[0] for row in rows}


async def query(database_url: str, *statements: str) -> list[list[tuple[Any, ...]]]:
    """Return the rows of each statement, each run in a transaction of its own."""
    if database_url.startswith("sqlite:///"):
        return await asyncio.to_thread(_query_sqlite, database_url.removeprefix("sqlite:///"), statements)
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        return [[tuple(row) for row in await connection.fetch(each, timeout=60)] for each in statements]
    finally:
        await connection.close()


def _query_sqlite(path: str, statements: tuple[str, ...]) -> list[list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
        return [connection.execute(each).fetchall() for each in statements]
