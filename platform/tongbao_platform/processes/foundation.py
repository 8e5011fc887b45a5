"""What every process stands on: the database, the committer, the reader, the vault.

``serve``, ``worker`` and the operator's commands open it, use it, and close it again.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from tongbao_platform.execution.cache import Freshness
from tongbao_platform.execution.committer import Committer
from tongbao_platform.execution.reading import EngineReader
from tongbao_platform.execution.tools import Tools
from tongbao_platform.identity.keyring import (
    KEYRING_VARIABLE,
    EnvironmentKeyring,
    FileKeyring,
    Keyring,
    KeyringSource,
    live_keyring,
    sandbox_keyring,
)
from tongbao_platform.identity.vault import Vault
from tongbao_platform.kernel.clock import Clock, SystemClock
from tongbao_platform.kernel.ids import IdSource, UuidV7Ids
from tongbao_platform.processes.catalogue import metadata, registry
from tongbao_platform.settings import Settings
from tongbao_platform.storage.database import Database, open_database
from tongbao_platform.storage.migrate import current_revision, head_revision, migrate
from tongbao_platform.storage.stamp import check_stamp

_ANSWER = "idempotency_answer"


class NotMigrated(Exception):
    """The database is not at the revision this code needs."""


class Foundation(msgspec.Struct, frozen=True, kw_only=True):
    """The opened parts. ``committed`` are called after each commit; wiring adds the workers' nudges."""

    settings: Settings
    database: Database
    committer: Committer
    reader: EngineReader
    freshness: Freshness
    vault: Vault
    clock: Clock
    ids: IdSource
    committed: list[Callable[[], None]]


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Where time and ids come from; the sandbox and the simulation put their own."""

    clock: Clock | None = None
    ids: IdSource | None = None


@asynccontextmanager
async def open_foundation(settings: Settings, sources: Sources | None = None) -> AsyncIterator[Foundation]:
    """Open everything on a migrated database of the right stamp, run the committer, close in order.

    Raises ``NotMigrated``, ``WrongStamp``, ``DatabaseBusy`` or ``KeyringRefused`` before anything runs.
    """
    sources = sources or Sources()
    clock = sources.clock or SystemClock()
    ids = sources.ids or UuidV7Ids(clock)
    vault = Vault(load_keyring(settings))
    if await current_revision(settings.database_url) != head_revision():
        raise NotMigrated("the database is not at the newest revision: run tongbao-server migrate")
    database = open_database(settings.database_url)
    try:
        await check_stamp(database.reads, settings.kind)
        reader = EngineReader(database.reads)
        freshness = Freshness(reader)
        committed: list[Callable[[], None]] = []
        # In live on PostgreSQL the database's clock is the only one, whichever machine the process runs on.
        deciding_clock = None if settings.livemode and database.has_own_clock else clock
        tools = Tools(
            registry=registry(),
            ids=ids,
            clock=deciding_clock,
            livemode=settings.livemode,
            seal=lambda row, octets: vault.seal(_ANSWER, row, octets).encode(),
            unseal=lambda row, octets: vault.open(_ANSWER, row, octets.decode()),
        )

        def on_commit(changed_cached_rows: bool) -> None:  # noqa: FBT001 - the committer's callback
            if changed_cached_rows:
                freshness.forget()
            for nudge in committed:
                nudge()

        committer = Committer(database, tools, on_commit)
        committer.start()
        try:
            yield Foundation(
                settings=settings,
                database=database,
                committer=committer,
                reader=reader,
                freshness=freshness,
                vault=vault,
                clock=clock,
                ids=ids,
                committed=committed,
            )
        finally:
            await committer.stop()
    finally:
        await database.close()


async def migrate_database(settings: Settings) -> list[str]:
    """Bring the database to the newest revision; return the revisions applied."""
    return await migrate(settings.database_url, settings.kind, metadata())


def load_keyring(settings: Settings) -> Keyring:
    """Return the key-encryption keys: from the environment, the named file, or in the sandbox a file of its own."""
    source: KeyringSource | None = None
    if os.environ.get(KEYRING_VARIABLE):
        source = EnvironmentKeyring(os.environ)
    elif settings.keyring_file is not None:
        source = FileKeyring(settings.keyring_file)
    if settings.livemode:
        return live_keyring(source)
    return sandbox_keyring(source, Path("var") / "sandbox-keyring")
