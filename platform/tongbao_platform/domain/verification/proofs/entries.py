"""V1, V2, V11: money is neither made nor lost, and every entry belongs to a transfer and an account."""

from typing import Final

from tongbao_platform.domain.verification.model import Proof

SUM_ZERO: Final = Proof(
    "V1",
    "entries sum to zero per currency",
    """
SELECT a.currency, CAST(SUM(e.amount_minor) AS text)
FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
GROUP BY a.currency HAVING SUM(e.amount_minor) <> 0
""",
)

GROUP_ZERO: Final = Proof(
    "V2",
    "entries sum to zero per group",
    """
SELECT t.group_id, t.currency || ' ' || CAST(SUM(e.amount_minor) AS text)
FROM ledger_transfer t JOIN ledger_entry e ON e.transfer_id = t.id
GROUP BY t.group_id, t.currency HAVING SUM(e.amount_minor) <> 0
""",
)

# The accounts are compared after the join, not in it: with them SQLite would look through whole accounts per transfer.
TWO_ENTRIES: Final = Proof(
    "V2",
    "every transfer has its two entries",
    """
SELECT t.id, 'entries ' || CAST(COUNT(e.transfer_id) AS text)
FROM ledger_transfer t LEFT JOIN ledger_entry e ON e.transfer_id = t.id
GROUP BY t.id HAVING COUNT(e.transfer_id) <> 2
  OR SUM(CASE WHEN e.account_id = t.debit_account_id AND e.amount_minor = -t.amount_minor THEN 1 ELSE 0 END) <> 1
  OR SUM(CASE WHEN e.account_id = t.credit_account_id AND e.amount_minor = t.amount_minor THEN 1 ELSE 0 END) <> 1
""",
)

ORPHANS: Final = Proof(
    "V11",
    "every entry has its transfer and account",
    """
SELECT e.account_id || '/' || CAST(e.seq AS text), 'no such transfer or account'
FROM ledger_entry e
LEFT JOIN ledger_transfer t ON t.id = e.transfer_id LEFT JOIN ledger_account a ON a.id = e.account_id
WHERE t.id IS NULL OR a.id IS NULL OR a.currency <> t.currency
""",
)
