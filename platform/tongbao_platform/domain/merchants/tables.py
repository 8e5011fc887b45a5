"""The merchants' table."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Table

from tongbao_platform.domain.merchants.model import SettlementAccount
from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Flag, Id, Json, Time, Words

MERCHANTS: Final = Table(
    "merchant",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("name", Words, nullable=False),
    Column("livemode", Flag, nullable=False),
    Column("status", Code, nullable=False),
    Column("fee_rate_ppm", Count, nullable=False),
    Column("return_origins", Json(tuple[str, ...]), nullable=False),
    Column("settlement_accounts", Json(tuple[SettlementAccount, ...]), nullable=False),
    Column("created_at", Time, nullable=False),
    Column("late_payment", Code, nullable=False),
    Column("revision", Count, nullable=False),
    CheckConstraint("fee_rate_ppm BETWEEN 0 AND 1000000", name="fee_rate"),
)
