"""V7: every payment has moved exactly what it says, its hold is where its status says, and its events are there.

A payment's legs are transfers that refer to it: type 'payment' from payer to payee, one per capture, and type 'fee'
from payee to the bank. Other types that refer to a payment are none of its legs.
"""

from typing import Final

from tongbao_platform.domain.verification.model import Proof

LEGS: Final = Proof(
    "V7",
    "every payment has exactly its legs",
    """
SELECT p.id, p.status || ', captured ' || CAST(p.amount_captured_minor AS text) || ' fee ' || CAST(p.fee_minor AS text)
  || ', legs ' || CAST(COALESCE(t.captured, 0) AS text) || ' fee ' || CAST(COALESCE(t.fee, 0) AS text)
FROM payment p
LEFT JOIN (SELECT reference_id,
    SUM(CASE WHEN type = 'payment' THEN amount_minor ELSE 0 END) AS captured,
    SUM(CASE WHEN type = 'fee' THEN amount_minor ELSE 0 END) AS fee
  FROM ledger_transfer WHERE reference_type = 'payment' {transfers} GROUP BY reference_id) t ON t.reference_id = p.id
WHERE (p.amount_captured_minor <> COALESCE(t.captured, 0) OR p.fee_minor <> COALESCE(t.fee, 0)) {payments}
""",
)

# A fee is only ever taken together with money that came in.
FEE_GROUP: Final = Proof(
    "V7",
    "every fee is in the group of its payment's leg",
    """
SELECT g.reference_id, 'group ' || g.group_id || ' has a fee alone'
FROM (SELECT group_id, reference_id,
    SUM(CASE WHEN type = 'payment' THEN 1 ELSE 0 END) AS legs, SUM(CASE WHEN type = 'fee' THEN 1 ELSE 0 END) AS fees
  FROM ledger_transfer WHERE reference_type = 'payment' {transfers} GROUP BY group_id, reference_id) g
WHERE g.fees > 0 AND g.legs = 0
""",
)

CAPTURED_STATUS: Final = Proof(
    "V7",
    "only a succeeded or authorized payment has captured",
    """
SELECT p.id, p.status || ', captured ' || CAST(p.amount_captured_minor AS text)
FROM payment p
WHERE ((p.amount_captured_minor > 0 AND p.status NOT IN ('succeeded', 'authorized'))
  OR (p.amount_captured_minor = 0 AND p.status = 'succeeded')) {told}
""",
)

# A payment's hold has its id: the same 26 characters behind another prefix.
HOLD: Final = Proof(
    "V7",
    "a payment's hold is open exactly while it is authorized",
    """
SELECT p.id, p.status || ', captured ' || CAST(p.amount_captured_minor AS text) || ', hold '
  || COALESCE(h.status || ' posted ' || CAST(h.posted_minor AS text), 'missing')
FROM payment p LEFT JOIN ledger_hold h ON h.id = 'hld_' || substr(p.id, 5)
WHERE ((p.status = 'authorized' AND (h.id IS NULL OR h.status <> 'open'))
  OR (p.status <> 'authorized' AND h.status = 'open')
  OR h.posted_minor <> p.amount_captured_minor) {told}
""",
)

STRAY_LEGS: Final = Proof(
    "V7",
    "no leg without its payment or refund",
    """
SELECT t.id, t.reference_type || ' ' || t.reference_id || ' does not exist'
FROM ledger_transfer t LEFT JOIN payment p ON p.id = t.reference_id LEFT JOIN refund r ON r.id = t.reference_id
WHERE ((t.reference_type = 'payment' AND p.id IS NULL) OR (t.reference_type = 'refund' AND r.id IS NULL)) {transfers_t}
""",
)

EVENTS: Final = Proof(
    "V7",
    "every payment has its events",
    """
SELECT p.id, p.status || ', events ' || CAST(COALESCE(e.events, 0) AS text) || ', of success '
  || CAST(COALESCE(e.successes, 0) AS text)
FROM payment p
LEFT JOIN (SELECT subject_id, COUNT(*) AS events,
    SUM(CASE WHEN type = 'payment.succeeded' THEN 1 ELSE 0 END) AS successes
  FROM event WHERE subject_type = 'payment' {events} GROUP BY subject_id) e ON e.subject_id = p.id
WHERE (COALESCE(e.events, 0) = 0
  OR COALESCE(e.successes, 0) <> (CASE WHEN p.status = 'succeeded' THEN 1 ELSE 0 END)) {payments}
""",
)
