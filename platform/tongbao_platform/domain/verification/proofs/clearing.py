"""V12: a clearing account is back at zero within the time its flow allows."""

from typing import Final

from tongbao_platform.domain.verification.model import Proof

# Since when: the entry behind the last one that left the balance at zero.
OVERDUE: Final = Proof(
    "V12",
    "clearing accounts return to zero in time",
    """
SELECT c.id, c.flow || ': ' || CAST(a.posted_credits - a.posted_debits AS text) || ' ' || c.currency
  || ', allowed ' || CAST(c.sla_seconds AS text) || ' s'
FROM clearing_account c JOIN ledger_account a ON a.id = c.id
JOIN ledger_entry e ON e.account_id = c.id AND e.seq = 1 + COALESCE(
  (SELECT MAX(z.seq) FROM ledger_entry z WHERE z.account_id = c.id AND z.balance_after_minor = 0), 0)
WHERE a.posted_credits <> a.posted_debits AND e.occurred_at + c.sla_seconds * 1000 < :now
""",
)
