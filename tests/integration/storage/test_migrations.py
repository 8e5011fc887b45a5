"""The migrations make exactly the tables that the code declares, on both databases, and can be run again."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tongbao_platform.processes.catalogue import APPEND_ONLY, metadata
from tongbao_platform.storage.migrate import current_revision, head_revision, migrate


def engine_of(url: str) -> AsyncEngine:
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    return create_async_engine(parsed.set(drivername="sqlite+aiosqlite" if sqlite else "postgresql+asyncpg"))


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata()))


def protected(connection: Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        query = "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
        )
    return {name for (name,) in connection.execute(text(query))}


async def test_the_schema_is_what_the_code_declares(database_url: str) -> None:
    engine = engine_of(database_url)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
            assert await connection.run_sync(protected) == set(APPEND_ONLY)
    finally:
        await engine.dispose()


async def test_a_second_migration_changes_nothing(empty_database_url: str) -> None:
    assert await current_revision(empty_database_url) is None
    applied = await migrate(empty_database_url, "sandbox", metadata())
    assert applied[-1] == head_revision() == await current_revision(empty_database_url)
    assert await migrate(empty_database_url, "sandbox", metadata()) == []
