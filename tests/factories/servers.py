"""The real server for tests: wired as in production, with a prepared bank, two funded merchants and their clients.

``prepared_bank`` fills a database; ``wired_server`` runs the application in this process, on a socket or without one;
``ServerProcess`` runs ``tongbao-server serve`` and can be killed.
"""

import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx
import msgspec

from tests.unit.identity_state.registered import register_command
from tongbao import AsyncTongbao, Tongbao
from tongbao_platform.domain.accounts import deposit
from tongbao_platform.domain.accounts.bank import BankAccounts
from tongbao_platform.domain.merchants import create as create_merchant
from tongbao_platform.domain.merchants.model import SettlementAccount
from tongbao_platform.domain.verification.model import Report
from tongbao_platform.domain.verification.verify import verify
from tongbao_platform.execution.operation import Context
from tongbao_platform.execution.reading import EngineReader
from tongbao_platform.identity.clients import create as create_client
from tongbao_platform.identity.clients.model import Client, client_id_from
from tongbao_platform.identity.jose.keys import generate_signing_key
from tongbao_platform.identity.keys import register
from tongbao_platform.identity.scopes import SUPPORTED_SCOPES
from tongbao_platform.processes.bank_accounts import ensure_bank_accounts
from tongbao_platform.processes.foundation import Foundation, Sources, open_foundation
from tongbao_platform.processes.serve import running
from tongbao_platform.processes.wiring import Server, build_server, ensure_signing_keys
from tongbao_platform.settings import Settings, load_settings

API_VERSION: Final = "2026-11-22"
RETURN_ORIGIN: Final = "https://shop.example"
FUNDS_MINOR: Final = 100_000_000
FEE_PPM: Final = 6_000
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 40.0
_ROOT: Final = Path(__file__).resolve().parents[2]
# A keyring like any other: 32 octets, known to nobody but these tests.
_KEYRING: Final = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n"


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant with its account, its client, and the client's key (``private_jwk`` is JSON text)."""

    name: str
    merchant_id: str
    account_id: str
    client_id: str
    key_id: str
    kid: str
    private_jwk: str

    def client(self, address: "Address", **settings: Any) -> AsyncTongbao:
        """Return an asynchronous SDK client of this merchant."""
        return AsyncTongbao(**self._settings(address, settings))

    def blocking_client(self, address: "Address", **settings: Any) -> Tongbao:
        """Return a blocking SDK client of this merchant."""
        return Tongbao(**self._settings(address, settings))

    def _settings(self, address: "Address", settings: dict[str, Any]) -> Any:
        return {
            "base_url": address.base_url,
            "issuer": address.issuer,
            "client_id": self.client_id,
            "private_key": self.private_jwk,
            "timeout_seconds": 30.0,
            **settings,
        }


class Parties(msgspec.Struct, frozen=True, kw_only=True):
    """Who is there: the bank's own accounts, a shop that is paid, a buyer that pays."""

    bank: BankAccounts
    shop: Party
    buyer: Party


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server is, and under which name it issues tokens."""

    base_url: str
    issuer: str


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_for(database_url: str, folder: Path, **changes: str) -> dict[str, str]:
    """Return the ``TONGBAO_`` variables of a server on a free port; ``changes`` are settings by name."""
    port = int(changes.get("port") or free_port())
    keyring = folder / "keyring"
    if not keyring.exists():
        keyring.write_text(_KEYRING, encoding="ascii")
        keyring.chmod(0o600)
    values = {
        "kind": "sandbox",
        "database_url": database_url,
        "base_url": f"http://127.0.0.1:{port}",
        "port": str(port),
        "keyring_file": str(keyring),
        "rate_limit": "false",
        "portal_url": "https://developers.tongbao.test",
        **changes,
    }
    return {f"TONGBAO_{name.upper()}": value for name, value in values.items()}


def settings_for(database_url: str, folder: Path, **changes: str) -> Settings:
    """Return the settings of a server on a free port."""
    return load_settings(environment_for(database_url, folder, **changes))


async def prepare(foundation: Foundation, *, funds_minor: int = FUNDS_MINOR) -> Parties:
    """Do what ``migrate`` and an operator do: accounts of the bank, signing keys, two funded merchants."""
    bank = await ensure_bank_accounts(foundation.committer, foundation.reader, foundation.ids)
    await ensure_signing_keys(foundation)
    shop = await add_party(foundation, bank, "Shop", funds_minor)
    buyer = await add_party(foundation, bank, "Buyer", funds_minor)
    return Parties(bank=bank, shop=shop, buyer=buyer)


async def prepare_database(settings: Settings, *, funds_minor: int = FUNDS_MINOR) -> Parties:
    """Open the database, ``prepare`` it, and close it again, so that a process may have it."""
    async with open_foundation(settings) as foundation:
        return await prepare(foundation, funds_minor=funds_minor)


async def done(foundation: Foundation, operation: Any, command: Any) -> Any:
    """Run an operation as the bank's operator; it must not be refused."""
    outcome = await foundation.committer.run(operation, command, Context(actor="test"))
    assert outcome.refusal is None, outcome.refusal
    return outcome.result


