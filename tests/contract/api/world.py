"""The API over real parts: pipeline, handlers, committer, database; spoken to as a merchant's server would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import msgspec

from tests.factories.committers import Running, running_committer
from tests.unit.identity_state.registered import register_command
from tongbao_platform.api.document.serve import openapi_handler
from tongbao_platform.api.handlers import litestar_handlers
from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.operations import OPERATIONS
from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.domain.accounts import deposit
from tongbao_platform.domain.accounts import open as open_account
from tongbao_platform.domain.accounts.deposit import Deposit
from tongbao_platform.domain.accounts.open import OpenAccount
from tongbao_platform.domain.merchants import create as create_merchant
from tongbao_platform.domain.merchants.create import CreateMerchant
from tongbao_platform.domain.merchants.directory import MerchantDirectory
from tongbao_platform.domain.merchants.model import SettlementAccount
from tongbao_platform.domain.payments.payee import PayeeFinder
from tongbao_platform.execution.cache import VersionedCache
from tongbao_platform.execution.operation import Context
from tongbao_platform.http.access_log import AccessRecord
from tongbao_platform.http.application import Application, framework, route_table
from tongbao_platform.http.cursors import Cursors
from tongbao_platform.http.pipeline import PipelineParts
from tongbao_platform.http.rate_limit import Limiter, Policy
from tongbao_platform.identity.authentication import Authenticator
from tongbao_platform.identity.clients import create as create_client
from tongbao_platform.identity.clients.create import CreateClient
from tongbao_platform.identity.clients.model import Client, client_id_from
from tongbao_platform.identity.clients.store import ClientStore
from tongbao_platform.identity.jose.keys import SigningKey, generate_signing_key
from tongbao_platform.identity.key_record import KeyRecord
from tongbao_platform.identity.keyring import Keyring
from tongbao_platform.identity.keys import register
from tongbao_platform.identity.keys.list import list_keys
from tongbao_platform.identity.keys.model import KeyWithUse
from tongbao_platform.identity.keys.record_use import KeyUseLog
from tongbao_platform.identity.keys.store import KeyStore
from tongbao_platform.identity.registered_client import RegisteredClients
from tongbao_platform.identity.request_signature import (
    Evidence,
    RequestClaims,
    ResponseExpectation,
    SignedRequest,
    SignedResponse,
    sign_request,
    verify_response,
)
from tongbao_platform.identity.scopes import SUPPORTED_SCOPES
from tongbao_platform.identity.token_hash import new_jti
from tongbao_platform.identity.tokens import issue
from tongbao_platform.identity.tokens.model import new_access_token, token_id
from tongbao_platform.identity.tokens.store import TokenStore
from tongbao_platform.identity.vault import Vault
from tongbao_platform.kernel.clock import SECOND_MS, Instant, VirtualClock

BASE_URL = "https://api.tongbao.test"
ISSUER = "https://api.tongbao.test"
START = Instant(1_795_000_000_000)
FUNDS_MINOR = 100_000
UNSIGNED = "unsigned"


class Party(msgspec.Struct, frozen=True):
    """A merchant with its account, its client, the client's key and a token."""

    merchant_id: str
    account_id: str
    client: Client
    key: SigningKey
    token: str


