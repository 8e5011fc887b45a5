"""V7, V8: every refund has moved exactly what it says and has its event, and its payment counts it."""

from typing import Final

from tongbao_platform.domain.verification.model import Proof

LEGS: Final = Proof(
    "V7",
    "every refund has exactly its legs",
    """
SELECT r.id, r.status || ', refunded ' || CAST(COALESCE(t.refunded, 0) AS text) || ' fee '
  || CAST(COALESCE(t.fee, 0) AS text) || ' in groups ' || CAST(COALESCE(t.groups, 0) AS text)
FROM refund r
LEFT JOIN (SELECT reference_id, COUNT(DISTINCT group_id) AS groups,
    SUM(CASE WHEN type = 'refund' THEN amount_minor ELSE 0 END) AS refunded,
    SUM(CASE WHEN type = 'fee_refund' THEN amount_minor ELSE 0 END) AS fee
  FROM ledger_transfer WHERE reference_type = 'refund' {transfers} GROUP BY reference_id) t ON t.reference_id = r.id
WHERE (COALESCE(t.refunded, 0) <> (CASE WHEN r.status = 'succeeded' THEN r.amount_minor ELSE 0 END)
  OR COALESCE(t.fee, 0) <> (CASE WHEN r.status = 'succeeded' THEN r.fee_returned_minor ELSE 0 END)
  OR COALESCE(t.groups, 0) <> (CASE WHEN r.status = 'succeeded' THEN 1 ELSE 0 END)) {refunds}
""",
)

EVENT: Final = Proof(
    "V7",
    "every succeeded refund has exactly its event",
    """
SELECT r.id, r.status || ', events ' || CAST(COALESCE(e.events, 0) AS text)
FROM refund r
LEFT JOIN (SELECT subject_id, COUNT(*) AS events
  FROM event WHERE type = 'refund.succeeded' {events} GROUP BY subject_id) e ON e.subject_id = r.id
WHERE COALESCE(e.events, 0) <> (CASE WHEN r.status = 'succeeded' THEN 1 ELSE 0 END) {refunds}
""",
)

REFUNDED: Final = Proof(
    "V8",
    "refunded = sum of refunds",
    """
SELECT p.id, 'payment ' || CAST(p.amount_refunded_minor AS text) || ', refunds '
  || CAST(COALESCE(r.amount, 0) AS text)
FROM payment p
LEFT JOIN (SELECT payment_id, SUM(amount_minor) AS amount, SUM(fee_returned_minor) AS fee
  FROM refund WHERE status = 'succeeded' GROUP BY payment_id) r ON r.payment_id = p.id
WHERE (p.amount_refunded_minor <> COALESCE(r.amount, 0) OR p.fee_returned_minor <> COALESCE(r.fee, 0)) {refunded}
""",
)

ORPHANS: Final = Proof(
    "V8",
    "every refund has its payment",
    """
SELECT r.id, 'payment ' || r.payment_id || ' does not exist'
FROM refund r LEFT JOIN payment p ON p.id = r.payment_id
WHERE p.id IS NULL {refunds}
""",
)
