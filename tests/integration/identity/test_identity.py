"""Identity on both databases: one-time assertions, revocation here and elsewhere, purging, signing keys."""

import asyncio

from sqlalchemy import func, select

from tests.integration.identity.conftest import Platform, Platforms
from tests.unit.authorization.token_client import assertion
from tests.unit.identity_state.registered import Registered
from tongbao_platform.authorization.errors import OAuth2Error
from tongbao_platform.authorization.token import TokenAnswer
from tongbao_platform.execution.cache import STALE_AFTER_SECONDS
from tongbao_platform.execution.records import CLAIM_TABLE
from tongbao_platform.identity.clients import disable
from tongbao_platform.identity.clients.list import list_clients
from tongbao_platform.identity.clients.store import ClientStore
from tongbao_platform.identity.jose.keys import generate_signing_key
from tongbao_platform.identity.keys import record_use, register, revoke
from tongbao_platform.identity.keys.list import list_keys
from tongbao_platform.identity.keys.store import KeyStore
from tongbao_platform.identity.signing_keys.model import PUBLISH_RETIRED_MS, PlatformKey
from tongbao_platform.identity.signing_keys.rotate import ensure_first_keys, rotate
from tongbao_platform.identity.signing_keys.tables import PLATFORM_KEYS
from tongbao_platform.identity.tokens import purge_expired
from tongbao_platform.identity.tokens import revoke as revoke_token
from tongbao_platform.identity.tokens.model import token_id
from tongbao_platform.identity.tokens.purge_expired import KEEP_EXPIRED_MS, next_batch
from tongbao_platform.identity.tokens.store import TokenStore


async def try_to_ask(platform: Platform, one: Registered, client_assertion: str) -> TokenAnswer | Exception:
    try:
        return await platform.ask(one, client_assertion)
    except OAuth2Error as refused:
        return refused


async def test_of_parallel_uses_of_one_assertion_one_succeeds(database_url: str, platforms: Platforms) -> None:
    async with platforms(database_url) as platform:
        one = await platform.add_client()
        text = assertion(one, platform.clock)
        answers = await asyncio.gather(*(try_to_ask(platform, one, text) for _ in range(50)))
        assert sum(isinstance(answer, TokenAnswer) for answer in answers) == 1
        assert isinstance(await try_to_ask(platform, one, text), OAuth2Error)
        kept = await platform.running.reader.rows(
            select(CLAIM_TABLE.c.scope, CLAIM_TABLE.c.expires_at).where(CLAIM_TABLE.c.kind == "assertion")
        )
        assert kept == [(one.client.id, platform.clock.now() + 120_000)]


async def test_of_parallel_uses_in_two_processes_one_succeeds(postgresql_url: str, platforms: Platforms) -> None:
    async with platforms(postgresql_url) as here, platforms(postgresql_url) as there:
        one = await here.add_client()
        for _ in range(5):
            text = assertion(one, here.clock)
            answers = await asyncio.gather(
                *(try_to_ask(platform, one, text) for _ in range(5) for platform in (here, there))
            )
            assert sum(isinstance(answer, TokenAnswer) for answer in answers) == 1


async def test_many_clients_get_their_tokens_in_parallel(database_url: str, platforms: Platforms) -> None:
    async with platforms(database_url) as platform:
        clients = [await platform.add_client(seed) for seed in range(1, 6)]
        answers = await asyncio.gather(*(platform.ask(one) for one in clients * 10))
        codes = await asyncio.gather(*(platform.code(answer.access_token) for answer in answers))
        assert codes == ["ok"] * 50
        assert len({answer.access_token for answer in answers}) == 50


async def test_what_ends_ends_at_once_in_the_same_process(database_url: str, platforms: Platforms) -> None:
    async with platforms(database_url) as platform:
        by_key, by_client, by_token = [await platform.add_client(seed) for seed in (1, 2, 3)]
        secrets = [(await platform.ask(one)).access_token for one in (by_key, by_client, by_token)]
        assert [await platform.code(secret) for secret in secrets] == ["ok"] * 3
        await platform.done(revoke, revoke.RevokeKey(key_id=by_key.key.id))
        await platform.done(disable, disable.DisableClient(client_id=by_client.client.id))
        command = revoke_token.RevokeToken(token_id=token_id(secrets[2]), client_id=by_token.client.id)
        await platform.done(revoke_token, command)
        assert [await platform.code(secret) for secret in secrets] == [
            "token_invalid",
            "client_disabled",
            "token_invalid",
        ]


async def test_what_ends_elsewhere_ends_here_with_the_next_poll(postgresql_url: str, platforms: Platforms) -> None:
    async with platforms(postgresql_url) as here, platforms(postgresql_url) as there:
        one, two = await there.add_client(1), await there.add_client(2)
        secrets = [(await there.ask(client)).access_token for client in (one, two)]
        assert [await here.code(secret) for secret in secrets] == ["ok", "ok"]
        await there.done(revoke, revoke.RevokeKey(key_id=one.key.id))
        await there.done(disable, disable.DisableClient(client_id=two.client.id))
        await here.running.freshness.check()
        assert [await here.code(secret) for secret in secrets] == ["token_invalid", "client_disabled"]
        assert STALE_AFTER_SECONDS <= 1