async def add_party(foundation: Foundation, bank: BankAccounts, name: str, funds_minor: int) -> Party:
    """Create a merchant with a client and a key, and fund its account."""
    new = foundation.ids.new
    merchant_id, account_id = new("mch"), new("acc")
    await done(
        foundation,
        create_merchant,
        create_merchant.CreateMerchant(
            merchant_id=merchant_id,
            name=name,
            livemode=False,
            fee_rate_ppm=FEE_PPM,
            return_origins=(RETURN_ORIGIN,),
            settlement_accounts=(SettlementAccount("CNY", account_id),),
        ),
    )
    if funds_minor:
        await fund(foundation, bank, account_id, funds_minor)
    client: Client = await done(
        foundation,
        create_client,
        create_client.CreateClient(
            client_id=client_id_from(new("app"), livemode=False),
            merchant_id=merchant_id,
            name=name,
            scopes=SUPPORTED_SCOPES,
            api_version=API_VERSION,
            livemode=False,
        ),
    )
    key = generate_signing_key("ES256")
    registered = await done(foundation, register, register_command(client, key, new("key")))
    return Party(
        name=name,
        merchant_id=merchant_id,
        account_id=account_id,
        client_id=client.id,
        key_id=registered.id,
        kid=key.kid,
        private_jwk=key.private_jwk,
    )


async def fund(foundation: Foundation, bank: BankAccounts, account_id: str, amount_minor: int) -> None:
    """Let money arrive on an account."""
    command = deposit.Deposit(
        account_id=account_id,
        from_account_id=bank.settlement["CNY"],
        amount_minor=amount_minor,
        reference_id="start",
    )
    await done(foundation, deposit, command)


async def books(reader: EngineReader) -> Report:
    """Return what the verifier finds."""
    async with reader.snapshot() as snapshot:
        return await verify(snapshot)


class WiredServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server in this process. ``http`` reaches it; ``log`` is its access log; SDK clients come from the parties."""

    server: Server
    parties: Parties
    http: httpx.AsyncClient
    log: io.StringIO

    @property
    def foundation(self) -> Foundation:
        return self.server.foundation

    @property
    def address(self) -> Address:
        settings = self.foundation.settings
        return Address(base_url=settings.base_url, issuer=settings.issuer)

    @property
    def host(self) -> str:
        """The value of the Host header."""
        return urlsplit(self.address.base_url).netloc

    def client(self, party: Party, **settings: Any) -> AsyncTongbao:
        """Return an SDK client of ``party`` that shares this server's HTTP client."""
        return party.client(self.address, http_client=self.http, **settings)

    async def operate(self, operation: Any, command: Any) -> Any:
        """Run an operation as the bank's operator; it must not be refused."""
        return await done(self.foundation, operation, command)

    async def verify(self) -> Report:
        """Return what the verifier finds."""
        return await books(self.foundation.reader)


