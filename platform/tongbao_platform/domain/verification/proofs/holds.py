"""V5: what accounts hold is what open holds reserve, and a hold posted what its transfers say."""

from typing import Final

from tongbao_platform.domain.verification.model import Proof

HELD: Final = Proof(
    "V5",
    "held = open holds",
    """
SELECT a.id, 'held ' || CAST(a.held_debits AS text) || ' and ' || CAST(a.held_credits AS text)
  || ', open holds ' || CAST(COALESCE(d.amount, 0) AS text) || ' and ' || CAST(COALESCE(c.amount, 0) AS text)
FROM ledger_account a
LEFT JOIN (SELECT debit_account_id AS account_id, SUM(amount_minor - posted_minor - released_minor) AS amount
  FROM ledger_hold WHERE status = 'open' GROUP BY debit_account_id) d ON d.account_id = a.id
LEFT JOIN (SELECT credit_account_id AS account_id, SUM(amount_minor - posted_minor - released_minor) AS amount
  FROM ledger_hold WHERE status = 'open' GROUP BY credit_account_id) c ON c.account_id = a.id
WHERE (a.held_debits <> COALESCE(d.amount, 0) OR a.held_credits <> COALESCE(c.amount, 0)) {accounts}
""",
)

HOLD_POSTED: Final = Proof(
    "V5",
    "what a hold posted = its transfers",
    """
SELECT h.id, 'posted ' || CAST(h.posted_minor AS text) || ', transfers ' || CAST(COALESCE(t.amount, 0) AS text)
FROM ledger_hold h
LEFT JOIN (SELECT hold_id, SUM(amount_minor) AS amount
  FROM ledger_transfer WHERE hold_id IS NOT NULL GROUP BY hold_id) t ON t.hold_id = h.id
WHERE h.posted_minor <> COALESCE(t.amount, 0) {holds}
""",
)

HOLD_MISSING: Final = Proof(
    "V5",
    "no transfer of a hold that is not there",
    """
SELECT t.id, 'hold ' || t.hold_id || ' does not exist'
FROM ledger_transfer t LEFT JOIN ledger_hold h ON h.id = t.hold_id
WHERE t.hold_id IS NOT NULL AND h.id IS NULL {transfers_t}
""",
)
