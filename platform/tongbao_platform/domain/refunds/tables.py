"""The refunds' table; columns in the order of the model's fields."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, Table

from tongbao_platform.domain.refunds.model import RefundFailure
from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Flag, Id, Json, Minor, Time, Words

REFUNDS: Final = Table(
    "refund",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("livemode", Flag, nullable=False),
    Column("revision", Count, nullable=False),
    Column("status", Code, nullable=False),
    Column("merchant_id", Id, nullable=False),
    Column("client_id", Id, nullable=False),
    Column("payment_id", Id, nullable=False, index=True),
    Column("merchant_refund_no", Code, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("currency", Code, nullable=False),
    Column("reason", Words, nullable=True),
    Column("metadata", Json(dict[str, str]), nullable=False),
    Column("fee_returned_minor", Minor, nullable=False),
    Column("from_account_id", Id, nullable=False),
    Column("to_account_id", Id, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("last_error", Json(RefundFailure), nullable=True),
    Column("succeeded_at", Time, nullable=True),
    CheckConstraint("amount_minor > 0", name="amount"),
    CheckConstraint("fee_returned_minor BETWEEN 0 AND amount_minor", name="fee"),
)

Index("uq_refund_refund_no", REFUNDS.c.merchant_id, REFUNDS.c.merchant_refund_no, unique=True)
Index("ix_refund_merchant", REFUNDS.c.merchant_id, REFUNDS.c.created_at, REFUNDS.c.id)
