"""Access tokens: their form, issue, revocation, purging."""

import hashlib

import msgspec
import pytest

from tests.unit.identity_state.memory import START, NoReader, memory
from tests.unit.identity_state.registered import SCOPES, Registered, add_client
from tongbao_platform.execution.operation import Context
from tongbao_platform.identity.clients import disable
from tongbao_platform.identity.clients.model import Client
from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.keys import revoke as revoke_key
from tongbao_platform.identity.keys.model import ClientKey
from tongbao_platform.identity.tokens import issue, purge_expired, revoke
from tongbao_platform.identity.tokens.issue import IssueToken, assertion_once
from tongbao_platform.identity.tokens.model import AccessToken, is_access_token, new_access_token, token_id
from tongbao_platform.identity.tokens.purge_expired import KEEP_EXPIRED_MS, PurgeExpiredTokens, next_batch
from tongbao_platform.identity.tokens.revoke import RevokeToken
from tongbao_platform.identity.tokens.store import TokenStore
from tongbao_platform.kernel.clock import later


def command_for(one: Registered, secret: str = "tbat_x") -> IssueToken:
    return IssueToken(
        token_id=token_id(secret), client_id=one.client.id, key_id=one.key.id, scopes=SCOPES, lifetime_seconds=60
    )


def test_a_token_has_256_random_bits_and_is_known_by_its_hash() -> None:
    tokens = {new_access_token() for _ in range(100)}
    assert len(tokens) == 100
    secret = next(iter(tokens))
    assert secret.startswith("tbat_")
    assert len(base64url.decode(secret.removeprefix("tbat_"))) == 32
    assert token_id(secret) == base64url.encode(hashlib.sha256(secret.encode()).digest())


@pytest.mark.parametrize(
    "text", ["", "tbat_", "tbat_" + "a" * 42, "tbat_" + "a" * 44, "xbat_" + "a" * 43, "tbat_" + "é" * 43]
)
def test_other_spellings_are_no_tokens(text: str) -> None:
    assert is_access_token("tbat_" + "a" * 43)
    assert not is_access_token(text)


async def test_the_stored_token_holds_no_secret_and_expires() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock)
    secret = new_access_token()
    token = await committer.done(issue, command_for(one, secret))
    assert secret not in msgspec.json.encode(token).decode()
    assert (token.issued_at, token.expires_at) == (START, later(START, 60_000))
    assert committer.all(AccessToken) == [token]


async def test_an_assertion_is_spent_once_for_its_client() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock)
    once = assertion_once(one.client.id, "j\x00ti", later(START, 1))
    assert once.claim.expires_at == later(START, 1)
    first = await committer.run(issue, command_for(one, "a"), Context(actor="test", once=once))
    second = await committer.run(issue, command_for(one, "b"), Context(actor="test", once=once))
    assert first.refusal is None
    assert second.refusal is not None
    assert (second.refusal.code, second.refusal.stored) == ("invalid_client", False)
    assert assertion_once("app_sandbox_2", "j\x00ti", later(START, 1)).claim != once.claim
    assert once.claim.value.isascii()


async def test_no_token_for_a_client_or_key_that_ended_on_the_way() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock, seed=1)
    two = await add_client(committer, clock, seed=2)
    foreign = msgspec.structs.replace(command_for(one), key_id=two.key.id)
    assert (await committer.refused(issue, foreign)).code == "invalid_client"
    more = msgspec.structs.replace(command_for(one), scopes=("events:read",))
    assert (await committer.refused(issue, more)).code == "invalid_scope"
    await committer.done(revoke_key, revoke_key.RevokeKey(key_id=one.key.id))
    assert (await committer.refused(issue, command_for(one))).code == "invalid_client"
    await committer.done(disable, disable.DisableClient(client_id=two.client.id))
    assert (await committer.refused(issue, command_for(two))).code == "invalid_client"
    committer.rows[(ClientKey, two.key.id)] = msgspec.structs.replace(two.key, valid_until=START)
    committer.rows[(Client, two.client.id)] = two.client
    assert (await committer.refused(issue, command_for(two))).code == "invalid_client"
    assert committer.all(AccessToken) == []


async def test_one_token_can_be_revoked_by_its_own_client() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock, seed=1)
    two = await add_client(committer, clock, seed=2)
    token = await committer.done(issue, command_for(one))
    foreign = RevokeToken(token_id=token.id, client_id=two.client.id)
    assert (await committer.refused(revoke, foreign)).code == "not_found"
    own = RevokeToken(token_id=token.id, client_id=one.client.id)
    assert (await committer.done(revoke, own)).revoked_at == START
    clock.advance(1)
    assert (await committer.done(revoke, own)).revoked_at == START


async def test_purging_takes_only_what_has_expired() -> None:
    committer, clock = memory()
    one = await add_client(committer, clock)
    old = await committer.done(issue, command_for(one, "old"))
    clock.advance(1_000)
    young = await committer.done(issue, command_for(one, "young"))
    generation = committer.freshness.generation
    command = PurgeExpiredTokens(token_ids=(old.id, young.id, "gone"), before=later(old.expires_at, 1))
    assert await committer.done(purge_expired, command) == 1
    assert committer.all(AccessToken) == [young]
    assert await committer.done(purge_expired, command) == 0
    assert committer.freshness.generation == generation


async def test_there_is_nothing_to_purge_in_an_empty_database() -> None:
    assert await next_batch(TokenStore(NoReader()), later(START, KEEP_EXPIRED_MS)) is None
