"""The proofs as queries that return nothing when the books are right.

They are plain SQL that both databases read, on the tables themselves: a verifier that shared code with the writer would
share its mistakes. Each row is (subject, detail).
"""

from typing import Final

from sqlalchemy import Select, TextualSelect, column, func, select, text

from tongbao_platform.storage.metadata import METADATA

COUNTED: Final = ("ledger_account", "ledger_transfer", "ledger_entry", "ledger_hold", "payment", "refund", "event")

_SUM_ZERO: Final = """
SELECT a.currency, CAST(SUM(e.amount_minor) AS text)
FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
GROUP BY a.currency HAVING SUM(e.amount_minor) <> 0
"""

_GROUP_ZERO: Final = """
SELECT t.group_id, t.currency || ' ' || CAST(SUM(e.amount_minor) AS text)
FROM ledger_transfer t JOIN ledger_entry e ON e.transfer_id = t.id
GROUP BY t.group_id, t.currency HAVING SUM(e.amount_minor) <> 0
"""

# The accounts are compared after the join, not in it: with them SQLite would look through whole accounts per transfer.
_TWO_ENTRIES: Final = """
SELECT t.id, 'entries ' || CAST(COUNT(e.transfer_id) AS text)
FROM ledger_transfer t LEFT JOIN ledger_entry e ON e.transfer_id = t.id
GROUP BY t.id HAVING COUNT(e.transfer_id) <> 2
  OR SUM(CASE WHEN e.account_id = t.debit_account_id AND e.amount_minor = -t.amount_minor THEN 1 ELSE 0 END) <> 1
  OR SUM(CASE WHEN e.account_id = t.credit_account_id AND e.amount_minor = t.amount_minor THEN 1 ELSE 0 END) <> 1
"""

_ORPHANS: Final = """
SELECT e.account_id || '/' || CAST(e.seq AS text), 'no such transfer or account'
FROM ledger_entry e
LEFT JOIN ledger_transfer t ON t.id = e.transfer_id LEFT JOIN ledger_account a ON a.id = e.account_id
WHERE t.id IS NULL OR a.id IS NULL OR a.currency <> t.currency
"""

_BALANCE: Final = """
SELECT a.id, 'account ' || CAST(a.posted_credits - a.posted_debits AS text) || ', entries '
  || CAST(COALESCE(s.credits, 0) - COALESCE(s.debits, 0) AS text) || ', last '
  || CAST(COALESCE(l.balance_after_minor, 0) AS text)
FROM ledger_account a
LEFT JOIN (SELECT account_id,
    SUM(CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END) AS credits,
    SUM(CASE WHEN amount_minor < 0 THEN -amount_minor ELSE 0 END) AS debits
  FROM ledger_entry GROUP BY account_id) s ON s.account_id = a.id
LEFT JOIN ledger_entry l ON l.account_id = a.id AND l.seq = a.seq
WHERE a.posted_credits <> COALESCE(s.credits, 0) OR a.posted_debits <> COALESCE(s.debits, 0)
  OR a.posted_credits - a.posted_debits <> COALESCE(l.balance_after_minor, 0)
"""

_RUNNING: Final = """
SELECT account_id || '/' || CAST(seq AS text), 'balance after does not follow'
FROM (SELECT account_id, seq, amount_minor, balance_after_minor,
    LAG(balance_after_minor, 1, 0) OVER (PARTITION BY account_id ORDER BY seq) AS before_minor
  FROM ledger_entry) e
WHERE e.balance_after_minor <> e.before_minor + e.amount_minor
"""

_SEQ: Final = """
SELECT a.id, 'account ' || CAST(a.seq AS text) || ', entries ' || CAST(COALESCE(s.entries, 0) AS text)
FROM ledger_account a
LEFT JOIN (SELECT account_id, COUNT(*) AS entries, MIN(seq) AS first, MAX(seq) AS last
  FROM ledger_entry GROUP BY account_id) s ON s.account_id = a.id
WHERE a.seq <> COALESCE(s.entries, 0) OR a.seq <> COALESCE(s.last, 0) OR COALESCE(s.first, 1) <> 1
"""

_HELD: Final = """
SELECT a.id, 'held does not equal open holds'
FROM ledger_account a
LEFT JOIN (SELECT debit_account_id AS account_id, SUM(amount_minor - posted_minor - released_minor) AS amount
  FROM ledger_hold WHERE status = 'open' GROUP BY debit_account_id) d ON d.account_id = a.id
LEFT JOIN (SELECT credit_account_id AS account_id, SUM(amount_minor - posted_minor - released_minor) AS amount
  FROM ledger_hold WHERE status = 'open' GROUP BY credit_account_id) c ON c.account_id = a.id
WHERE a.held_debits <> COALESCE(d.amount, 0) OR a.held_credits <> COALESCE(c.amount, 0)
"""

_HOLD_POSTED: Final = """
SELECT h.id, 'posted ' || CAST(h.posted_minor AS text) || ', transfers '
  || CAST(COALESCE(SUM(t.amount_minor), 0) AS text)
FROM ledger_hold h LEFT JOIN ledger_transfer t ON t.hold_id = h.id
GROUP BY h.id, h.posted_minor HAVING h.posted_minor <> COALESCE(SUM(t.amount_minor), 0)
"""

