"""Every database is stamped ``sandbox`` or ``live`` at its first migration, for ever.

Each command refuses a database of the other kind.
"""

from typing import Final, Literal

from sqlalchemy import CheckConstraint, Column, Table, select
from sqlalchemy.ext.asyncio import AsyncEngine

from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.types import Code

Kind = Literal["sandbox", "live"]

STAMP_TABLE: Final = Table(
    "database_stamp",
    METADATA,
    Column("id", Code, primary_key=True),
    Column("kind", Code, nullable=False),
    CheckConstraint("id = 'this'", name="single"),
    CheckConstraint("kind IN ('sandbox', 'live')", name="kind"),
)


class WrongStamp(Exception):
    """The database is of the other kind."""


async def check_stamp(engine: AsyncEngine, expected: Kind) -> None:
    """Raise ``WrongStamp`` unless the database is stamped ``expected``."""
    async with engine.connect() as connection:
        kind = (await connection.execute(select(STAMP_TABLE.c.kind))).scalar_one_or_none()
    if kind != expected:
        raise WrongStamp(f"this database is stamped {kind}; the command is for a {expected} one")
