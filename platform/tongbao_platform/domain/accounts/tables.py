"""The tables of accounts beside the book's own; columns in the order of the models' fields."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Id, Minor, Time

CLEARING_ACCOUNTS: Final = Table(
    "clearing_account",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("flow", Code, nullable=False),
    Column("currency", Code, nullable=False),
    Column("sla_seconds", Count, nullable=False),
    Column("created_at", Time, nullable=False),
    CheckConstraint("sla_seconds > 0", name="sla"),
)

Index("uq_clearing_account_flow", CLEARING_ACCOUNTS.c.flow, CLEARING_ACCOUNTS.c.currency, unique=True)

ACCOUNT_DAYS: Final = Table(
    "account_day",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, nullable=False),
    Column("business_date", Code, nullable=False),
    Column("opening_minor", Minor, nullable=False),
    Column("debits_minor", Minor, nullable=False),
    Column("credits_minor", Minor, nullable=False),
    Column("closing_minor", Minor, nullable=False),
    Column("entries", Count, nullable=False),
    Column("first_seq", Count, nullable=False),
    Column("last_seq", Count, nullable=False),
    CheckConstraint("closing_minor = opening_minor - debits_minor + credits_minor", name="sum"),
    CheckConstraint("entries > 0 AND first_seq > 0 AND last_seq - first_seq + 1 = entries", name="seq"),
)

Index("uq_account_day_date", ACCOUNT_DAYS.c.account_id, ACCOUNT_DAYS.c.business_date, unique=True)