async def test_a_key_registered_elsewhere_is_known_here_with_the_next_poll(
    postgresql_url: str, platforms: Platforms
) -> None:
    async with platforms(postgresql_url) as here, platforms(postgresql_url) as there:
        one = await there.add_client()
        await here.ask(one)
        private = generate_signing_key("PS256")
        command = register.read_key(there.running.ids.new("key"), one.client.id, private.public.jwk)
        key = await there.done(register, command)
        await here.running.freshness.check()
        assert (await here.ask(Registered(one.client, key, private))).token_type == "Bearer"


async def test_the_same_key_registered_twice_at_once_exists_once(database_url: str, platforms: Platforms) -> None:
    async with platforms(database_url) as platform:
        one = await platform.add_client()
        jwk = generate_signing_key("Ed25519").public.jwk
        commands = [register.read_key(platform.running.ids.new("key"), one.client.id, jwk) for _ in range(10)]
        keys = await asyncio.gather(*(platform.done(register, command) for command in commands))
        assert len({key.id for key in keys}) == 1
        client = await ClientStore(platform.running.reader).by_id(one.client.id)
        assert client is not None
        assert client.key_count == 2


async def test_lists_are_limited_to_the_tenant_and_tell_the_last_use(database_url: str, platforms: Platforms) -> None:
    async with platforms(database_url) as platform:
        one, two = await platform.add_client(1), await platform.add_client(2)
        reader, merchant = platform.running.reader, one.client.merchant_id
        assert {c.id for c in await list_clients(ClientStore(reader))} == {one.client.id, two.client.id}
        assert [c.id for c in await list_clients(ClientStore(reader, merchant))] == [one.client.id]
        assert await ClientStore(reader, merchant).by_id(two.client.id) is None
        assert await list_keys(KeyStore(reader, merchant), two.client.id) == []
        await platform.ask(one)
        uses = platform.services.key_uses.drain()
        assert await platform.done(record_use, uses) == 1
        listed = await list_keys(KeyStore(reader, merchant), one.client.id)
        assert [(entry.key, entry.last_used_at) for entry in listed] == [(one.key, platform.clock.now())]
        first = await list_clients(ClientStore(reader), limit=1)
        rest = await list_clients(ClientStore(reader), after=first[0].id)
        assert {first[0].id, rest[0].id} == {one.client.id, two.client.id}


async def test_expired_tokens_are_purged_in_bounded_batches(database_url: str, platforms: Platforms) -> None:
    async with platforms(database_url) as platform:
        one = await platform.add_client()
        store = TokenStore(platform.running.reader)
        old = [(await platform.ask(one)).access_token for _ in range(3)]
        platform.clock.advance(3_600_000 + KEEP_EXPIRED_MS)
        assert await platform.code(old[0]) == "token_expired"
        assert await next_batch(store, platform.clock.now()) is None
        platform.clock.advance(1)
        young = (await platform.ask(one)).access_token
        deleted = []
        while (command := await next_batch(store, platform.clock.now(), limit=2)) is not None:
            deleted.append(await platform.done(purge_expired, command))
        assert deleted == [2, 1]
        assert await store.by_id(token_id(old[0])) is None
        assert await store.by_id(token_id(young)) is not None
        assert await platform.code(young) == "ok"


async def test_signing_keys_rotate_and_every_process_follows(postgresql_url: str, platforms: Platforms) -> None:
    async with platforms(postgresql_url) as here, platforms(postgresql_url) as there:
        firsts = await asyncio.gather(ensure_first_keys(here.rotation), ensure_first_keys(there.rotation))
        assert len({key.id for key in firsts}) == 1
        assert (await there.services.signing_keys.active()).kid == firsts[0].id
        assert len(await there.services.signing_keys.published()) == 2
        second = await rotate(here.rotation, at_once=True)
        assert isinstance(second, PlatformKey)
        assert (await here.services.signing_keys.active()).kid == second.id
        await there.running.freshness.check()
        assert (await there.services.signing_keys.active()).kid == second.id
        assert len(await there.services.signing_keys.published()) == 3


async def test_signing_keys_survive_a_restart_and_retire(sqlite_url: str, platforms: Platforms) -> None:
    async with platforms(sqlite_url) as platform:
        first = await ensure_first_keys(platform.rotation)
    async with platforms(sqlite_url) as platform:
        assert (await ensure_first_keys(platform.rotation)).id == first.id
        assert (await platform.services.signing_keys.active()).kid == first.id
        await rotate(platform.rotation, at_once=True)
        platform.clock.advance(PUBLISH_RETIRED_MS)
        assert first.id not in {key.id for key in await platform.services.signing_keys.published()}
        stored = await platform.running.reader.rows(select(func.count()).select_from(PLATFORM_KEYS))
        assert stored == [(3,)]
