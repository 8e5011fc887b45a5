"""Brings a database to the newest schema, under time-outs, and stamps it at its first migration.

PostgreSQL migrates in one transaction with a lock time-out, so that a migration that cannot get its locks fails quickly
and leaves the running service alone.
"""

from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, make_url, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from tongbao_platform.storage.stamp import STAMP_TABLE, Kind, WrongStamp

LOCK_TIMEOUT: Final = "4s"
STATEMENT_TIMEOUT: Final = "120s"
_SCRIPTS: Final = Path(__file__).parent / "migrations"


async def migrate(url: str, kind: Kind, metadata: MetaData) -> list[str]:
    """Upgrade ``url`` to head and return the revisions applied; ``WrongStamp`` when it is of the other kind."""
    engine = create_async_engine(_async_url(url))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_upgrade, kind, metadata)
    finally:
        await engine.dispose()


def head_revision() -> str:
    """Return the newest revision this code knows."""
    head = ScriptDirectory(str(_SCRIPTS)).get_current_head()
    if head is None:
        raise LookupError("there are no migrations")
    return head


async def current_revision(url: str) -> str | None:
    """Return the revision of the database at ``url``, or ``None`` for an empty one."""
    engine = create_async_engine(_async_url(url))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_revision)
    finally:
        await engine.dispose()


def alembic_config(connection: Connection | None, metadata: MetaData) -> Config:
    """Return alembic's configuration for ``connection``."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    return config


def _async_url(url: str) -> Any:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        Path(parsed.database or "").absolute().parent.mkdir(parents=True, exist_ok=True)
        return parsed.set(drivername="sqlite+aiosqlite")
    return parsed.set(drivername="postgresql+asyncpg")


def _upgrade(connection: Connection, kind: Kind, metadata: MetaData) -> list[str]:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        # Two processes that migrate at once follow each other.
        connection.execute(text("SELECT pg_advisory_xact_lock(7011966)"))
    before = _revision(connection)
    if before is not None:
        _refuse_other_kind(connection, kind)
    command.upgrade(alembic_config(connection, metadata), "head")
    if before is None:
        connection.execute(STAMP_TABLE.insert().values(id="this", kind=kind))
    script = ScriptDirectory(str(_SCRIPTS))
    head = script.get_current_head()
    if head is None or head == before:
        return []
    return [revision.revision for revision in script.iterate_revisions(head, before)][::-1]


def _refuse_other_kind(connection: Connection, kind: Kind) -> None:
    found = connection.execute(select(STAMP_TABLE.c.kind)).scalar_one_or_none()
    if found != kind:
        raise WrongStamp(f"this database is stamped {found}; the command is for a {kind} one")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
