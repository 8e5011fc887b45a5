"""Client keys: registration, overlap, revocation, use."""

import msgspec
import pytest

from tests.unit.identity_state.memory import START, MemoryCommitter, memory
from tests.unit.identity_state.registered import Registered, add_client, add_key, register_command
from tongbao_platform.identity.clients import disable
from tongbao_platform.identity.clients.model import Client
from tongbao_platform.identity.jose.keys import generate_signing_key
from tongbao_platform.identity.key_record import KeyRecord
from tongbao_platform.identity.keys import record_use, register, revoke
from tongbao_platform.identity.keys.model import ClientKey, KeyUse
from tongbao_platform.identity.keys.record_use import KeyUseLog, RecordKeyUse
from tongbao_platform.kernel.clock import Instant, later
from tongbao_platform.kernel.errors import Refusal


async def test_a_key_is_valid_from_its_registration_on() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock)
    assert one.key.kid == one.private.kid == one.private.public.thumbprint
    assert one.key.merchant_id == one.client.merchant_id
    assert (one.key.valid_from, one.key.valid_until, one.key.use) == (START, None, "sig")
    assert committer.all(KeyUse) == [KeyUse(id=one.key.id, last_used_at=None)]
    client = committer.all(Client)[0]
    assert (client.key_count, client.revision) == (1, 2)


async def test_keys_overlap_and_the_cache_learns_of_a_new_one() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock)
    cache = committer.cache(committer.load_client)
    before = await cache.get(one.client.id)
    two = await add_key(committer, one.client, "key_2", alg="Ed25519")
    after = await cache.get(one.client.id)
    assert before is not None
    assert before.key(two.key.kid) is None
    assert after is not None
    for registered in (one, two):
        record = after.key(registered.key.kid)
        assert record is not None
        assert record.owner == one.client.id
        assert record.usable(clock.now())


async def test_the_same_key_again_is_the_one_that_exists_and_another_under_its_kid_is_refused() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock)
    again = await committer.done(register, register_command(one.client, one.private, "key_2"))
    assert again == one.key
    other = generate_signing_key("ES256", kid=one.key.kid)
    refusal = await committer.refused(register, register_command(one.client, other, "key_3"))
    assert [(error.pointer, error.code) for error in refusal.errors] == [("/kid", "differs")]
    await committer.done(revoke, revoke.RevokeKey(key_id=one.key.id))
    revived = await committer.refused(register, register_command(one.client, one.private, "key_4"))
    assert revived.code == "validation_failed"
    assert len(committer.all(ClientKey)) == 1


async def test_two_clients_may_use_one_kid() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock, seed=1)
    two = await add_client(committer, clock, seed=2)
    same_kid = generate_signing_key("ES256", kid=one.key.kid)
    key = await committer.done(register, register_command(two.client, same_kid, "key_9"))
    assert (key.client_id, key.kid) == (two.client.id, one.key.kid)


@pytest.mark.parametrize(
    "jwk",
    [
        generate_signing_key("ES256").private_jwk,
        '{"kty":"oct","k":"AAAA"}',
        '{"kty":"RSA","e":"AQAB","n":"AQAB"}',
        '{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}',
        generate_signing_key("ES256").public.jwk.replace('"use":"sig"', '"use":"enc"'),
        generate_signing_key("ES256").public.jwk.replace('"alg":"ES256"', '"alg":"RS256"'),
        "[]",
        "",
    ],
    # Named, for the keys among them are random and parallel workers compare the names.
    ids=["private", "symmetric", "short", "curve", "use", "alg", "array", "empty"],
)
def test_unfit_keys_are_refused(jwk: str) -> None:
    refusal = register.read_key("key_1", "app_sandbox_1", jwk)
    assert isinstance(refusal, Refusal)
    assert [error.pointer for error in refusal.errors] == ["/jwk"]


async def test_no_key_for_a_disabled_client_or_beyond_the_limit() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock)
    client = committer.all(Client)[0]
    full = msgspec.structs.replace(client, key_count=register.MAX_KEYS_PER_CLIENT)
    committer.rows[(Client, client.id)] = full
    command = register_command(one.client, generate_signing_key("ES256"), "key_2")
    assert (await committer.refused(register, command)).code == "limit_exceeded"
    committer.rows[(Client, client.id)] = client
    await committer.done(disable, disable.DisableClient(client_id=client.id))
    assert (await committer.refused(register, command)).code == "not_found"


async def test_a_key_that_would_never_be_valid_is_refused() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock)
    command = register_command(one.client, generate_signing_key("ES256"), "key_2")
    past = msgspec.structs.replace(command, valid_from=Instant(0), valid_until=START)
    assert (await committer.refused(register, past)).errors[0].pointer == "/valid_until"
    future = msgspec.structs.replace(command, valid_from=later(START, 10), valid_until=later(START, 20))
    key: ClientKey = await committer.done(register, future)
    record = await record_of(committer, one, key)
    assert [record.usable(later(START, at)) for at in (9, 10, 19, 20)] == [False, True, True, False]


async def record_of(committer: MemoryCommitter, one: Registered, key: ClientKey) -> KeyRecord:
    registered = await committer.load_client(one.client.id)
    assert registered is not None
    record = registered.key(key.kid)
    assert record is not None
    return record


async def test_revoking_counts_at_once_and_only_once() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock)
    cache = committer.cache(committer.load_client)
    assert await cache.get(one.client.id) is not None
    revoked = await committer.done(revoke, revoke.RevokeKey(key_id=one.key.id))
    assert revoked.revoked_at == START
    registered = await cache.get(one.client.id)
    assert registered is not None
    assert registered.ended_key_ids == {one.key.id}
    record = registered.key(one.key.kid)
    assert record is not None
    assert not record.usable(clock.now())
    clock.advance(5)
    assert (await committer.done(revoke, revoke.RevokeKey(key_id=one.key.id))).revoked_at == START
    assert (await committer.refused(revoke, revoke.RevokeKey(key_id="key_x"))).code == "not_found"


async def test_use_is_noted_in_memory_and_moves_forward_only() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock)
    log = KeyUseLog()
    assert log.drain() is None
    log.note(one.key.id, later(START, 5))
    log.note(one.key.id, later(START, 9))
    log.note("key_gone", START)
    command = log.drain()
    assert command is not None
    assert log.drain() is None
    assert await committer.done(record_use, command) == 1
    assert committer.all(KeyUse)[0].last_used_at == later(START, 9)
    late = RecordKeyUse(uses=((one.key.id, later(START, 7)),))
    assert await committer.done(record_use, late) == 0
    assert committer.all(KeyUse)[0].last_used_at == later(START, 9)


def test_a_batch_of_uses_is_bounded() -> None:
    log = KeyUseLog()
    for number in range(5):
        log.note(f"key_{number}", START)
    sizes = []
    while (command := log.drain(2)) is not None:
        sizes.append(len(command.uses))
    assert sizes == [2, 2, 1]
