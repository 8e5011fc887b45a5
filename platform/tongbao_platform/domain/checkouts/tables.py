"""The checkouts' table."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Id, Octets, Time

CHECKOUTS: Final = Table(
    "checkout",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("merchant_id", Id, nullable=False),
    Column("token_hash", Octets, nullable=False, unique=True),
    Column("customer_id", Id, nullable=True),
    Column("claimed_at", Time, nullable=True),
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
    CheckConstraint("(customer_id IS NULL) = (claimed_at IS NULL)", name="claimed"),
)
