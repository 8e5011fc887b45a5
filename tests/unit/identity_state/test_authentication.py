"""Recognising a caller by the Authorization header."""

from typing import NamedTuple

import pytest

from tests.unit.identity_state.memory import MemoryCommitter, memory
from tests.unit.identity_state.registered import SCOPES, Registered, add_client, add_key
from tongbao_platform.identity.authentication import Authenticated, Authenticator, AuthFailure
from tongbao_platform.identity.clients import disable
from tongbao_platform.identity.keys import revoke as revoke_key
from tongbao_platform.identity.tokens import issue, revoke
from tongbao_platform.identity.tokens.model import AccessToken, new_access_token, token_id
from tongbao_platform.kernel.caller import Caller
from tongbao_platform.kernel.clock import VirtualClock


class World(NamedTuple):
    committer: MemoryCommitter
    clock: VirtualClock
    one: Registered
    secret: str
    authenticator: Authenticator

    async def code(self, header: str | None = None) -> str:
        verdict = await self.authenticator.authenticate(header or f"Bearer {self.secret}")
        return verdict.code if isinstance(verdict, AuthFailure) else "ok"


async def world() -> World:
    committer, clock = memory()
    one = await add_client(committer, clock)
    secret = new_access_token()
    command = issue.IssueToken(
        token_id=token_id(secret), client_id=one.client.id, key_id=one.key.id, scopes=SCOPES, lifetime_seconds=60
    )
    await committer.done(issue, command)
    authenticator = Authenticator(committer.cache(committer.load_token), committer.cache(committer.load_client), clock)
    return World(committer, clock, one, secret, authenticator)


async def test_a_token_gives_its_caller_and_the_keys_of_its_own_client_only() -> None:
    here = await world()
    two = await add_client(here.committer, here.clock, seed=2)
    found = await here.authenticator.authenticate(f"bearer  {here.secret}")
    assert isinstance(found, Authenticated)
    assert found.caller == Caller(
        client_id=here.one.client.id,
        merchant_id=here.one.client.merchant_id,
        profile="merchant",
        scopes=frozenset(SCOPES),
        api_version="2026-11-22",
        livemode=False,
    )
    assert found.ath == token_id(here.secret)
    assert found.registered.key(here.one.key.kid) is not None
    assert found.registered.key_ids[here.one.key.kid] == here.one.key.id
    assert found.registered.key(two.key.kid) is None


async def test_a_hit_asks_no_database() -> None:
    here = await world()
    for _ in range(10):
        assert await here.code() == "ok"
    assert here.committer.loads == 2


@pytest.mark.parametrize(
    "header", ["", "Basic YTpi", "DPoP tbat_x", "Bearer", "Bearer a b", " Bearer a", "Bearertbat_"]
)
async def test_what_is_no_bearer_token_is_missing(header: str) -> None:
    here = await world()
    verdict = await here.authenticator.authenticate(header)
    assert isinstance(verdict, AuthFailure)
    assert verdict.code == "token_missing"
    missing = await here.authenticator.authenticate(None)
    assert isinstance(missing, AuthFailure)
    assert missing.code == "token_missing"


async def test_unknown_tokens_are_invalid_and_only_well_formed_ones_are_looked_up() -> None:
    here = await world()
    assert await here.code("Bearer nonsense") == "token_invalid"
    assert await here.code(f"Bearer {here.secret}\n") in {"token_missing", "token_invalid"}
    assert here.committer.loads == 0
    assert await here.code(f"Bearer {new_access_token()}") == "token_invalid"
    assert await here.code(f"Bearer {new_access_token()}") == "token_invalid"
    assert here.committer.loads == 2


async def test_a_token_expires_to_the_millisecond_and_says_when() -> None:
    here = await world()
    here.clock.advance(59_999)
    assert await here.code() == "ok"
    here.clock.advance(1)
    verdict = await here.authenticator.authenticate(f"Bearer {here.secret}")
    assert isinstance(verdict, AuthFailure)
    assert verdict.code == "token_expired"
    assert verdict.detail.count("Z") == 2


async def test_disabling_the_client_ends_its_tokens_at_once() -> None:
    here = await world()
    assert await here.code() == "ok"
    await here.committer.done(disable, disable.DisableClient(client_id=here.one.client.id))
    assert await here.code() == "client_disabled"


async def test_revoking_the_key_ends_the_tokens_it_got_and_no_others() -> None:
    here = await world()
    two = await add_key(here.committer, here.one.client, "key_2")
    other = new_access_token()
    command = issue.IssueToken(
        token_id=token_id(other), client_id=two.client.id, key_id=two.key.id, scopes=SCOPES, lifetime_seconds=60
    )
    await here.committer.done(issue, command)
    assert (await here.code(), await here.code(f"Bearer {other}")) == ("ok", "ok")
    await here.committer.done(revoke_key, revoke_key.RevokeKey(key_id=here.one.key.id))
    assert (await here.code(), await here.code(f"Bearer {other}")) == ("token_invalid", "ok")


async def test_revoking_the_token_ends_it_at_once() -> None:
    here = await world()
    assert await here.code() == "ok"
    command = revoke.RevokeToken(token_id=token_id(here.secret), client_id=here.one.client.id)
    await here.committer.done(revoke, command)
    assert await here.code() == "token_invalid"


async def test_a_token_of_a_client_that_is_gone_is_invalid() -> None:
    here = await world()
    del here.committer.rows[(type(here.one.client), here.one.client.id)]
    assert (AccessToken, token_id(here.secret)) in here.committer.rows
    assert await here.code() == "token_invalid"
