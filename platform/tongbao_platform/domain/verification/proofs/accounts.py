"""V3, V4, V6: what an account says of itself follows from its entries, and none is below its floor."""

from typing import Final

from tongbao_platform.domain.verification.model import Proof

BALANCE: Final = Proof(
    "V3",
    "balance = sum of entries = last balance after",
    """
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
""",
)

RUNNING: Final = Proof(
    "V3",
    "each balance after follows the one before",
    """
SELECT account_id || '/' || CAST(seq AS text), 'balance after does not follow'
FROM (SELECT account_id, seq, amount_minor, balance_after_minor,
    LAG(balance_after_minor, 1, 0) OVER (PARTITION BY account_id ORDER BY seq) AS before_minor
  FROM ledger_entry) e
WHERE e.balance_after_minor <> e.before_minor + e.amount_minor
""",
)

SEQ: Final = Proof(
    "V4",
    "seq has no gaps",
    """
SELECT a.id, 'account ' || CAST(a.seq AS text) || ', entries ' || CAST(COALESCE(s.entries, 0) AS text)
FROM ledger_account a
LEFT JOIN (SELECT account_id, COUNT(*) AS entries, MIN(seq) AS first, MAX(seq) AS last
  FROM ledger_entry GROUP BY account_id) s ON s.account_id = a.id
WHERE a.seq <> COALESCE(s.entries, 0) OR a.seq <> COALESCE(s.last, 0) OR COALESCE(s.first, 1) <> 1
""",
)

FLOOR: Final = Proof(
    "V6",
    "no account is below its floor",
    """
SELECT a.id, 'available ' || CAST(a.posted_credits - a.posted_debits - a.held_debits AS text)
FROM ledger_account a
WHERE a.floor_minor IS NOT NULL AND a.posted_credits - a.posted_debits - a.held_debits < a.floor_minor {accounts}
""",
)
