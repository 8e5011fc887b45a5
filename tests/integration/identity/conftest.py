"""The authorization server and authentication over a real database."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import msgspec
import pytest

from tests.factories.committers import Running, running_committer
from tests.unit.authorization.token_client import FORM, ISSUER, assertion, form
from tests.unit.identity_state.registered import Registered, create_command, register_command
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token import TokenAnswer, issue_token
from tongbao_platform.authorization.token_request import TokenRequest
from tongbao_platform.execution.cache import VersionedCache
from tongbao_platform.execution.operation import Context
from tongbao_platform.identity.authentication import Authenticator, AuthFailure
from tongbao_platform.identity.clients import create
from tongbao_platform.identity.clients.store import ClientStore
from tongbao_platform.identity.jose.keys import generate_signing_key
from tongbao_platform.identity.keyring import Keyring
from tongbao_platform.identity.keys import register
from tongbao_platform.identity.keys.record_use import KeyUseLog
from tongbao_platform.identity.keys.store import KeyStore
from tongbao_platform.identity.registered_client import RegisteredClients
from tongbao_platform.identity.signing_keys.published import PlatformKeyLoader, SigningKeys
from tongbao_platform.identity.signing_keys.rotate import Rotation
from tongbao_platform.identity.signing_keys.store import PlatformKeyStore
from tongbao_platform.identity.tokens.store import TokenStore
from tongbao_platform.identity.vault import Vault
from tongbao_platform.kernel.clock import Instant, VirtualClock

START = Instant(1_795_000_000_000)


class Platform(msgspec.Struct, frozen=True):
    """One process: its committer, its caches, its endpoints."""

    running: Running
    clock: VirtualClock
    services: AuthorizationServices
    authenticator: Authenticator
    rotation: Rotation

    async def done(self, operation: Any, command: Any) -> Any:
        """Run an operation that must not be refused and return its result."""
        outcome = await self.running.committer.run(operation, command, Context(actor="test"))
        assert outcome.refusal is None, outcome.refusal
        return outcome.result

    async def add_client(self, seed: int = 1) -> Registered:
        """Create a client with one key."""
        client = await self.done(create, create_command(self.clock, seed))
        private = generate_signing_key("ES256")
        key = await self.done(register, register_command(client, private, self.running.ids.new("key")))
        return Registered(client, key, private)

    async def ask(self, one: Registered, client_assertion: str | None = None) -> TokenAnswer:
        """Ask the token endpoint for a token."""
        request = TokenRequest(
            content_types=(FORM,),
            content_encodings=(),
            authorizations=(),
            query=b"",
            body=form(client_assertion or assertion(one, self.clock)),
            received_at=self.clock.now(),
        )
        return await issue_token(request, self.services)

    async def code(self, secret: str) -> str:
        """Return why the token is refused, or ``ok``."""
        verdict = await self.authenticator.authenticate(f"Bearer {secret}")
        return verdict.code if isinstance(verdict, AuthFailure) else "ok"


Platforms = Callable[[str], AbstractAsyncContextManager[Platform]]


@asynccontextmanager
async def running_platform(url: str) -> AsyncIterator[Platform]:
    """Run one process on the database at ``url``."""
    clock = VirtualClock(START)
    vault = Vault(Keyring("test", {"test": bytes(32)}))
    async with running_committer(url, clock) as running:
        reader, freshness = running.reader, running.freshness
        clients = VersionedCache(RegisteredClients(ClientStore(reader), KeyStore(reader)).load, freshness)
        tokens = VersionedCache(TokenStore(reader).by_id, freshness)
        key_store = PlatformKeyStore(reader)
        keys = VersionedCache(PlatformKeyLoader(key_store, clock).load, freshness)
        services = AuthorizationServices(
            committer=running.committer,
            clock=clock,
            clients=clients,
            tokens=tokens,
            signing_keys=SigningKeys(keys, vault, clock),
            key_uses=KeyUseLog(),
            issuer=ISSUER,
            livemode=False,
        )
        rotation = Rotation(committer=running.committer, store=key_store, vault=vault, ids=running.ids, clock=clock)
        yield Platform(running, clock, services, Authenticator(tokens, clients, clock), rotation)


@pytest.fixture
def platforms() -> Platforms:
    """Give the function that runs a process on a database."""
    return running_platform
