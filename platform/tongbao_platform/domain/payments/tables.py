"""The payments' table; columns in the order of the model's fields."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, Table

from tongbao_platform.domain.payments.model import Attempt, Capture, Declined, Method, Scene
from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Flag, Id, Json, Minor, Octets, Time, Words

PAYMENTS: Final = Table(
    "payment",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("livemode", Flag, nullable=False),
    Column("revision", Count, nullable=False),
    Column("status", Code, nullable=False),
    Column("merchant_id", Id, nullable=False),
    Column("payer_merchant_id", Id, nullable=True),
    Column("creator_merchant_id", Id, nullable=False),
    Column("client_id", Id, nullable=False),
    Column("merchant_order_no", Code, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("currency", Code, nullable=False),
    Column("description", Words, nullable=False),
    Column("method_type", Code, nullable=False),
    Column("method", Json(Method), nullable=False),
    Column("capture_method", Code, nullable=False),
    Column("scene", Json(Scene), nullable=True),
    Column("metadata", Json(dict[str, str]), nullable=False),
    Column("fee_rate_ppm", Count, nullable=False),
    Column("payee_account_id", Id, nullable=False),
    Column("fee_account_id", Id, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time, nullable=True),
    Column("checkout_token_sealed", Octets, nullable=True),
    Column("amount_captured_minor", Minor, nullable=False),
    Column("amount_refunded_minor", Minor, nullable=False),
    Column("refund_reserved_minor", Minor, nullable=False),
    Column("refund_count", Count, nullable=False),
    Column("fee_minor", Minor, nullable=False),
    Column("fee_returned_minor", Minor, nullable=False),
    Column("refund_status", Code, nullable=False),
    Column("split_status", Code, nullable=False),
    Column("dispute_status", Code, nullable=False),
    Column("settlement_status", Code, nullable=False),
    Column("late", Flag, nullable=False),
    Column("last_error", Json(Declined), nullable=True),
    Column("attempts", Json(tuple[Attempt, ...]), nullable=False),
    Column("payer_customer_id", Id, nullable=True),
    Column("payer_account_id", Id, nullable=True),
    Column("payer_masked", Words, nullable=True),
    Column("succeeded_at", Time, nullable=True),
    Column("capture_before", Time, nullable=True),
    Column("captures", Json(tuple[Capture, ...]), nullable=False),
    CheckConstraint("amount_minor > 0 AND amount_captured_minor BETWEEN 0 AND amount_minor", name="amount"),
    CheckConstraint(
        "0 <= amount_refunded_minor AND amount_refunded_minor <= refund_reserved_minor"
        " AND refund_reserved_minor <= amount_captured_minor",
        name="refunds",
    ),
    CheckConstraint(
        "0 <= fee_returned_minor AND fee_returned_minor <= fee_minor AND fee_minor <= amount_captured_minor", name="fee"
    ),
    CheckConstraint("(status = 'succeeded') = (succeeded_at IS NOT NULL)", name="succeeded"),
    CheckConstraint("(status = 'authorized') = (capture_before IS NOT NULL)", name="authorized"),
)

# The merchant's own numbers, for ever; and what each list asks for.
Index("uq_payment_order_no", PAYMENTS.c.creator_merchant_id, PAYMENTS.c.merchant_order_no, unique=True)
Index("ix_payment_payee", PAYMENTS.c.merchant_id, PAYMENTS.c.created_at, PAYMENTS.c.id)
Index(
    "ix_payment_payer",
    PAYMENTS.c.payer_merchant_id,
    PAYMENTS.c.created_at,
    PAYMENTS.c.id,
    postgresql_where=PAYMENTS.c.payer_merchant_id.is_not(None),
    sqlite_where=PAYMENTS.c.payer_merchant_id.is_not(None),
)
Index(
    "ix_payment_due",
    PAYMENTS.c.expires_at,
    postgresql_where=PAYMENTS.c.status == "requires_action",
    sqlite_where=PAYMENTS.c.status == "requires_action",
)
Index(
    "ix_payment_capture_due",
    PAYMENTS.c.capture_before,
    postgresql_where=PAYMENTS.c.status == "authorized",
    sqlite_where=PAYMENTS.c.status == "authorized",
)