_FLOOR: Final = """
SELECT id, 'available ' || CAST(posted_credits - posted_debits - held_debits AS text)
FROM ledger_account
WHERE floor_minor IS NOT NULL AND posted_credits - posted_debits - held_debits < floor_minor
"""

# The principal to the payee and, with a fee, the fee to fee income; nothing for a payment that did not succeed.
_PAYMENT_LEGS: Final = """
SELECT p.id, p.status || ', legs ' || CAST(COUNT(t.id) AS text)
FROM payment p LEFT JOIN ledger_transfer t ON t.reference_type = 'payment' AND t.reference_id = p.id
GROUP BY p.id, p.status, p.amount_captured_minor, p.fee_minor
HAVING COUNT(t.id) <> (CASE WHEN p.status <> 'succeeded' THEN 0 WHEN p.fee_minor > 0 THEN 2 ELSE 1 END)
  OR (p.status = 'succeeded' AND (
    SUM(CASE WHEN t.type = 'payment' THEN t.amount_minor ELSE 0 END) <> p.amount_captured_minor
    OR SUM(CASE WHEN t.type = 'fee' THEN t.amount_minor ELSE 0 END) <> p.fee_minor
    OR COUNT(DISTINCT t.group_id) <> 1))
"""

_REFUND_LEGS: Final = """
SELECT r.id, r.status || ', legs ' || CAST(COUNT(t.id) AS text)
FROM refund r LEFT JOIN ledger_transfer t ON t.reference_type = 'refund' AND t.reference_id = r.id
GROUP BY r.id, r.status, r.amount_minor, r.fee_returned_minor
HAVING COUNT(t.id) <> (CASE WHEN r.status <> 'succeeded' THEN 0 WHEN r.fee_returned_minor > 0 THEN 2 ELSE 1 END)
  OR (r.status = 'succeeded' AND (
    SUM(CASE WHEN t.type = 'refund' THEN t.amount_minor ELSE 0 END) <> r.amount_minor
    OR SUM(CASE WHEN t.type = 'fee_refund' THEN t.amount_minor ELSE 0 END) <> r.fee_returned_minor
    OR COUNT(DISTINCT t.group_id) <> 1))
"""

_STRAY_LEGS: Final = """
SELECT t.id, t.reference_type || ' ' || t.reference_id || ' does not exist'
FROM ledger_transfer t LEFT JOIN payment p ON p.id = t.reference_id LEFT JOIN refund r ON r.id = t.reference_id
WHERE (t.reference_type = 'payment' AND p.id IS NULL) OR (t.reference_type = 'refund' AND r.id IS NULL)
"""

_PAYMENT_EVENT: Final = """
SELECT p.id, p.status || ', events ' || CAST(COUNT(e.id) AS text)
FROM payment p LEFT JOIN event e ON e.subject_id = p.id AND e.type = 'payment.succeeded'
GROUP BY p.id, p.status HAVING COUNT(e.id) <> (CASE WHEN p.status = 'succeeded' THEN 1 ELSE 0 END)
"""

_REFUND_EVENT: Final = """
SELECT r.id, r.status || ', events ' || CAST(COUNT(e.id) AS text)
FROM refund r LEFT JOIN event e ON e.subject_id = r.id AND e.type = 'refund.succeeded'
GROUP BY r.id, r.status HAVING COUNT(e.id) <> (CASE WHEN r.status = 'succeeded' THEN 1 ELSE 0 END)
"""

_REFUNDED: Final = """
SELECT p.id, 'payment ' || CAST(p.amount_refunded_minor AS text) || ', refunds '
  || CAST(COALESCE(SUM(r.amount_minor), 0) AS text)
FROM payment p LEFT JOIN refund r ON r.payment_id = p.id AND r.status = 'succeeded'
GROUP BY p.id, p.amount_refunded_minor, p.fee_returned_minor
HAVING p.amount_refunded_minor <> COALESCE(SUM(r.amount_minor), 0)
  OR p.fee_returned_minor <> COALESCE(SUM(r.fee_returned_minor), 0)
"""

PROOFS: Final[dict[str, str]] = {
    "entries sum to zero per currency": _SUM_ZERO,
    "entries sum to zero per group": _GROUP_ZERO,
    "every transfer has its two entries": _TWO_ENTRIES,
    "every entry has its transfer and account": _ORPHANS,
    "balance = sum of entries = last balance after": _BALANCE,
    "each balance after follows the one before": _RUNNING,
    "seq has no gaps": _SEQ,
    "held = open holds": _HELD,
    "what a hold posted = its transfers": _HOLD_POSTED,
    "no account is below its floor": _FLOOR,
    "every payment has exactly its legs": _PAYMENT_LEGS,
    "every refund has exactly its legs": _REFUND_LEGS,
    "no leg without its payment or refund": _STRAY_LEGS,
    "every succeeded payment has exactly its event": _PAYMENT_EVENT,
    "every succeeded refund has exactly its event": _REFUND_EVENT,
    "refunded = sum of refunds": _REFUNDED,
}


def proof(sql: str, limit: int) -> TextualSelect:
    """Return the query of one proof, stopping after ``limit`` findings."""
    return text(f"{sql} LIMIT {limit:d}").columns(column("subject"), column("detail"))


def count(table: str) -> Select[int]:
    """Return the query that counts the rows of one of ``COUNTED``."""
    return select(func.count()).select_from(METADATA.tables[table])
