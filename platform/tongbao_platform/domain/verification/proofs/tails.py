"""V1 to V4 and V11 for a look at the recent past: each account's entries behind those proven before.

``verified_account`` says up to which entry an account was proven and the balance there. An account that is not in it
begins ``:most_tail`` entries before its end. That both entries of every transfer are there follows from each entry
fitting its transfer, unbroken numbers and balances, and accounts that sum to zero; what two faults of the same amount
could hide from that is seen by the full run.
"""

from typing import Final

from tongbao_platform.domain.verification.model import Proof

ACCOUNTS_SUM: Final = Proof(
    "V1",
    "balances sum to zero per currency",
    """
SELECT a.currency, CAST(SUM(a.posted_credits - a.posted_debits) AS text)
FROM ledger_account a GROUP BY a.currency HAVING SUM(a.posted_credits - a.posted_debits) <> 0
""",
)

# Stands in the braces of {tail}.
TAIL: Final = """
FROM ledger_account a
LEFT JOIN verified_account v ON v.id = a.id
JOIN ledger_entry e ON e.account_id = a.id AND e.seq > COALESCE(v.seq, a.seq - :most_tail)
"""

ENTRY_TRANSFER: Final = Proof(
    "V2",
    "every entry fits its transfer",
    """
SELECT e.account_id || '/' || CAST(e.seq AS text), 'transfer ' || e.transfer_id
  || (CASE WHEN t.id IS NULL THEN ' does not exist' ELSE ' says otherwise' END)
{tail}
LEFT JOIN ledger_transfer t ON t.id = e.transfer_id
WHERE (t.id IS NULL OR t.currency <> a.currency OR t.created_at <> e.occurred_at OR NOT (
    (t.debit_account_id = e.account_id AND t.amount_minor = -e.amount_minor)
    OR (t.credit_account_id = e.account_id AND t.amount_minor = e.amount_minor))) {accounts}
""",
)

# The entry before is the one before in the tail, else the last one proven, else none (an account's first entry).
FOLLOWS: Final = Proof(
    "V3",
    "each new entry follows the one before",
    """
SELECT f.account_id || '/' || CAST(f.seq AS text), 'balance ' || CAST(f.balance_after_minor AS text)
  || ', before ' || CAST(f.before_minor AS text) || ' at ' || CAST(f.before_seq AS text)
FROM (SELECT e.account_id, e.seq, e.amount_minor, e.balance_after_minor,
    COALESCE(LAG(e.balance_after_minor) OVER w, v.balance_minor, CASE WHEN e.seq = 1 THEN 0 END) AS before_minor,
    COALESCE(LAG(e.seq) OVER w, v.seq, CASE WHEN a.seq <= :most_tail THEN 0 ELSE e.seq - 1 END) AS before_seq
  {tail}
  WHERE a.seq > 0 {accounts}
  WINDOW w AS (PARTITION BY e.account_id ORDER BY e.seq)) f
WHERE f.seq <> f.before_seq + 1 OR f.balance_after_minor <> f.before_minor + f.amount_minor
""",
)

END: Final = Proof(
    "V4",
    "an account ends with its last entry",
    """
SELECT a.id, 'account ' || CAST(a.seq AS text) || ' with ' || CAST(a.posted_credits - a.posted_debits AS text)
  || ', last entry ' || COALESCE(CAST(l.balance_after_minor AS text), 'missing')
FROM ledger_account a
LEFT JOIN ledger_entry l ON l.account_id = a.id AND l.seq = a.seq
LEFT JOIN ledger_entry b ON b.account_id = a.id AND b.seq = a.seq + 1
WHERE ((a.seq > 0 AND l.seq IS NULL) OR b.seq IS NOT NULL
  OR a.posted_credits - a.posted_debits <> COALESCE(l.balance_after_minor, 0)) {accounts}
""",
)
