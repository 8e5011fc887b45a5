"""The customers' tables."""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Table

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code, Count, Flag, Id, Octets, Time, Words

CUSTOMERS: Final = Table(
    "customer",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("login", Words, nullable=False, unique=True),
    Column("password_hash", Code, nullable=False),
    Column("pin_hash", Code, nullable=False),
    Column("name_masked", Words, nullable=False),
    Column("status", Code, nullable=False),
    Column("livemode", Flag, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("pin_failures", Count, nullable=False),
    Column("pin_locked_at", Time, nullable=True),
    Column("sign_in_failures", Count, nullable=False),
    Column("sign_in_blocked_until", Time, nullable=True),
    CheckConstraint("pin_failures >= 0 AND sign_in_failures >= 0", name="failures"),
)

LOGIN_SESSIONS: Final = Table(
    "login_session",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("token_hash", Octets, nullable=False, unique=True),
    Column("customer_id", Id, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False, index=True),
)
