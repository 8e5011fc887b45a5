"""The only place that builds the server's objects and connects them."""

import asyncio
import logging
from typing import TextIO
from urllib.parse import urlsplit

import msgspec
from litestar.types import ControllerRouterHandler
from redis.asyncio import Redis

from tongbao_platform.api.document.serve import openapi_handler
from tongbao_platform.api.handlers import litestar_handlers
from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.operations import OPERATIONS
from tongbao_platform.authorization.router import authorization_router
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.domain.accounts.bank import BankAccounts, find_bank_accounts
from tongbao_platform.domain.merchants.directory import MerchantDirectory
from tongbao_platform.domain.payments.payee import PayeeFinder
from tongbao_platform.execution.cache import VersionedCache
from tongbao_platform.http.access_log import Sink, line_sink
from tongbao_platform.http.admission import InFlightLimit
from tongbao_platform.http.application import Application, framework, route_table
from tongbao_platform.http.cursors import Cursors
from tongbao_platform.http.pipeline import PipelineParts
from tongbao_platform.http.rate_limit import Limiter, MemoryLimiter
from tongbao_platform.http.rate_limit_fallback import FallbackLimiter
from tongbao_platform.http.rate_limit_redis import RedisLimiter
from tongbao_platform.identity.authentication import Authenticator
from tongbao_platform.identity.clients.store import ClientStore
from tongbao_platform.identity.keys.list import list_keys
from tongbao_platform.identity.keys.model import KeyWithUse
from tongbao_platform.identity.keys.record_use import KeyUseLog
from tongbao_platform.identity.keys.store import KeyStore
from tongbao_platform.identity.registered_client import RegisteredClient, RegisteredClients
from tongbao_platform.identity.signing_keys.published import PlatformKeyLoader, SigningKeys
from tongbao_platform.identity.signing_keys.rotate import Rotation, ensure_first_keys
from tongbao_platform.identity.signing_keys.store import PlatformKeyStore
from tongbao_platform.identity.tokens.model import AccessToken
from tongbao_platform.identity.tokens.store import TokenStore
from tongbao_platform.processes.book_jobs import book_jobs
from tongbao_platform.processes.delivering import address_guard
from tongbao_platform.processes.foundation import Foundation
from tongbao_platform.processes.jobs import housekeeping_jobs
from tongbao_platform.processes.metrics import Metrics
from tongbao_platform.processes.ops_pages import OpsPages
from tongbao_platform.processes.proof_jobs import proof_jobs
from tongbao_platform.processes.worker import Job
from tongbao_platform.settings import Settings
from tongbao_platform.web.error_page import error_page
from tongbao_platform.web.router import web_router
from tongbao_platform.web.secret_work import SecretWork
from tongbao_platform.web.services import WebServices
from tongbao_platform.web.stranger_logins import StrangerLogins

_log = logging.getLogger(__name__)


class NotPrepared(Exception):
    """The database lacks what ``tongbao-server migrate`` prepares."""


class Stores(msgspec.Struct, frozen=True, kw_only=True):
    """Identity's stores, reaching every tenant: for operators' commands and workers."""

    clients: ClientStore
    keys: KeyStore
    tokens: TokenStore
    platform_keys: PlatformKeyStore


def stores_of(foundation: Foundation) -> Stores:
    """Open the stores."""
    reader = foundation.reader
    return Stores(
        clients=ClientStore(reader),
        keys=KeyStore(reader),
        tokens=TokenStore(reader),
        platform_keys=PlatformKeyStore(reader),
    )


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who is who: caches and what stands on them."""

    clients: VersionedCache[str, RegisteredClient]
    tokens: VersionedCache[str, AccessToken]
    authenticator: Authenticator
    signing_keys: SigningKeys
    key_uses: KeyUseLog


def build_identity(foundation: Foundation) -> Identity:
    """Build authentication and the platform's own keys."""
    reader, freshness, clock = foundation.reader, foundation.freshness, foundation.clock
    registered = RegisteredClients(ClientStore(reader), KeyStore(reader))
    clients: VersionedCache[str, RegisteredClient] = VersionedCache(registered.load, freshness)
    tokens: VersionedCache[str, AccessToken] = VersionedCache(TokenStore(reader).by_id, freshness)
    platform_keys = VersionedCache(PlatformKeyLoader(PlatformKeyStore(reader), clock).load, freshness)
    return Identity(
        clients=clients,
        tokens=tokens,
        authenticator=Authenticator(tokens, clients, clock),
        signing_keys=SigningKeys(platform_keys, foundation.vault, clock),
        key_uses=KeyUseLog(),
    )


async def ensure_signing_keys(foundation: Foundation) -> None:
    """Give a new platform its first two signing keys."""
    await ensure_first_keys(rotation_of(foundation))


