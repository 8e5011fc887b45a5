"""Opens a sandbox: one process with the API, the hosted pages and all background work, on a database of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TextIO

import httpx
import msgspec

from tongbao_platform.identity.keyring import sandbox_keyring
from tongbao_platform.kernel.ids import IdSource
from tongbao_platform.processes.bank_accounts import ensure_bank_accounts
from tongbao_platform.processes.foundation import Foundation, Sources, migrate_database, open_foundation
from tongbao_platform.processes.serve import running
from tongbao_platform.processes.wiring import Server, build_server, ensure_signing_keys
from tongbao_platform.settings import Settings
from tongbao_sandbox.fill import fill, is_empty, knows
from tongbao_sandbox.invent import invent_state
from tongbao_sandbox.options import (
    SandboxOptions,
    SandboxRefused,
    check_database,
    free_port,
    is_origin,
    origin_on_this_machine,
)
from tongbao_sandbox.personas import CUSTOMERS, MERCHANTS
from tongbao_sandbox.seeded_ids import SeededIds, first_free_instant
from tongbao_sandbox.state import SandboxState, StateFile, with_addresses

DRAIN_SECONDS: Final = 5
LOOKS_FOR_READY: Final = 300
PAUSE_SECONDS: Final = 0.05


class Sandbox(msgspec.Struct, frozen=True, kw_only=True):
    """A sandbox that is ready."""

    options: SandboxOptions
    server: Server
    state: SandboxState

    @property
    def foundation(self) -> Foundation:
        """The opened database and what runs on it."""
        return self.server.foundation


@asynccontextmanager
async def opened_sandbox(options: SandboxOptions, *, log: TextIO | None = None) -> AsyncIterator[Sandbox]:
    """Give a ready sandbox while the block lasts; leaving it finishes what runs. ``log`` gets a line per request.

    ``SandboxRefused``, ``WrongStamp`` or ``DatabaseBusy`` when it cannot be; credentials are then as they were.
    """
    settings = _settings(options)
    file = StateFile(options.state_file)
    await migrate_database(settings)
    async with open_foundation(settings, Sources(ids=await _ids(options, settings))) as foundation:
        bank = await ensure_bank_accounts(foundation.committer, foundation.reader, foundation.ids)
        await ensure_signing_keys(foundation)
        state = with_addresses(await _state(options, foundation, file), settings.base_url)
        file.write_starting(state)
        await fill(foundation, bank, state)
        server = await build_server(foundation, log=log)
        async with running(server):
            await _until_ready(settings)
            file.publish()
            yield Sandbox(options=options, server=server, state=state)


def _settings(options: SandboxOptions) -> Settings:
    check_database(options.database_url)
    port = free_port(options.host, options.port)
    base_url = options.base_url or origin_on_this_machine(options.host, port)
    for origin in (base_url, *options.return_origins):
        if not is_origin(origin):
            raise SandboxRefused(f"{origin} is no origin: scheme, host and port only, as in http://127.0.0.1:8399")
    keyring = options.state_file.parent / "sandbox-keyring"
    sandbox_keyring(None, keyring)
    return Settings(
        kind="sandbox",
        database_url=options.database_url,
        base_url=base_url,
        issuer=base_url,
        checkout_url=base_url,
        host=options.host,
        port=port,
        keyring_file=keyring,
        rate_limit=options.rate_limit,
        drain_seconds=DRAIN_SECONDS,
    )


async def _ids(options: SandboxOptions, settings: Settings) -> IdSource | None:
    """Return the ids of the seed, behind those that the database holds."""
    if options.seed is None:
        return None
    async with open_foundation(settings) as looking:
        return SeededIds(options.seed, await first_free_instant(looking.reader))


async def _state(options: SandboxOptions, foundation: Foundation, file: StateFile) -> SandboxState:
    """Return the state to fill the database with; what the file says as long as it fits."""
    empty = await is_empty(foundation.reader)
    kept = file.kept()
    if kept is None or (empty and options.seed is not None):
        if not empty:
            raise SandboxRefused(
                f"{options.shown_database} has data, but its secrets in {file.path} are gone;"
                " tongbao-sandbox reset begins anew"
            )
        return invent_state(foundation.ids, options.return_origins)
    if len(kept.merchants) != len(MERCHANTS) or len(kept.customers) != len(CUSTOMERS):
        raise SandboxRefused(f"{file.path} was written by another version; tongbao-sandbox reset begins anew")
    if not empty and not await knows(foundation.reader, kept):
        raise SandboxRefused(f"{file.path} belongs to another database than {options.shown_database}")
    missing = set(options.return_origins) - set(kept.merchants[0].return_origins)
    if missing:
        raise SandboxRefused(
            f"{', '.join(sorted(missing))}: return origins are registered when a sandbox is filled;"
            " tongbao-sandbox reset begins anew"
        )
    return kept


async def _until_ready(settings: Settings) -> None:
    """Return once ``/readyz`` says so, asked where the server listens and under the name it is known by."""
    url = f"{origin_on_this_machine(settings.host, settings.port)}/readyz"
    known_as = httpx.URL(settings.base_url).netloc.decode("ascii")
    async with httpx.AsyncClient(trust_env=False, headers={"Host": known_as}) as client:
        for _ in range(LOOKS_FOR_READY):
            if (await client.get(url)).status_code == httpx.codes.OK:
                return
            await asyncio.sleep(PAUSE_SECONDS)
    raise SandboxRefused(f"{url} does not say that the sandbox is ready")