@asynccontextmanager
async def wired_server(
    settings: Settings,
    *,
    listen: bool = False,
    workers: bool = False,
    funds_minor: int = FUNDS_MINOR,
    sources: Sources | None = None,
) -> AsyncIterator[WiredServer]:
    """Prepare the database of ``settings`` and run the wired server on this event loop.

    Without ``listen`` requests go to the ASGI application directly. ``workers`` runs the background jobs.
    """
    log = io.StringIO()
    async with AsyncExitStack() as stack:
        foundation = await stack.enter_async_context(open_foundation(settings, sources))
        parties = await prepare(foundation, funds_minor=funds_minor)
        server = await build_server(foundation, log=log)
        await stack.enter_async_context(running(server, api=listen, workers=workers))
        transport = None if listen else httpx.ASGITransport(app=cast("Any", server.application))
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
        http = httpx.AsyncClient(transport=transport, limits=limits, timeout=60)
        await stack.enter_async_context(http)
        yield WiredServer(server=server, parties=parties, http=http, log=log)


class ServerProcess:
    """``tongbao-server serve`` as a process of its own, started and stopped by the test that made it.

    ``arguments`` may be another command, or more options.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path, arguments: Sequence[str] = ("serve",)) -> None:
        self._arguments = arguments
        self.settings = load_settings(environment)
        self.output = folder / f"server-{self.settings.port}.out"
        self.errors = folder / f"server-{self.settings.port}.err"
        self._environment = dict(environment)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> Address:
        return Address(base_url=self.settings.base_url, issuer=self.settings.issuer)

    @property
    def process_id(self) -> int:
        return self._running().pid

    def start(self) -> None:
        """Start and return when ``/readyz`` says yes, or a worker says that it works.

        ``AssertionError`` with the log when it does not in time.
        """
        paths = [str(_ROOT / part) for part in ("platform", "sdk/python/src")]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAO_")}
        environment |= {**self._environment, "PYTHONPATH": os.pathsep.join(paths)}
        command = [sys.executable, "-m", "tongbao_platform.processes.command", *self._arguments]
        with self.output.open("ab") as output, self.errors.open("ab") as errors:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
            )
        deadline = time.monotonic() + START_SECONDS
        with httpx.Client(timeout=5) as http:
            while not self._is_ready(http):
                assert time.monotonic() < deadline, f"not ready in time: {self.told()}"
                assert self._process.poll() is None, f"ended with {self._process.returncode}: {self.told()}"

    def kill(self) -> None:
        """End the process at once (SIGKILL) and wait for its end."""
        process = self._running()
        process.kill()
        process.wait(STOP_SECONDS)
        self._process = None

    def stop(self) -> int:
        """Ask the process to end (SIGTERM); return its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        self._running().send_signal(number)

    def wait(self) -> int:
        """Wait for the end; return the exit status, negative when a signal ended it."""
        status = self._running().wait(STOP_SECONDS)
        self._process = None
        return status

    def close(self) -> None:
        """Kill it if it still runs."""
        if self._process is not None:
            self.kill()

    def told(self) -> str:
        """Return what it wrote to its error log."""
        return self.errors.read_text(encoding="utf-8") if self.errors.exists() else ""

    def until_told(self, text: str, times: int = 1) -> None:
        """Return when ``text`` stands ``times`` times in the error log; ``AssertionError`` when it never does."""
        deadline = time.monotonic() + START_SECONDS
        while self.told().count(text) < times:
            assert time.monotonic() < deadline, f"{text} is missing: {self.told()}"
            time.sleep(0.02)

    def _running(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "the server does not run"
        return self._process

    def _is_ready(self, http: httpx.Client) -> bool:
        if self._arguments[0] == "worker":
            time.sleep(0.02)
            return "background work only" in self.told()
        try:
            return http.get(f"{self.settings.base_url}/readyz").status_code == 200
        except httpx.TransportError:
            # Nobody listens yet; the kernel answers at once, so a short wait keeps the loop from burning a core.
            time.sleep(0.02)
            return False
