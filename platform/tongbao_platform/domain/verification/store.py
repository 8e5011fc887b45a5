"""Turns proofs into statements, and keeps what the verifier remembers.

A proof may be limited to a window: what was made since ``Window.since``, found through ids, which begin with the time
of their making. Proofs of single accounts and payments are limited to a portion of those that the window touches, by
id, so that the databases go by key however many there are.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from sqlalchemy import BindParameter, Select, TextualSelect, bindparam, column, func, select, text

from tongbao_platform.domain.verification.model import Cursor, Proof, VerifiedAccount, Window
from tongbao_platform.domain.verification.proofs.tails import TAIL
from tongbao_platform.domain.verification.tables import CURSORS as CURSOR_TABLE
from tongbao_platform.domain.verification.tables import VERIFIED_ACCOUNTS as VERIFIED_ACCOUNT_TABLE
from tongbao_platform.execution.reading import Reader
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.ids import least_id
from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.rowset import RowSet

VERIFIED_ACCOUNTS: Final = RowSet(VerifiedAccount, VERIFIED_ACCOUNT_TABLE)
CURSORS: Final = RowSet(Cursor, CURSOR_TABLE)

COUNTED: Final = ("ledger_account", "ledger_transfer", "ledger_entry", "ledger_hold", "payment", "refund", "event")

_RECENT_HOLDS: Final = """
  SELECT 'hld_' || substr(subject_id, 5) FROM event WHERE id >= :evt AND subject_type = 'payment'
"""
_TOLD: Final = "SELECT DISTINCT subject_id FROM event WHERE id >= :evt AND subject_type = 'payment' ORDER BY subject_id"
_TOUCHED: Final = """
  SELECT debit_account_id AS id FROM ledger_transfer WHERE id >= :tra
  UNION SELECT credit_account_id FROM ledger_transfer WHERE id >= :tra
  UNION SELECT debit_account_id FROM ledger_hold WHERE id IN ({recent_holds})
  UNION SELECT credit_account_id FROM ledger_hold WHERE id IN ({recent_holds})
  ORDER BY id
"""
# What stands in a proof's braces when it looks at the recent past only.
SCOPES: Final[Mapping[str, str]] = {
    "accounts": "AND a.id IN :accounts",
    "transfers": "AND id >= :tra",
    "transfers_t": "AND t.id >= :tra",
    "events": "AND id >= :evt",
    "payments": "AND p.id >= :pay",
    "refunds": "AND r.id >= :ref",
    "holds": "AND h.id IN :holds",
    # Payments of any age that told something.
    "told": "AND p.id IN :told",
    "refunded": "AND p.id IN (SELECT payment_id FROM refund WHERE id >= :ref)",
    "tail": TAIL,
}
Scope = Literal["accounts", "payments", "window"]
_EVERYTHING: Final[Mapping[str, str]] = dict.fromkeys(SCOPES, "")
_MOVED: Final = """
SELECT a.id, a.seq, a.posted_credits - a.posted_debits
FROM ledger_account a LEFT JOIN verified_account v ON v.id = a.id
WHERE a.seq <> COALESCE(v.seq, 0) {accounts}
ORDER BY a.id
"""


def full_statement(proof: Proof, limit: int, now: Instant) -> TextualSelect:
    """Return the query of one proof over everything, stopping after ``limit`` findings."""
    return _bound(f"{proof.sql.format_map(_EVERYTHING)} LIMIT {limit:d}", {"now": now})


def recent_statement(proof: Proof, limit: int, window: Window, ids: Sequence[str] = ()) -> TextualSelect:
    """Return the query of one proof over what happened in ``window``, stopping after ``limit`` findings.

    ``ids`` are the accounts or payments that a proof of such looks at (``scope_of``).
    """
    return _bound(f"{proof.sql.format_map(SCOPES)} LIMIT {limit:d}", _bounds(window), ids)


def scope_of(proof: Proof) -> Scope:
    """Tell what a proof looks at: single accounts, single payments, or the window as a whole."""
    if "{accounts}" in proof.sql:
        return "accounts"
    return "payments" if "{told}" in proof.sql or "{holds}" in proof.sql else "window"


def _bounds(window: Window) -> dict[str, str | int]:
    # A transfer or an event may carry an earlier time than the payment that it is of: another machine drew the id.
    earlier = Instant(window.since - window.slack_ms)
    return {
        "now": window.now,
        "most_tail": window.most_tail,
        "pay": least_id("pay", window.since),
        "ref": least_id("ref", window.since),
        "tra": least_id("tra", earlier),
        "evt": least_id("evt", earlier),
    }


def _bound(
    sql: str,
    bounds: Mapping[str, str | int],
    ids: Sequence[str] = (),
    columns: Sequence[str] = ("subject", "detail"),
) -> TextualSelect:
    values: list[BindParameter[Any]] = [bindparam(name, value) for name, value in bounds.items() if f":{name}" in sql]
    listed = {"accounts": list(ids), "told": list(ids), "holds": [f"hld_{each[4:]}" for each in ids]}
    values.extend(bindparam(name, each, expanding=True) for name, each in listed.items() if f":{name}" in sql)
    return text(sql).bindparams(*values).columns(*(column(name) for name in columns))


def count(table: str) -> Select[int]:
    """Return the query that counts the rows of one of ``COUNTED``."""
    return select(func.count()).select_from(METADATA.tables[table])


async def latest_entry_at(reader: Reader) -> Instant:
    """Return the time of the book's last entry: no verification of it can be earlier."""
    ((latest,),) = await reader.rows(select(func.max(METADATA.tables["ledger_account"].c.last_entry_at)))
    return Instant(latest or 0)


async def touched_accounts(reader: Reader, window: Window) -> list[str]:
    """Return the accounts that transfers and holds of ``window`` touch, by id."""
    rows = await reader.rows(_bound(_TOUCHED.format(recent_holds=_RECENT_HOLDS), _bounds(window), columns=("id",)))
    return [account_id for (account_id,) in rows]


async def told_payments(reader: Reader, window: Window) -> list[str]:
    """Return the payments, of any age, that told something in ``window``, by id."""
    rows = await reader.rows(_bound(_TOLD, _bounds(window), columns=("id",)))
    return [payment_id for (payment_id,) in rows]


async def moved_accounts(reader: Reader, accounts: Sequence[str]) -> list[VerifiedAccount]:
    """Return, as they stand, those of ``accounts`` that have other entries than those proven."""
    rows = await reader.rows(_bound(_MOVED.format_map(SCOPES), {}, accounts, ("id", "seq", "balance")))
    return [VerifiedAccount(id=account_id, seq=seq, balance_minor=int(balance)) for account_id, seq, balance in rows]


async def cursors(reader: Reader) -> dict[str, int]:
    """Return where each kind of run continues."""
    rows = await reader.models(CURSORS, select(CURSOR_TABLE))
    return {row.id: row.position for row in rows}
