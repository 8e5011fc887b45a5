"""The authorization server over a store in memory, spoken to through Litestar."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.unit.authorization.token_client import FORM, ISSUER, assertion, form
from tests.unit.identity_state.memory import MemoryCommitter, MemoryKeyStore, memory
from tests.unit.identity_state.registered import Registered, add_client
from tongbao_platform.authorization.router import authorization_router
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.identity.authentication import Authenticator
from tongbao_platform.identity.keyring import Keyring
from tongbao_platform.identity.keys.record_use import KeyUseLog
from tongbao_platform.identity.signing_keys.published import SigningKeys
from tongbao_platform.identity.signing_keys.rotate import Rotation, ensure_first_keys
from tongbao_platform.identity.vault import Vault
from tongbao_platform.kernel.clock import VirtualClock
from tongbao_platform.kernel.ids import seeded_ids


class World(msgspec.Struct, frozen=True):
    """A server with one client, and the client's side of it."""

    committer: MemoryCommitter
    clock: VirtualClock
    one: Registered
    services: AuthorizationServices
    rotation: Rotation
    http: httpx.AsyncClient

    def assertion(self, **changes: Any) -> str:
        return assertion(self.one, self.clock, **changes)

    async def ask(self, client_assertion: str | None = None, **parameters: Any) -> httpx.Response:
        """Ask for a token with a good assertion unless another is given; ``parameters`` change the form."""
        return await self.post(form(client_assertion or self.assertion(), **parameters))

    async def post(self, body: bytes, content_type: str = FORM, **headers: str) -> httpx.Response:
        return await self.http.post("/oauth/token", content=body, headers={"Content-Type": content_type, **headers})

    def authenticator(self) -> Authenticator:
        return Authenticator(self.services.tokens, self.services.clients, self.clock)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    committer, clock = memory()
    vault = Vault(Keyring("test", {"test": bytes(32)}))
    rotation = Rotation(
        committer=committer, store=MemoryKeyStore(committer), vault=vault, ids=seeded_ids(clock, 7), clock=clock
    )
    await ensure_first_keys(rotation)
    services = AuthorizationServices(
        committer=committer,
        clock=clock,
        clients=committer.cache(committer.load_client),
        tokens=committer.cache(committer.load_token),
        signing_keys=SigningKeys(committer.cache(committer.load_platform_keys), vault, clock),
        key_uses=KeyUseLog(),
        issuer=ISSUER,
        livemode=False,
    )
    app = Litestar([authorization_router(services)], openapi_config=None, logging_config=None)
    transport = httpx.ASGITransport(app=cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        yield World(committer, clock, await add_client(committer, clock), services, rotation, http)
