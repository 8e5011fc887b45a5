"""Deletes a sandbox: its data and its credentials. Nothing but a database stamped ``sandbox`` is ever touched."""

import asyncio
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, MetaData, Table, column, inspect, make_url, select, table
from sqlalchemy.ext.asyncio import create_async_engine

from tongbao_platform.processes.catalogue import metadata
from tongbao_platform.storage.database import open_database
from tongbao_platform.storage.stamp import STAMP_TABLE, WrongStamp
from tongbao_sandbox.options import SandboxOptions, SandboxRefused, check_database
from tongbao_sandbox.state import StateFile

_REVISION: Final = Table("alembic_version", MetaData())
_ACTIVITY: Final = table("pg_stat_activity", column("application_name"), column("datname"))


async def reset(options: SandboxOptions) -> str:
    """Delete the database's content and the state file; return what was done.

    ``WrongStamp`` for a live database, ``SandboxRefused`` for one that is not Tongbao's, ``DatabaseBusy`` or
    ``SandboxRefused`` while a sandbox runs on it.
    """
    check_database(options.database_url)
    url = make_url(options.database_url)
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        there = await asyncio.to_thread(path.exists)
        if there:
            await _reset_sqlite(path, options)
    else:
        there = await _reset_postgresql(options)
    StateFile(options.state_file).delete()
    what = f"{options.shown_database} is empty" if there else f"there was no data in {options.shown_database}"
    return f"{what}; {options.state_file} is deleted. The next run begins anew."


async def _reset_sqlite(path: Path, options: SandboxOptions) -> None:
    # Opening takes the lock of the one writer: nobody is running on the file while it is deleted.
    database = open_database(options.database_url)
    try:
        async with database.reads.connect() as connection:
            await connection.run_sync(_refuse_unless_sandbox, options)
        await asyncio.to_thread(_delete_sqlite_files, path)
    finally:
        await database.close()


def _delete_sqlite_files(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


async def _reset_postgresql(options: SandboxOptions) -> bool:
    engine = create_async_engine(make_url(options.database_url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            if not await connection.run_sync(lambda it: inspect(it).get_table_names()):
                return False
            await connection.run_sync(_refuse_unless_sandbox, options)
            busy = select(_ACTIVITY.c.application_name).where(
                _ACTIVITY.c.datname == make_url(options.database_url).database,
                _ACTIVITY.c.application_name.like("tongbao-%"),
            )
            if (await connection.execute(busy)).first() is not None:
                raise SandboxRefused(f"{options.shown_database} is in use; stop what runs on it first")
            await connection.run_sync(_drop_tables)
    finally:
        await engine.dispose()
    return True


def _refuse_unless_sandbox(connection: Connection, options: SandboxOptions) -> None:
    if not inspect(connection).has_table(STAMP_TABLE.name):
        raise SandboxRefused(f"{options.shown_database} is no Tongbao database; nothing was deleted")
    kind = connection.execute(select(STAMP_TABLE.c.kind)).scalar_one_or_none()
    if kind != "sandbox":
        raise WrongStamp(f"this database is stamped {kind}; only a sandbox can be reset")


def _drop_tables(connection: Connection) -> None:
    metadata().drop_all(connection)
    _REVISION.drop(connection, checkfirst=True)