def rotation_of(foundation: Foundation) -> Rotation:
    """Return what a key rotation works with."""
    return Rotation(
        committer=foundation.committer,
        store=PlatformKeyStore(foundation.reader),
        vault=foundation.vault,
        ids=foundation.ids,
        clock=foundation.clock,
    )


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A wired server: the ASGI application, its background jobs, and what tests and the sandbox look into."""

    foundation: Foundation
    application: Application
    jobs: list[Job]
    metrics: Metrics
    identity: Identity
    bank: BankAccounts
    draining: asyncio.Event
    secret_work: SecretWork
    in_flight_limit: InFlightLimit


async def build_server(foundation: Foundation, *, log: TextIO | None = None) -> Server:
    """Connect everything on an opened foundation; ``log`` gets the access lines.

    ``NotPrepared`` when ``migrate`` has not run.
    """
    bank = await find_bank_accounts(foundation.reader)
    if not bank.fee_income or not bank.settlement:
        raise NotPrepared("the bank's own accounts are missing: run tongbao-server migrate")
    identity = build_identity(foundation)
    directory = MerchantDirectory(foundation.reader, foundation.freshness)
    limits = limiter(foundation.settings)
    secret_work = SecretWork()
    in_flight_limit = InFlightLimit(foundation.settings.max_in_flight)
    metrics = Metrics(foundation.committer)
    metrics.watch(in_flight_limit)
    draining = asyncio.Event()
    handlers: list[ControllerRouterHandler] = [
        *litestar_handlers(OPERATIONS, api_services(foundation, directory, bank)),
        authorization_router(authorization_services(foundation, identity)),
        web_router(web_services(foundation, identity, directory, (secret_work, limits))),
        openapi_handler(OPERATIONS, foundation.settings.base_url),
        *_ops_pages(foundation, metrics, draining).handlers(),
    ]
    app = framework(handlers)
    sinks: tuple[Sink, ...] = (metrics.request,) if log is None else (metrics.request, line_sink(log))
    parts = PipelineParts(
        table=route_table(app, OPERATIONS),
        application=app,  # type: ignore[arg-type]  # ASGI's own shapes under other names
        authenticator=identity.authenticator,
        active_key=identity.signing_keys.active,
        key_uses=identity.key_uses,
        clock=foundation.clock,
        ids=foundation.ids,
        base_url=foundation.settings.base_url,
        issuer=foundation.settings.issuer,
        portal=foundation.settings.portal_url,
        livemode=foundation.settings.livemode,
        authorities=authorities(foundation.settings),
        trusted_proxies=foundation.settings.trusted_proxies,
        limiter=limits,
        in_flight_limit=in_flight_limit,
        log_sinks=sinks,
        error_page=error_page,
    )
    return Server(
        foundation=foundation,
        application=Application(app, parts),
        jobs=[
            *housekeeping_jobs(foundation, identity.key_uses, stores_of(foundation).tokens),
            *book_jobs(foundation, metrics),
            *proof_jobs(foundation, metrics),
        ],
        metrics=metrics,
        identity=identity,
        bank=bank,
        draining=draining,
        secret_work=secret_work,
        in_flight_limit=in_flight_limit,
    )


def api_services(foundation: Foundation, directory: MerchantDirectory, bank: BankAccounts) -> ApiServices:
    """Return what the API's handlers use."""
    keys = KeyStore(foundation.reader)

    async def keys_of(client_id: str) -> list[KeyWithUse]:
        return await list_keys(keys, client_id)

    return ApiServices(
        committer=foundation.committer,
        reader=foundation.reader,
        ids=foundation.ids,
        clock=foundation.clock,
        vault=foundation.vault,
        payees=PayeeFinder(directory, bank.fee_income),
        directory=directory,
        cursors=Cursors(foundation.vault.derive("cursors")),
        list_keys=keys_of,
        address_guard=address_guard(foundation.settings),
        checkout_base=foundation.settings.checkout_url,
        livemode=foundation.settings.livemode,
    )


def authorization_services(foundation: Foundation, identity: Identity) -> AuthorizationServices:
    """Return what the OAuth endpoints use."""
    return AuthorizationServices(
        committer=foundation.committer,
        clock=foundation.clock,
        clients=identity.clients,
        tokens=identity.tokens,
        signing_keys=identity.signing_keys,
        key_uses=identity.key_uses,
        issuer=foundation.settings.issuer,
        livemode=foundation.settings.livemode,
    )


def web_services(
    foundation: Foundation,
    identity: Identity,
    directory: MerchantDirectory,
    guards: tuple[SecretWork, Limiter | None],
) -> WebServices:
    """Return what the hosted pages use; ``guards`` keep guessing slow and rare."""
    secret_work, limits = guards
    return WebServices(
        committer=foundation.committer,
        reader=foundation.reader,
        ids=foundation.ids,
        clock=foundation.clock,
        directory=directory,
        active_key=identity.signing_keys.active,
        session_key=foundation.vault.derive("web_sessions"),
        checkout_base=foundation.settings.checkout_url,
        secret_work=secret_work,
        stranger_logins=StrangerLogins(),
        limiter=limits,
    )


def authorities(settings: Settings) -> frozenset[str]:
    """Return the values of Host that are ours."""
    return frozenset(urlsplit(url).netloc for url in (settings.base_url, settings.issuer, settings.checkout_url))


def limiter(settings: Settings) -> Limiter | None:
    """Return the rate limiter: none, shared through Redis, or this process' own."""
    if not settings.rate_limit:
        return None
    if settings.redis_url is None:
        return MemoryLimiter()
    redis = Redis.from_url(settings.redis_url, socket_timeout=0.2, socket_connect_timeout=0.2)
    return FallbackLimiter(RedisLimiter(redis), MemoryLimiter())


def _ops_pages(foundation: Foundation, metrics: Metrics, draining: asyncio.Event) -> OpsPages:
    async def not_draining() -> bool:
        return not draining.is_set()

    async def database_answers() -> bool:
        try:
            await foundation.freshness.check()
        except Exception:  # noqa: BLE001 - a probe answers no, whatever the reason
            _log.exception("the database does not answer")
            return False
        return True

    return OpsPages(
        ready={"accepting": not_draining, "database": database_answers},
        metrics=metrics,
        metrics_token=foundation.settings.metrics_token,
    )