class World:
    """A running API and two merchants, ``shop`` and ``buyer``, each with ``FUNDS_MINOR`` fen."""

    def __init__(self, running: Running, clock: VirtualClock, http: httpx.AsyncClient) -> None:
        self.running = running
        self.clock = clock
        self.http = http
        self.platform_key = generate_signing_key("Ed25519")
        self.log: list[AccessRecord] = []
        self.shop: Party = cast("Any", None)
        self.buyer: Party = cast("Any", None)

    async def done(self, operation: Any, command: Any) -> Any:
        outcome = await self.running.committer.run(operation, command, Context(actor="test"))
        assert outcome.refusal is None, outcome.refusal
        return outcome.result

    async def call(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        by: Party | None = None,
        key: str | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Send a signed request; ``headers`` are added, ``sign`` replaces the signature (or leaves it out)."""
        party = by or self.shop
        content = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        headers = {"Host": "api.tongbao.test"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if method == "POST":
            headers["Idempotency-Key"] = key or new_jti()
        headers |= options.get("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        signature = options.get("sign") or self.sign(party, method, target, headers, content)
        headers["Authorization"] = f"Bearer {options.get('token', party.token)}"
        if signature != UNSIGNED:
            headers["JWS-Signature"] = signature
        answer = await self.http.request(method, BASE_URL + target, content=content, headers=headers)
        self._check_signature(party, answer, signature)
        return answer

    async def registered_key_id(self, party: Party) -> str:
        (key,) = await KeyStore(self.running.reader).of_client(party.client.id)
        return key.id

    async def with_scopes(self, party: Party, scopes: tuple[str, ...]) -> Party:
        """Return the same client with another token."""
        token = new_access_token()
        command = issue.IssueToken(
            token_id=token_id(token),
            client_id=party.client.id,
            key_id=await self.registered_key_id(party),
            scopes=scopes,
            lifetime_seconds=3_600,
        )
        await self.done(issue, command)
        return msgspec.structs.replace(party, token=token)

    def sign(self, party: Party, method: str, target: str, headers: dict[str, str], content: bytes) -> str:
        names = ("Idempotency-Key", "Content-Type", "On-Behalf-Of", "Api-Version")
        claims = RequestClaims(
            iss=party.client.id,
            aud=BASE_URL,
            ath=token_id(party.token),
            iat=self.clock.now() // SECOND_MS,
            jti=new_jti(),
            hdrs=tuple(name for name in names if name in headers),
        )
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        return sign_request(party.key, SignedRequest(method, target.encode(), raw, content), claims)

    def _check_signature(self, party: Party, answer: httpx.Response, proof: str) -> None:
        if "jws-signature" not in answer.headers:
            return
        platform = self.platform_key.public

        def find_key(kid: str) -> KeyRecord:
            return KeyRecord(kid=kid, owner=ISSUER, alg=platform.alg, public_jwk=platform.jwk, valid_from=Instant(0))

        expected = ResponseExpectation(issuer=ISSUER, client_id=party.client.id, request_proof=proof)
        signed = SignedResponse(answer.status_code, answer.headers.raw, answer.content)
        assert isinstance(verify_response(signed, expected, find_key, self.clock.now()), Evidence)


@asynccontextmanager
async def running_world(url: str, limiter: Limiter | None = None, *, read_quota: int = 1_000) -> AsyncIterator[World]:
    """Run the API on the database at ``url``."""
    clock = VirtualClock(START)
    async with running_committer(url, clock) as running:
        reader, freshness = running.reader, running.freshness
        clients = VersionedCache(RegisteredClients(ClientStore(reader), KeyStore(reader)).load, freshness)
        tokens = VersionedCache(TokenStore(reader).by_id, freshness)
        directory = MerchantDirectory(reader, freshness)
        fee_account_id = running.ids.new("acc")
        services = ApiServices(
            committer=running.committer,
            reader=reader,
            ids=running.ids,
            clock=clock,
            vault=Vault(Keyring("test", {"test": bytes(32)})),
            payees=PayeeFinder(directory, {"CNY": fee_account_id}),
            directory=directory,
            cursors=Cursors(bytes(32)),
            address_guard=AddressGuard(),
            list_keys=lambda client_id: _keys(KeyStore(reader), client_id),
            checkout_base="https://pay.tongbao.test",
            livemode=False,
        )
        app = framework([*litestar_handlers(OPERATIONS, services), openapi_handler(OPERATIONS, BASE_URL)])
        async with httpx.AsyncClient() as nowhere:
            world = World(running, clock, nowhere)
        parts = PipelineParts(
            table=route_table(app, OPERATIONS),
            application=cast("Any", app),
            authenticator=Authenticator(tokens, clients, clock),
            active_key=_always(world.platform_key),
            key_uses=KeyUseLog(),
            clock=clock,
            ids=running.ids,
            base_url=BASE_URL,
            issuer=ISSUER,
            portal="https://developers.tongbao.test",
            livemode=False,
            authorities=("api.tongbao.test",),
            limiter=limiter,
            log_sinks=(world.log.append,),
            client_policies={"read": Policy("read", read_quota, 60), "write": Policy("write", 1_000, 60)},
        )
        transport = httpx.ASGITransport(app=cast("Any", Application(app, parts)))
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
            world.http = http
            await _populate(world, fee_account_id)
            yield world


async def _keys(store: KeyStore, client_id: str) -> list[KeyWithUse]:
    return await list_keys(store, client_id)


def _always(key: SigningKey) -> Any:
    async def active() -> SigningKey:
        return key

    return active


async def _populate(world: World, fee_account_id: str) -> None:
    bank_id = world.running.ids.new("acc")
    for account_id, kind in ((bank_id, "bank_settlement"), (fee_account_id, "fee_income")):
        command = OpenAccount(account_id=account_id, owner_id=None, kind=cast("Any", kind), currency="CNY")
        await world.done(open_account, command)
    world.shop = await _party(world, "Shop", bank_id)
    world.buyer = await _party(world, "Buyer", bank_id)


async def _party(world: World, name: str, bank_id: str) -> Party:
    new = world.running.ids.new
    merchant_id, account_id, token = new("mch"), new("acc"), new_access_token()
    await world.done(
        create_merchant,
        CreateMerchant(
            merchant_id=merchant_id,
            name=name,
            livemode=False,
            fee_rate_ppm=6_000,
            return_origins=("https://shop.example",),
            settlement_accounts=(SettlementAccount("CNY", account_id),),
        ),
    )
    funds = Deposit(account_id=account_id, from_account_id=bank_id, amount_minor=FUNDS_MINOR, reference_id="start")
    await world.done(deposit, funds)
    client = await world.done(
        create_client,
        CreateClient(
            client_id=client_id_from(new("app"), livemode=False),
            merchant_id=merchant_id,
            name=name,
            scopes=SUPPORTED_SCOPES,
            api_version="2026-11-22",
            livemode=False,
        ),
    )
    key = generate_signing_key("ES256")
    registered = await world.done(register, register_command(client, key, new("key")))
    command = issue.IssueToken(
        token_id=token_id(token),
        client_id=client.id,
        key_id=registered.id,
        scopes=tuple(sorted(SUPPORTED_SCOPES)),
        lifetime_seconds=3_600,
    )
    await world.done(issue, command)
    return Party(merchant_id, account_id, client, key, token)
